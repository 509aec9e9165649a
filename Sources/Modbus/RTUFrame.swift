/// A frame on a serial line: unit, PDU, checksum. Source: serial line guide V1.02, section 2.5.1.
package struct RTUFrame: Hashable, Sendable {
    package let unit: UnitIdentifier
    package let pdu: [UInt8]

    package init(unit: UnitIdentifier, pdu: [UInt8]) {
        self.unit = unit
        self.pdu = pdu
    }

    /// The bytes on the line.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(pdu.count + 3)
        bytes.append(unit.rawValue)
        bytes.append(contentsOf: pdu)
        let crc = CRC16.checksum(of: bytes)
        bytes.append(UInt8(crc & 0xFF))
        bytes.append(UInt8(crc >> 8))
        return bytes
    }

    /// Reads one whole frame.
    ///
    /// - Throws: `.truncated` below 4 bytes, `.length` above 256, `.checksum`.
    package init(decoding bytes: ArraySlice<UInt8>) throws(FrameFault) {
        guard bytes.count >= 4 else { throw .truncated }
        guard bytes.count <= 256 else { throw .length }
        let crc = CRC16.checksum(of: bytes.dropLast(2))
        let received = UInt16(bytes[bytes.endIndex - 2]) | UInt16(bytes[bytes.endIndex - 1]) << 8
        guard crc == received else { throw .checksum }
        unit = UnitIdentifier(bytes[bytes.startIndex])
        pdu = Array(bytes.dropFirst().dropLast(2))
    }
}

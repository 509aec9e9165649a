/// A frame over TCP: the MBAP header and a PDU.
/// Source: Modbus messaging on TCP/IP V1.0b, section 3.1.3.
package struct TCPFrame: Hashable, Sendable {
    /// Transaction, protocol, length and unit.
    package static let headerLength = 7

    package let transaction: UInt16
    package let unit: UnitIdentifier
    package let pdu: [UInt8]

    package init(transaction: UInt16, unit: UnitIdentifier, pdu: [UInt8]) {
        self.transaction = transaction
        self.unit = unit
        self.pdu = pdu
    }

    /// The bytes on the connection.
    package var encoded: [UInt8] {
        let length = UInt16(pdu.count + 1)
        var bytes: [UInt8] = [
            UInt8(transaction >> 8), UInt8(transaction & 0xFF), 0, 0, UInt8(length >> 8),
            UInt8(length & 0xFF), unit.rawValue,
        ]
        bytes.append(contentsOf: pdu)
        return bytes
    }

    /// Reads the frame at the start of `bytes`.
    ///
    /// - Returns: `nil` while it is not all there.
    /// - Throws: `.garbage` where the protocol is not 0 or the length not 2 to 254.
    package static func first(
        in bytes: ArraySlice<UInt8>
    ) throws(FrameFault) -> (frame: TCPFrame, length: Int)? {
        guard bytes.count >= headerLength else { return nil }
        let start = bytes.startIndex
        func word(_ offset: Int) -> UInt16 {
            UInt16(bytes[start + offset]) << 8 | UInt16(bytes[start + offset + 1])
        }
        let length = Int(word(4))
        guard word(2) == 0, (2...254).contains(length) else { throw .garbage }
        guard bytes.count >= 6 + length else { return nil }
        let frame = TCPFrame(
            transaction: word(0), unit: UnitIdentifier(bytes[start + 6]),
            pdu: Array(bytes[start + 7..<start + 6 + length]))
        return (frame, 6 + length)
    }
}

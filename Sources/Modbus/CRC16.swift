/// The checksum of RTU frames. Source: serial line guide V1.02, section 6.2.2: polynomial A001
/// reflected, start value FFFF, low byte sent first.
package enum CRC16 {
    /// The checksum of some bytes.
    package static func checksum(of bytes: some Sequence<UInt8>) -> UInt16 {
        var crc: UInt16 = 0xFFFF
        for byte in bytes {
            crc = (crc >> 8) ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)]
        }
        return crc
    }

    private static let table: [UInt16] = (0..<256).map { index in
        (0..<8).reduce(UInt16(index)) { crc, _ in
            crc & 1 == 1 ? (crc >> 1) ^ 0xA001 : crc >> 1
        }
    }
}

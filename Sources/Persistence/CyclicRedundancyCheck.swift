/// The CRC-32 of a batch's bytes as they lie in the database, to tell a flipped bit from a reading.
///
/// Source: ISO/IEC 3309, as used by Ethernet and zlib (reflected polynomial EDB88320).
enum CyclicRedundancyCheck {
    static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        var remainder: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            remainder = table[Int((remainder ^ UInt32(byte)) & 0xFF)] ^ (remainder >> 8)
        }
        return ~remainder
    }

    static func checksum(of bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBytes { checksum(of: $0) }
    }

    private static let table: [UInt32] = (0..<256).map { index in
        var remainder = UInt32(index)
        for _ in 0..<8 {
            remainder = remainder & 1 == 1 ? 0xEDB8_8320 ^ (remainder >> 1) : remainder >> 1
        }
        return remainder
    }
}

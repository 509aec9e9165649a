package import Modbus

/// Finds frames in the bytes of an RTU line.
///
/// RTU marks the end of a frame by silence, which a terminal does not report; so the length is
/// worked out from the function code.
package enum RTUFraming {
    /// The longest frame: unit, PDU of 253 bytes, checksum. Source: serial line guide V1.02, 2.5.1.
    package static let longestFrame = 256
    /// How many bytes of noise before an answer are tolerated.
    package static let longestNoise = 3

    package struct Frame: Hashable, Sendable {
        package let unit: UnitIdentifier
        package let pdu: [UInt8]
        /// The place after the frame in the bytes it was found in.
        package let end: Int

        /// The function that is answered, also where the answer is an exception.
        package var function: UInt8 { pdu[0] & 0x7F }
    }

    /// The complete frame with a right checksum that begins at `start`, if there is one.
    package static func frame(in bytes: [UInt8], at start: Int) -> Frame? {
        guard start < bytes.count, let length = length(of: bytes[start...]),
            start + length <= bytes.count
        else { return nil }
        let end = start + length
        let crc = CRC16.checksum(of: bytes[start..<end - 2])
        guard bytes[end - 2] == UInt8(crc & 0xFF), bytes[end - 1] == UInt8(crc >> 8) else {
            return nil
        }
        return Frame(
            unit: UnitIdentifier(bytes[start]), pdu: Array(bytes[start + 1..<end - 2]), end: end)
    }

    /// How long the answer at the start of `bytes` is, with its unit and checksum.
    ///
    /// - Returns: `nil` while too few bytes are there to tell, or where only silence can tell.
    package static func length(of bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= 3 else { return nil }
        let start = bytes.startIndex
        switch bytes[start + 1] {
        case 0x81...0xFF: return 5
        case 1...4: return Int(bytes[start + 2]) + 5
        case 5, 6, 15, 16: return 8
        case 0x2B: return identificationLength(of: bytes)
        default: return nil
        }
    }

    /// Function 43/14 answers a list of objects, each with its own length.
    /// Source: V1.1b3, section 6.21.
    private static func identificationLength(of bytes: ArraySlice<UInt8>) -> Int? {
        let start = bytes.startIndex
        guard bytes.count >= 8 else { return nil }
        var length = 8
        for _ in 0..<bytes[start + 7] {
            guard bytes.count >= length + 2 else { return nil }
            length += 2 + Int(bytes[start + length + 1])
        }
        return length + 2
    }
}

/// Where a payload lies in the file of payloads.
struct PayloadPlace: Hashable {
    let offset: Int64
    let length: Int64

    /// Past the last byte.
    var end: Int64 { offset + length }

    /// The first block of the file says whose it is.
    static let start: Int64 = 4_096
    static let longest: Int64 = 1 << lengthBits - 1
    static let farthest: Int64 = 1 << (62 - lengthBits)
    private static let lengthBits: Int64 = 22

    /// - Returns: `nil` unless it is a place that a payload can have.
    init?(offset: Int64, length: Int64) {
        guard offset >= Self.start, offset <= Self.farthest, length > 0, length <= Self.longest
        else { return nil }
        self.offset = offset
        self.length = length
    }

    /// The number that stands in a row in place of the payload.
    var rawValue: Int64 { offset << Self.lengthBits | length }

    init?(rawValue: Int64) {
        self.init(offset: rawValue >> Self.lengthBits, length: rawValue & Self.longest)
    }
}

/// Writes unsigned numbers in one to nine bytes, seven bits a byte, least significant first.
struct NumberWriter {
    private(set) var bytes: [UInt8] = []

    /// - Precondition: `number` is not negative.
    mutating func write(_ number: Int64) {
        precondition(number >= 0, "only numbers from zero are stored in the outbox's state")
        var rest = UInt64(number)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Reads what a ``NumberWriter`` wrote.
struct NumberReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    /// - Returns: `nil` at the end of the bytes, or where they hold no number below 2^63.
    mutating func read() -> Int64? {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 63, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            number |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return Int64(exactly: number) }
        }
        return nil
    }

    /// - Returns: `nil` unless the next number fits, for example a count of things to read.
    mutating func read(upTo maximum: Int64) -> Int64? {
        guard let number = read(), number <= maximum else { return nil }
        return number
    }
}

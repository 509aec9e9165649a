/// In which order the bytes of a value stand in its registers.
///
/// Written with letters, A for the most significant byte, in the order the bytes are sent:
/// `ABCD` is the standard's, `CDAB` has the low register first, `BADC` swaps the bytes of each
/// register, `DCBA` is the reverse. `BA`, and six or eight letters, work alike.
package struct ByteOrder: Hashable, Sendable, CustomStringConvertible {
    /// For each byte in the order sent, its place in the value from the most significant, 0.
    private let places: [UInt8]
    private let shortcut: Shortcut

    /// The orders that need no table.
    private enum Shortcut: Hashable {
        case none
        case standard
        case lowRegisterFirst
    }

    /// - Returns: `nil` unless the text is a permutation of the first 2, 4, 6 or 8 letters.
    package init?(_ letters: String) {
        let places = letters.utf8.map { $0 &- UInt8(ascii: "A") }
        guard [2, 4, 6, 8].contains(places.count),
            places.sorted() == (0..<UInt8(places.count)).map({ $0 })
        else { return nil }
        self.init(places: places)
    }

    private init(places: [UInt8]) {
        self.places = places
        let count = UInt8(places.count)
        if places == (0..<count).map({ $0 }) {
            shortcut = .standard
        } else if places == stride(from: 0, to: count, by: 2).reversed().flatMap({ [$0, $0 + 1] }) {
            shortcut = .lowRegisterFirst
        } else {
            shortcut = .none
        }
    }

    /// The most significant byte first.
    ///
    /// - Parameter bytes: How many bytes the value has.
    package static func standard(bytes: Int) -> ByteOrder {
        ByteOrder(places: (0..<UInt8(clamping: bytes)).map { $0 })
    }

    /// How many bytes the value has.
    package var count: Int { places.count }

    /// The letters.
    package var description: String {
        String(decoding: places.map { $0 + UInt8(ascii: "A") }, as: UTF8.self)
    }

    /// The bits of the value that stands in at most four registers.
    @inline(__always)
    func assemble(_ words: ArraySlice<UInt16>) -> UInt64 {
        switch shortcut {
        case .standard: return words.reduce(0) { $0 << 16 | UInt64($1) }
        case .lowRegisterFirst: return words.reversed().reduce(0) { $0 << 16 | UInt64($1) }
        case .none: break
        }
        var bits: UInt64 = 0
        let last = UInt64(places.count - 1)
        for (index, word) in words.enumerated() {
            bits |= UInt64(word >> 8) << ((last - UInt64(places[index * 2])) * 8)
            bits |= UInt64(word & 0xFF) << ((last - UInt64(places[index * 2 + 1])) * 8)
        }
        return bits
    }

    /// The registers in which these bits stand.
    func spread(_ bits: UInt64) -> [UInt16] {
        let last = UInt64(places.count - 1)
        func byte(_ index: Int) -> UInt16 {
            UInt16(bits >> ((last - UInt64(places[index])) * 8) & 0xFF)
        }
        return (0..<places.count / 2).map { byte($0 * 2) << 8 | byte($0 * 2 + 1) }
    }
}

/// Numbers written with one decimal digit in four bits.
enum BinaryCodedDecimal {
    static func decode(_ bits: UInt64, digits: Int) -> RawValue {
        var number: UInt64 = 0
        for place in (0..<digits).reversed() {
            let digit = bits >> UInt64(place * 4) & 0xF
            guard digit <= 9 else { return .notANumber }
            number = number * 10 + digit
        }
        return .unsigned(number)
    }

    /// - Returns: `nil` where the number is negative or has more digits.
    static func encode(_ number: Int128, digits: Int) -> UInt64? {
        guard number >= 0 else { return nil }
        var rest = number
        var bits: UInt64 = 0
        for place in 0..<digits {
            bits |= UInt64(rest % 10) << UInt64(place * 4)
            rest /= 10
        }
        return rest == 0 ? bits : nil
    }
}

/// Numbers whose registers each count up to a base: the least significant first to overflow.
enum MixedBase {
    static func decode(_ bits: UInt64, words: Int, base: UInt64) -> RawValue {
        var number: UInt64 = 0
        for place in (0..<words).reversed() {
            let count = bits >> UInt64(place * 16) & 0xFFFF
            // The most significant has nowhere to carry to.
            guard count < base || place == words - 1 else { return .notANumber }
            let (product, overflow) = number.multipliedReportingOverflow(by: base)
            let (sum, carried) = product.addingReportingOverflow(count)
            guard !overflow, !carried else { return .notANumber }
            number = sum
        }
        return .unsigned(number)
    }

    /// - Returns: `nil` where the number is negative or does not fit.
    static func encode(_ number: Int128, words: Int, base: Int128) -> UInt64? {
        guard number >= 0 else { return nil }
        var rest = number
        var bits: UInt64 = 0
        for place in 0..<words {
            let count = place == words - 1 ? rest : rest % base
            guard count <= 0xFFFF else { return nil }
            bits |= UInt64(count) << UInt64(place * 16)
            rest = (rest - count) / base
        }
        return bits
    }
}

/// Registers that hold characters or plain bytes.
enum TextRegisters {
    /// - Parameter isSwapped: Whether the first character of a register is in its low byte.
    static func string(_ words: ArraySlice<UInt16>, isSwapped: Bool) -> String {
        let words = isSwapped ? words.map(\.byteSwapped)[...] : words
        // Some devices, those of Wiren Board among them, put one character in each register.
        let isOneEach = words.allSatisfy { $0 <= 0xFF }
        let characters = isOneEach ? words.map { UInt8($0) } : bytes(words)
        let text = characters.prefix { $0 != 0 }
        let visible = String(decoding: text, as: UTF8.self)
        return String(visible.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    static func hexadecimal(_ words: ArraySlice<UInt16>) -> String {
        words.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }

    static func words(string: String, count: Int, isSwapped: Bool) -> [UInt16]? {
        let bytes = Array(string.utf8)
        guard bytes.count <= count * 2, !bytes.contains(0) else { return nil }
        let padded = bytes + [UInt8](repeating: 0, count: count * 2 - bytes.count)
        let words = (0..<count).map { UInt16(padded[$0 * 2]) << 8 | UInt16(padded[$0 * 2 + 1]) }
        return isSwapped ? words.map(\.byteSwapped) : words
    }

    static func words(hexadecimal: String, count: Int) -> [UInt16]? {
        let digits = Array(hexadecimal)
        guard digits.count == count * 4 else { return nil }
        var words: [UInt16] = []
        for start in stride(from: 0, to: digits.count, by: 4) {
            guard let word = UInt16(String(digits[start..<start + 4]), radix: 16) else {
                return nil
            }
            words.append(word)
        }
        return words
    }

    private static func bytes(_ words: ArraySlice<UInt16>) -> [UInt8] {
        words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    }
}

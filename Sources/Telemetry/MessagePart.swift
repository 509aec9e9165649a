/// Which part a message is of what was too large for its receiver as a whole.
///
/// A whole is halved, and its halves again, as often as it takes: part 3 of 4 is the first half of
/// part 2 of 2. What is in a part follows from the whole alone, so a part that comes again is the
/// same part, and what one of them holds can be told from its number.
package struct MessagePart: Hashable, Sendable, CustomStringConvertible {
    /// From 1.
    package let number: Int
    /// A power of two, from 2.
    package let count: Int

    /// The most parts of one message.
    package static let mostParts = 1 << 20

    /// - Returns: `nil` where there is no such part.
    package init?(_ number: Int, of count: Int) {
        guard count >= 2, count <= Self.mostParts, count & (count - 1) == 0,
            (1...count).contains(number)
        else { return nil }
        self.number = number
        self.count = count
    }

    /// Reads `2of4`.
    package init?(_ text: some StringProtocol) {
        let words = text.split(separator: "o", maxSplits: 1, omittingEmptySubsequences: false)
        guard words.count == 2, words[1].first == "f", let number = Int(words[0]),
            let count = Int(words[1].dropFirst())
        else { return nil }
        self.init(number, of: count)
        guard description == String(text) else { return nil }
    }

    package var description: String { "\(number)of\(count)" }

    /// The places of its records among so many.
    package func records(of total: Int) -> Range<Int> {
        let (first, end) = (number - 1).multipliedReportingOverflow(by: total)
        precondition(!end, "a batch has fewer records")
        return first / count..<(first + total) / count
    }

    /// Its first half.
    package var firstHalf: MessagePart? { MessagePart(number * 2 - 1, of: count * 2) }

    /// The first half of a whole.
    package static var firstHalf: MessagePart? { MessagePart(1, of: 2) }

    /// The largest part that begins where this one ends; `nil` after the last.
    package var next: MessagePart? {
        guard number < count else { return nil }
        var (number, count) = (number, count)
        while number % 2 == 0 { (number, count) = (number / 2, count / 2) }
        return MessagePart(number + 1, of: count)
    }

    /// Whether parts make up the whole, whichever way it was cut: part 1 of 2 may have come as
    /// parts 1 and 2 of 4.
    package static func isWhole(_ parts: Set<MessagePart>) -> Bool {
        var wanted = firstHalf
        while let part = wanted {
            let found = parts.filter {
                ($0.number - 1) * part.count == (part.number - 1) * $0.count
            }.min { $0.count < $1.count }
            guard let found else { return false }
            wanted = found.next
        }
        return true
    }

    /// Whether all that is in it is in others, whichever way they were cut.
    package func isCovered(by parts: Set<MessagePart>) -> Bool {
        if parts.contains(where: { $0.contains(self) }) { return true }
        guard parts.contains(where: { contains($0) }), let first = firstHalf,
            let second = MessagePart(number * 2, of: count * 2)
        else { return false }
        return first.isCovered(by: parts) && second.isCovered(by: parts)
    }

    /// Whether all that is in another part is in this one.
    package func contains(_ other: MessagePart) -> Bool {
        other.count >= count && (other.number - 1) / (other.count / count) == number - 1
    }
}

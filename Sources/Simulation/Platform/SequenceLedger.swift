/// The batch sequences of one stream that have arrived, each under its key.
///
/// A stream is one lane of one destination of one database epoch of a site; its sequences begin
/// at 1 and never repeat, so whatever is missing or twice here was lost or doubled on the way.
package struct SequenceLedger: Hashable, Sendable {
    /// The ranges that were stored, by their first sequence; they never overlap.
    private var ranges: [ClosedRange<Int64>] = []
    /// How many sequences the ranges cover.
    package private(set) var covered: Int64 = 0

    package enum Verdict: Hashable, Sendable {
        case new
        /// The very same range again: what at-least-once delivery may do.
        case duplicate
        /// Some of its sequences came before, under another key: what it must never do.
        case double(with: ClosedRange<Int64>)
    }

    package init() {}

    /// What storing a range would mean, and stores it where it is new.
    ///
    /// - Complexity: O(log *n*) in the number of ranges where they come in order.
    package mutating func insert(_ range: ClosedRange<Int64>) -> Verdict {
        let place = firstIndex(endingAtOrAfter: range.lowerBound)
        if place < ranges.endIndex, ranges[place].overlaps(range) {
            return ranges[place] == range ? .duplicate : .double(with: ranges[place])
        }
        ranges.insert(range, at: place)
        covered += Int64(range.count)
        return .new
    }

    /// How many sequences are missing below the highest. Sequences before the first that ever
    /// came do not count: a platform may join late.
    package var missing: Int64 {
        guard let first = ranges.first, let last = ranges.last else { return 0 }
        return last.upperBound - first.lowerBound + 1 - covered
    }

    /// The missing sequences, in order, at most so many ranges of them.
    package func gaps(limit: Int = 100) -> [ClosedRange<Int64>] {
        guard missing > 0 else { return [] }
        var gaps: [ClosedRange<Int64>] = []
        for (left, right) in zip(ranges, ranges.dropFirst())
        where left.upperBound + 1 < right.lowerBound && gaps.count < limit {
            gaps.append((left.upperBound + 1)...(right.lowerBound - 1))
        }
        return gaps
    }

    package var highest: Int64? { ranges.last?.upperBound }

    private func firstIndex(endingAtOrAfter sequence: Int64) -> Int {
        if let last = ranges.last, last.upperBound < sequence { return ranges.endIndex }
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

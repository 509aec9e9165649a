package import Telemetry

/// The batch sequences of one stream that have arrived, each under its key.
///
/// A stream is one lane of one destination of one database epoch of a site; its sequences begin
/// at 1 and never repeat, so whatever is missing or twice here was lost or doubled on the way.
package struct SequenceLedger: Hashable, Sendable {
    /// What was stored of a range.
    private struct Entry: Hashable, Sendable {
        let range: ClosedRange<Int64>
        /// Its parts, where it came in parts; `nil` for the whole.
        var parts: Set<MessagePart>?
        /// Whether its message said that nothing is shared: it stands in nobody's way.
        let isEmpty: Bool

        var isComplete: Bool { parts.map(MessagePart.isWhole) ?? true }
    }

    /// What was stored, by first sequence; the ranges never overlap.
    private var entries: [Entry] = []
    /// How many sequences are there whole.
    package private(set) var covered: Int64 = 0

    package enum Verdict: Hashable, Sendable {
        case new
        /// The very same message again, or a part of one that is there: what at-least-once
        /// delivery may do.
        case duplicate
        /// Some of its sequences came before, under another key: what it must never do.
        case double(with: ClosedRange<Int64>)
    }

    package init() {}

    /// What storing a message would mean, and stores it where it is new.
    ///
    /// - Parameter isEmpty: Whether it holds neither readings nor events.
    /// - Complexity: O(log *n*) in the number of messages where they come in order.
    package mutating func insert(
        _ range: ClosedRange<Int64>, part: MessagePart? = nil, isEmpty: Bool = false
    ) -> Verdict {
        var place = firstIndex(endingAtOrAfter: range.lowerBound)
        while place < entries.endIndex, entries[place].range.overlaps(range) {
            let entry = entries[place]
            if entry.range == range, entry.isEmpty == isEmpty {
                return part == nil && entry.parts == nil ? .duplicate : add(part, at: place)
            }
            if isEmpty { return .duplicate }
            guard entry.isEmpty else { return .double(with: entry.range) }
            // A range of which nothing was shared was not sealed yet: it may end elsewhere.
            covered -= Int64(entry.range.count)
            entries.remove(at: place)
            place = firstIndex(endingAtOrAfter: range.lowerBound)
        }
        let entry = Entry(range: range, parts: part.map { [$0] }, isEmpty: isEmpty)
        entries.insert(entry, at: place)
        if entry.isComplete { covered += Int64(range.count) }
        return .new
    }

    /// Adds a part to others, or the whole to its parts.
    private mutating func add(_ part: MessagePart?, at place: Int) -> Verdict {
        var entry = entries[place]
        if entry.isComplete { return .duplicate }
        if let part {
            guard var parts = entry.parts, !part.isCovered(by: parts) else {
                return .duplicate
            }
            parts.insert(part)
            entry.parts = parts
        } else {
            entry.parts = nil
        }
        entries[place] = entry
        if entry.isComplete { covered += Int64(entry.range.count) }
        return .new
    }

    /// How many sequences are missing below the highest. Sequences before the first that ever
    /// came do not count: a platform may join late.
    package var missing: Int64 {
        guard let first = entries.first, let last = entries.last else { return 0 }
        return last.range.upperBound - first.range.lowerBound + 1 - covered
    }

    /// The missing sequences, in order, at most so many ranges of them.
    package func gaps(limit: Int = 100) -> [ClosedRange<Int64>] {
        guard missing > 0 else { return [] }
        var gaps: [ClosedRange<Int64>] = []
        var next = entries.first?.range.lowerBound ?? 1
        for entry in entries where gaps.count < limit {
            if entry.range.lowerBound > next { gaps.append(next...entry.range.lowerBound - 1) }
            if !entry.isComplete { gaps.append(entry.range) }
            next = entry.range.upperBound + 1
        }
        return gaps
    }

    /// Whether something from after a range is there already.
    package func isAhead(of range: ClosedRange<Int64>) -> Bool {
        entries.last.map { $0.range.lowerBound > range.lowerBound } ?? false
    }

    package var highest: Int64? { entries.last?.range.upperBound }

    private func firstIndex(endingAtOrAfter sequence: Int64) -> Int {
        if let last = entries.last, last.range.upperBound < sequence { return entries.endIndex }
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].range.upperBound < sequence {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}

package import Execution
package import Telemetry

/// Batches that were dropped before every destination had them.
package struct GapRecord: Hashable, Sendable {
    package let lane: Lane
    /// The dropped sequence numbers, both ends included.
    package let sequences: ClosedRange<Int64>
    /// How many batches and readings (or events) were in them.
    package let batches: Int
    package let readings: Int
    /// The earliest and the latest time in them, as far as the clock was known.
    package let times: ClosedRange<Timestamp>
    /// The destinations that had not got all of it, in order of name.
    package let missedBy: [String]
    package let reason: Reason

    /// Why batches were dropped.
    package enum Reason: String, Hashable, Sendable {
        /// The cache reached its size.
        case size
        /// They were older than the cache may keep.
        case age
        /// The disk was full.
        case diskFull = "disk-full"
        /// Their bytes do not match their checksum.
        case damaged
    }
}

extension GapRecord {
    /// This gap and the one right after it as one, or `nil` where they are not of one kind. What
    /// is dropped for want of room is the oldest, so that nothing lies between; what is damaged
    /// may have sound batches on both sides.
    func joined(with next: GapRecord) -> GapRecord? {
        guard lane == next.lane, reason == next.reason, missedBy == next.missedBy,
            sequences.upperBound < next.sequences.lowerBound,
            reason != .damaged || sequences.upperBound + 1 == next.sequences.lowerBound
        else { return nil }
        return GapRecord(
            lane: lane, sequences: sequences.lowerBound...next.sequences.upperBound,
            batches: batches + next.batches, readings: readings + next.readings,
            times: times.union(next.times), missedBy: missedBy, reason: reason)
    }
}

extension Timestamp {
    /// The same moment on a clock that is this many milliseconds ahead. Wraps, as damaged times do.
    func shifted(by milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: self.milliseconds &+ milliseconds)
    }
}

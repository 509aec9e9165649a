package import Execution
package import Telemetry

/// Readings or events that were lost before they had a number in the cache: how many, of when, why.
package struct LostRecords: Hashable, Sendable {
    package var lane: Lane
    package var reason: Reason
    package var records: Int
    /// The earliest and the latest time in them.
    package var times: ClosedRange<Timestamp>

    /// The raw value is the `reason` of the event.
    package enum Reason: String, Hashable, Sendable {
        /// The disk took nothing for so long that no more batches could wait in memory.
        case notSaved = "not-saved"
        /// More readings came than an open batch may hold.
        case openBatchFull = "open-batch-full"
    }

    package init(
        lane: Lane, reason: Reason, records: Int, times: ClosedRange<Timestamp>
    ) {
        self.lane = lane
        self.reason = reason
        self.records = records
        self.times = times
    }

    /// Both as one, or `nil` where they are not of one kind.
    package func joined(with other: LostRecords) -> LostRecords? {
        guard lane == other.lane, reason == other.reason else { return nil }
        let first = min(times.lowerBound, other.times.lowerBound)
        let last = max(times.upperBound, other.times.upperBound)
        return LostRecords(
            lane: lane, reason: reason, records: records + other.records, times: first...last)
    }

    /// The event that tells of it. Without `first` and `last`: they never had a number.
    package func event(at time: Timestamp) -> Event {
        Event(
            "cache.gap", of: lane.rawValue, at: time, severity: .warning,
            details: [
                "reason": reason.rawValue, "readings": String(records),
                "from": times.lowerBound.description, "to": times.upperBound.description,
            ])
    }
}

extension [LostRecords] {
    /// Adds to what is of the same kind.
    package mutating func add(_ lost: LostRecords) {
        for (place, other) in enumerated() {
            guard let joined = other.joined(with: lost) else { continue }
            self[place] = joined
            return
        }
        append(lost)
    }
}

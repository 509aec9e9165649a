package import Metering
import Telemetry

/// The readings that are not sealed yet, in the order they were made.
package struct OpenReadings: Sendable {
    /// The most readings it may hold. Reached only where sealing fails for long; then the oldest go
    /// first, and are counted.
    package static let capacity = 200_000

    private let capacity: Int
    private var readings: [Reading] = []
    private var lost: LostRecords?

    package init(capacity: Int = OpenReadings.capacity) {
        self.capacity = capacity
    }

    package var count: Int { readings.count }

    package mutating func add(_ more: [Reading]) {
        readings.append(contentsOf: more)
        if readings.count > capacity { drop(readings.count - capacity) }
    }

    /// Takes all away and begins anew.
    ///
    /// - Returns: The readings, and what was dropped before them for want of room.
    package mutating func take() -> (readings: [Reading], lost: LostRecords?) {
        defer {
            // Half as much room again as the last batch needed, so that the hot path seldom grows it.
            let expected = readings.count
            readings = []
            readings.reserveCapacity(expected + expected / 2)
            lost = nil
        }
        return (readings, lost)
    }

    private mutating func drop(_ count: Int) {
        let times = readings.prefix(count).map(\.time)
        if let first = times.min(), let last = times.max() {
            let more = LostRecords(
                lane: .reading, reason: .openBatchFull, records: count, times: first...last)
            lost = lost?.joined(with: more) ?? more
        }
        readings.removeFirst(count)
    }
}

import Execution

/// What has arrived at a platform.
package struct PlatformTally: Hashable, Sendable {
    /// Messages stored, each for the first time.
    package var messages = 0
    /// Bytes of their payloads.
    package var bytes = 0
    /// Batches their keys cover, also those of which nothing was shared.
    package var batches = 0
    package var readings = 0
    /// Of the readings, those that say why there is no value.
    package var missingReadings = 0
    package var events = 0
    /// Events by which the gateway admits to have dropped something.
    package var gapRecords = 0
    /// The same message again under its own key: allowed, and acknowledged again.
    package var duplicates = 0
    /// A batch under two keys: never allowed.
    package var doubles = 0
    /// Messages that came after a later one of their stream.
    package var outOfOrder = 0
    /// Messages that cannot be read, or are for someone else.
    package var refused = 0
    /// Readings from before 2020 or more than a day ahead.
    package var implausibleTimes = 0
    /// Batches that are missing between those that arrived.
    package var missingBatches = 0
    /// From a reading's time to its arrival, for the newest of each message.
    package var latency = LatencyRecord()

    package init() {}

    /// Whether something happened that a gateway must never let happen.
    package var isBroken: Bool {
        doubles > 0 || refused > 0 || missingBatches > 0 || outOfOrder > 0
    }
}

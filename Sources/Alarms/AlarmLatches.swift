package import Execution

/// What must outlast a restart: latched alarms that are active, and valves that were shut. Where
/// only the document changes, all alarms that are active.
///
/// Small, and written only when it changes. Its coded form is a plain document of names, so that
/// another version can read it.
package struct AlarmLatches: Hashable, Sendable, Codable {
    /// The active alarms by name.
    package var alarms: [String: Latch]
    /// The valves that are commanded shut, in order.
    package var closedValves: [String]

    package struct Latch: Hashable, Sendable, Codable {
        /// Milliseconds since 1970.
        package var raisedAt: Int64
        /// Who has acknowledged it, where somebody has.
        package var acknowledgedBy: String?

        package init(raisedAt: Timestamp, acknowledgedBy: String? = nil) {
            self.raisedAt = raisedAt.milliseconds
            self.acknowledgedBy = acknowledgedBy
        }
    }

    package init(alarms: [String: Latch] = [:], closedValves: [String] = []) {
        self.alarms = alarms
        self.closedValves = closedValves
    }
}

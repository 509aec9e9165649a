package import Execution
package import GPIO

/// What the lines of presence sensors have said so far.
package struct PresenceLines: Hashable, Sendable {
    private struct Sensor: Hashable {
        var state: LineState
        /// When it was last known to be active.
        var lastActive: MonotonicTime?
    }

    private var sensors: [LineName: Sensor] = [:]

    package init() {}

    package mutating func observe(_ change: LineChange) {
        var sensor = sensors[change.line] ?? Sensor(state: change.state)
        if sensor.state == .active || change.state == .active { sensor.lastActive = change.time }
        sensor.state = change.state
        sensors[change.line] = sensor
    }

    /// Whether someone is there; `nil` where a sensor is dead and no other says yes.
    ///
    /// - Parameter hold: How long presence lasts after a sensor has fallen back.
    package func isPresent(
        _ lines: some Sequence<LineName>, hold: Duration, at now: MonotonicTime
    ) -> Bool? {
        var isKnown = true
        for line in lines {
            guard let sensor = sensors[line] else {
                isKnown = false
                continue
            }
            if sensor.state == .active { return true }
            if let last = sensor.lastActive, now < last.advanced(by: hold) { return true }
            if sensor.state.isActive == nil { isKnown = false }
        }
        return isKnown ? false : nil
    }

    /// When presence ends by time alone, as far as that can be told now.
    package func nextChange(
        _ lines: some Sequence<LineName>, hold: Duration, after now: MonotonicTime
    ) -> MonotonicTime? {
        lines.compactMap { line -> MonotonicTime? in
            guard let sensor = sensors[line], sensor.state != .active else { return nil }
            return sensor.lastActive?.advanced(by: hold)
        }.filter { $0 > now }.min()
    }
}

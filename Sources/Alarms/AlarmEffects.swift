package import GPIO
package import Telemetry

/// What alarms act on: the seam to lines, circuits, doors, chargers and the cache.
package struct AlarmEffects: Sendable {
    /// Every line that a rule or a valve switches. One that is missing counts as stopped.
    package var lines: [LineName: OutputLine]
    /// Holds a lighting circuit on or off, or lets go of it (`nil`). Returns when that is done.
    package var holdCircuit:
        @Sendable (_ name: String, _ isOn: Bool?) async throws(LineFault) -> Void
    /// Holds a door unlocked, or lets go of it. Returns when that is done.
    package var holdDoor:
        @Sendable (_ name: String, _ isReleased: Bool) async throws(LineFault) -> Void
    /// Has a charger or a group charge nothing, or lets go of it. Returns when that is noted.
    package var holdCharging:
        @Sendable (_ name: String, _ isHeld: Bool) async throws(LineFault) -> Void
    /// Records an event. Nothing waits for it, and it may block its thread.
    package var record: @Sendable (Event, Lane) async -> Void
    /// Saves what must outlast a restart, and tells whether that was done. Nothing waits for it,
    /// and it may block its thread.
    package var save: @Sendable (AlarmLatches) async -> Bool

    package init(
        lines: [LineName: OutputLine],
        holdCircuit:
            @escaping @Sendable (_ name: String, _ isOn: Bool?) async throws(LineFault) ->
            Void,
        holdDoor:
            @escaping @Sendable (_ name: String, _ isReleased: Bool) async throws(LineFault)
            -> Void,
        holdCharging:
            @escaping @Sendable (_ name: String, _ isHeld: Bool) async throws(LineFault)
            -> Void,
        record: @escaping @Sendable (Event, Lane) async -> Void,
        save: @escaping @Sendable (AlarmLatches) async -> Bool
    ) {
        self.lines = lines
        self.holdCircuit = holdCircuit
        self.holdDoor = holdDoor
        self.holdCharging = holdCharging
        self.record = record
        self.save = save
    }
}

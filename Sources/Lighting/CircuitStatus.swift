package import Execution
package import GPIO
package import Metering
import SiteConfiguration

/// One circuit, for people.
package struct CircuitStatus: Hashable, Sendable {
    package var name: String
    /// What it should be, in percent; 0 is dark.
    package var level: Int
    package var reason: LightingReason
    /// What it was told to be and has confirmed; `nil` where that is not known.
    package var commanded: Int?
    /// For how long it has been as commanded.
    package var commandedFor: Duration?
    /// What its device says it is; `nil` where it does not say.
    package var sensedOn: Bool?
    /// When it changes next by the clock, if nothing else happens.
    package var nextChange: Timestamp?
    package var overrideBy: String?
    package var overrideRemaining: Duration?
    /// The alarms that hold it.
    package var heldBy: [String]
    /// Why it cannot be switched.
    package var fault: LineFault?
    package var isLampFailed: Bool
    /// What its lamps took when they were last measured.
    package var power: ScaledInteger?
    /// Whether the time of day is known, or else counts as unknown.
    package var isClockKnown: Bool

    init(_ state: CircuitState, clock: HeldClock, at now: MonotonicTime) {
        name = state.circuit.name
        level = state.wanted
        reason = state.reason
        commanded = state.commanded
        commandedFor = state.commanded == nil ? nil : state.commandedAt?.duration(to: now)
        sensedOn = state.sensed
        nextChange = state.nextByClock
        overrideBy = state.override?.by
        overrideRemaining = state.override.map { now.duration(to: $0.until) }
        heldBy = state.holds.keys.sorted()
        fault = state.fault
        isLampFailed = state.lamp?.isFailed ?? false
        power = state.lamp?.lastPower
        isClockKnown = clock.time(at: now) != nil
    }
}

package import DeviceProfiles
package import Execution
package import GPIO
package import Metering
import SiteConfiguration

/// Why a charger is told what it is told.
package enum ChargerReason: Hashable, Sendable {
    /// The gateway has just started, and its chargers have not all been heard.
    case starting
    /// No car is plugged in.
    case free
    /// Somebody has stopped it.
    case stopped
    case alarm
    /// The charger or its car has a fault.
    case faulty
    /// It may draw all it can.
    case full
    /// It has a share of what there is.
    case shared
    /// Its car could draw and does not, so that others go first.
    case idle
    /// Too little is left for one more.
    case waiting
}

/// One charger, for people.
package struct ChargerStatus: Hashable, Sendable {
    package var name: String
    package var car: CarState?
    /// What it ought to be told.
    package var target: Amperes
    package var reason: ChargerReason
    /// What it was told and has confirmed; `nil` where that is not known.
    package var confirmed: Amperes?
    /// The most it may be drawing; this is kept for it.
    package var reserved: Amperes
    package var maximum: Amperes
    /// The most that a conductor draws.
    package var drawn: ScaledInteger?
    /// What it has charged, in the unit of its point.
    package var energy: ScaledInteger?
    package var energyPoint: PointProfile?
    package var stoppedBy: String?
    package var stopRemaining: Duration?
    /// The alarms that hold it.
    package var heldBy: [String]
    package var isSilent: Bool
    package var fault: LineFault?
    /// Whether it draws more than it was told.
    package var isDisobeying: Bool

    init(_ state: ChargerState, at now: MonotonicTime) {
        name = state.configuration.name
        car = state.car
        target = state.target
        reason = state.reason
        confirmed = state.promise.confirmed
        reserved = state.mayDraw
        maximum = state.configuration.maximum
        drawn = state.isSilent ? nil : state.mostDrawn
        energy = state.energy
        energyPoint = state.configuration.energy
        stoppedBy = state.stop?.by
        stopRemaining = state.stop?.until.map { now.duration(to: $0) }
        heldBy = state.holds.sorted()
        isSilent = state.isSilent
        fault = state.fault
        isDisobeying = state.isDisobeying
    }
}

/// A group of chargers, for people.
package struct ChargingGroupStatus: Hashable, Sendable {
    package var name: String
    /// What its chargers may draw together now, on each phase.
    package var available: PhaseCurrents
    /// What is kept for them.
    package var reserved: PhaseCurrents
    /// What the feeder's meter said last, by phase; empty where the group has none.
    package var feeder: [Amperes?]
    package var isFeederReadable: Bool
    package var chargers: [ChargerStatus]
}

extension ChargingGroupState {
    package func status(at now: MonotonicTime) -> ChargingGroupStatus {
        ChargingGroupStatus(
            name: configuration.name, available: capacity(at: now), reserved: reserved,
            feeder: feeder?.readings ?? [], isFeederReadable: feeder?.isReadable(at: now) ?? true,
            chargers: chargers.map { ChargerStatus($0, at: now) })
    }
}

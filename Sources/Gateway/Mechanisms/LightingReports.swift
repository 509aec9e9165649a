import Execution
import GPIO
import Lighting
import MaintenanceAPI

/// Circuits in words.

extension CircuitReport {
    init(_ status: CircuitStatus, now: Timestamp) {
        var faults: [String] = []
        if let fault = status.fault { faults.append("cannot be switched: \(fault.words)") }
        if status.isLampFailed {
            let power = status.power.map { " (\($0))" } ?? ""
            faults.append("lamps are dead: too little power\(power)")
        }
        if !status.isClockKnown { faults.append("the time of day is not known") }
        if let sensed = status.sensedOn, let commanded = status.commanded,
            sensed != (commanded > 0)
        {
            faults.append("its device says it is \(sensed ? "on" : "off")")
        }
        var reason = status.reason.words
        if let by = status.overrideBy { reason += " by \(by)" }
        if !status.heldBy.isEmpty { reason += " (\(status.heldBy.joined(separator: ", ")))" }
        self.init(
            name: status.name, level: status.level, reason: reason, commanded: status.commanded,
            overrideUntil: status.overrideRemaining.map { (now + $0).milliseconds },
            nextChange: status.nextChange?.milliseconds, faults: faults)
    }
}

extension LightingReason {
    fileprivate var words: String {
        switch self {
        case .idle: "nothing calls for light"
        case .schedule: "its calendar"
        case .presence: "somebody is there"
        case .photocell: "it is dark"
        case .safeState: "its safe state: not enough is known"
        case .override: "override"
        case .alarm: "held by an alarm"
        case .minimumOn: "still lit for its least time"
        }
    }
}

extension Problem {
    init(_ refusal: LightingRefusal) {
        switch refusal {
        case .unknownCircuit(let name): self = .unknown(name, what: "circuit", among: [])
        case .notDimmed(let name):
            self.init(.refused, "\(name) has no dimmer", hint: "switch it on or off")
        case .level(let level): self.init(.badRequest, "\(level) is no level from 0 to 100")
        case .duration:
            self.init(
                .badRequest,
                "an override lasts more than nothing and at most "
                    + LightingOverride.longest.shortText)
        }
    }
}

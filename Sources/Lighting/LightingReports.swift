package import Execution
import GPIO
package import MaintenanceAPI
import SiteConfiguration

/// Circuits in words, and what people may do with them.
extension LightingService {
    package func reports(at now: Timestamp) async -> [CircuitReport] {
        await control.status.map { CircuitReport($0, now: now) }
    }

    /// - Throws: ``Problem`` where there is no such circuit, or it cannot be had at that level.
    package func override(
        _ request: LightRequest, at now: Timestamp
    ) async throws(Problem) -> CircuitReport {
        try Problem.require(
            request.circuit, what: "circuit", among: configuration.circuits.map(\.name))
        let command: LightingCommand? =
            switch request.level {
            case nil: nil
            case 0?: .off
            case 100?: .on
            case let level?: .level(level)
            }
        let period = try request.period ?? .seconds(1_800)
        do {
            try await control.override(request.circuit, command, for: period, by: request.by)
        } catch {
            throw Problem(error)
        }
        guard let status = await control.status.first(where: { $0.name == request.circuit }) else {
            throw Problem(.notReady, "the lights are not running", hint: "try again")
        }
        return CircuitReport(status, now: now)
    }

    package func faults() async -> [StatusFault] {
        let lines = Set(configuration.circuits.filter { $0.line != nil }.map(\.name))
        let faults = await control.status.compactMap {
            StatusFault($0, hasLine: lines.contains($0.name))
        }
        let dropped = StatusFault(await control.dropped, of: "lighting", "the lights")
        return faults + [dropped].compactMap(\.self)
    }
}

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

extension StatusFault {
    /// `nil` where the circuit is as it should be. That it cannot be switched is told of its line.
    init?(_ circuit: CircuitStatus, hasLine: Bool) {
        let subject = "lighting.\(circuit.name)"
        if circuit.isLampFailed {
            self.init(
                .fault, subject,
                "lamps of \(circuit.name) are dead: too little power"
                    + (circuit.power.map { " (\($0))" } ?? ""),
                advice: "replace them")
        } else if let sensed = circuit.sensedOn, let commanded = circuit.commanded,
            sensed != (commanded > 0)
        {
            self.init(
                .fault, subject,
                "\(circuit.name) is \(sensed ? "on" : "off"), though it was told otherwise",
                advice: "look for a switch beside the relay, or a relay that sticks")
        } else if let fault = circuit.fault, !hasLine {
            self.init(
                .fault, subject, "\(circuit.name) cannot be dimmed: \(fault.words)",
                advice: "look at its dimmer")
        } else {
            return nil
        }
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
        case .stopped: self.init(.notReady, "the lights are not running", hint: "try again")
        }
    }
}

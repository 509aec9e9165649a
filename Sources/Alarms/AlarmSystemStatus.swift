package import Execution
package import GPIO
package import SiteConfiguration

/// All alarms, valves and outputs as they are now, for people.
package struct AlarmSystemStatus: Hashable, Sendable {
    package var alarms: [AlarmStatus]
    package var valves: [ValveStatus]
    package var outputs: [OutputStatus]
    /// The alarm that is being tested.
    package var testing: String?
    /// Readings and changes of lines that were dropped because they came faster than they could
    /// be looked at.
    package var droppedInputs = 0
    /// Events that were dropped because recording them took too long.
    package var droppedEvents = 0
}

/// One alarm.
package struct AlarmStatus: Hashable, Sendable {
    package let name: String
    package let severity: AlarmSeverity
    package let message: String?
    package let isLatched: Bool
    package let phase: Phase
    /// Whether its condition is so; `nil` where that is not known.
    package let condition: Bool?
    package let raisedAt: Timestamp?
    package let acknowledgedBy: String?
    /// How often the condition has come since the alarm was raised.
    package let occurrences: Int
    /// The points and lines it looks at and knows nothing of.
    package let unknownInputs: [String]
    /// Whether it was made by ``Supervision`` and not by the document.
    package let isSupervision: Bool

    package enum Phase: String, Hashable, Sendable {
        case quiet
        /// Its condition may become true by waiting alone.
        case pending
        case active
        /// Its condition is gone; it waits to be acknowledged.
        case latched
        /// Not active, and not known whether it ought to be.
        case unknown
    }

    package var isActive: Bool { phase == .active || phase == .latched }
}

/// One valve: what is commanded, and what is sensed.
package struct ValveStatus: Hashable, Sendable {
    package let name: String
    package let phase: ValveState.Phase
    package let isCommandedClosed: Bool
    /// Whether one of its lines is to be active now.
    package let isDriven: Bool
    /// Active where it is shut; `nil` where it has no contact.
    package let contact: LineState?
    /// The active alarms that keep it from being opened.
    package let heldBy: [String]
}

/// One output: what is wanted, and what it has confirmed.
package struct OutputStatus: Hashable, Sendable {
    package let target: AlarmOutput
    package let wanted: AlarmCommand
    package let confirmed: AlarmCommand?
    package let fault: LineFault?
    /// The active alarms that want something of it.
    package let heldBy: [String]
}

extension AlarmSystemState {
    /// All there is to report.
    package var status: AlarmSystemStatus {
        AlarmSystemStatus(
            alarms: program.rules.indices.map(alarmStatus), valves: valves.indices.map(valveStatus),
            outputs: outputs.indices.map(outputStatus), testing: test?.report.alarm)
    }

    private func alarmStatus(_ number: Int) -> AlarmStatus {
        let (rule, state) = (program.rules[number].configuration, rules[number])
        return AlarmStatus(
            name: rule.name, severity: rule.severity, message: rule.message,
            isLatched: rule.isLatched, phase: state.phase, condition: state.condition,
            raisedAt: state.raisedAt, acknowledgedBy: state.acknowledgedBy,
            occurrences: state.occurrences, unknownInputs: unknownInputs(of: number),
            isSupervision: rule.name.contains("/"))
    }

    private func valveStatus(_ place: Int) -> ValveStatus {
        let valve = valves[place]
        return ValveStatus(
            name: valve.configuration.name, phase: valve.phase,
            isCommandedClosed: valve.isCommandedClosed,
            isDriven: valve.drivesClosed || valve.drivesOpen,
            contact: valve.configuration.closed == nil ? nil : valve.contact,
            heldBy: holders(ofValve: place))
    }

    private func outputStatus(_ place: Int) -> OutputStatus {
        let holders = rules.indices.filter { number in
            rules[number].isActive
                && program.rules[number].demands.contains { $0.output == place }
        }
        let valve = program.outputs[place].valve.map { self.holders(ofValve: $0) } ?? []
        return OutputStatus(
            target: program.outputs[place].target, wanted: wanted(of: place),
            confirmed: outputs[place].confirmed, fault: outputs[place].fault,
            heldBy: holders.map { program.rules[$0].configuration.name } + valve)
    }
}

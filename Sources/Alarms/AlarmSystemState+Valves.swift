package import Execution
import GPIO
import SiteConfiguration
import Telemetry

extension AlarmSystemState {
    /// Shuts a valve, whether there is an alarm or not.
    ///
    /// - Throws: `.unknownValve`.
    package mutating func closeValve(
        _ name: String, by person: String, at now: Moment
    ) throws(AlarmRefusal) -> [Action] {
        guard let place = program.placeOfValve[name] else { throw .unknownValve(name) }
        command(place, at: now, details: ["by": person]) { $0.close(at: now.monotonic) }
        return finish(at: now)
    }

    /// Opens a valve, or lets it be opened. No alarm does that, and none that shuts the valve
    /// may be active.
    ///
    /// - Throws: `.unknownValve`, `.heldClosed`.
    package mutating func openValve(
        _ name: String, by person: String, at now: Moment
    ) throws(AlarmRefusal) -> [Action] {
        guard let place = program.placeOfValve[name] else { throw .unknownValve(name) }
        let holders = holders(ofValve: place)
        guard holders.isEmpty else { throw .heldClosed(valve: name, by: holders) }
        command(place, at: now, details: ["by": person]) { $0.open(at: now.monotonic) }
        return finish(at: now)
    }

    /// The active alarms that want a valve shut.
    func holders(ofValve place: Int) -> [String] {
        rules.indices
            .filter { rules[$0].isActive && program.rules[$0].valves.contains(place) }
            .map { program.rules[$0].configuration.name }
            .sorted()
    }

    /// Changes a valve, and sees to all that follows.
    ///
    /// - Parameter details: Who or what is behind it.
    mutating func command(
        _ place: Int, at now: Moment, details: [String: String] = [:],
        _ change: (inout ValveState) -> [ValveState.Report]
    ) {
        let before = valves[place]
        let reports = change(&valves[place])
        let valve = program.valves[place]
        if valves[place].attempts != before.attempts { retell(valve.close) }
        touched.formUnion(valve.outputs)
        if valves[place].isCommandedClosed != before.isCommandedClosed { areLatchesChanged = true }
        for report in reports {
            let (kind, severity, more) = report.event
            told.append(
                .record(
                    Event(
                        kind, of: valve.configuration.name, at: now.wall.timestamp,
                        severity: severity, details: details.merging(more) { $1 }), .alarm))
        }
    }
}

extension ValveState.Report {
    fileprivate var event: (kind: String, Event.Severity, details: [String: String]) {
        switch self {
        case .closing: ("valve.closing", .warning, [:])
        case .closed(let time):
            ("valve.closed", .info, ["milliseconds": String(time.milliseconds)])
        case .presumedClosed: ("valve.closed", .info, ["contact": "none"])
        case .notClosed: ("valve.notClosed", .alarm, [:])
        case .lost: ("valve.opened", .alarm, ["cause": "unknown"])
        case .closedByHand: ("valve.closed", .warning, ["cause": "unknown"])
        case .opening: ("valve.opening", .warning, [:])
        case .opened: ("valve.opened", .info, [:])
        case .notOpened: ("valve.notOpened", .warning, [:])
        case .contactFault(let fault): ("valve.contactFault", .warning, ["fault": fault.word])
        }
    }
}

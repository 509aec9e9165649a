import Execution
import GPIO
package import MaintenanceAPI
import SiteConfiguration

/// Alarms and valves in words, and what people may do with them.
extension RunningAlarms {
    package func report() async -> AlarmsReport {
        guard let current else { return AlarmsReport(alarms: [], valves: []) }
        return AlarmsReport(await current.system.status)
    }

    package func faults() async -> [StatusFault] {
        guard let current else { return [] }
        return StatusFault.all(of: await current.system.status)
    }

    package func acknowledge(_ request: AlarmRequest) async throws(Problem) -> AlarmsReport {
        let service = try running(alarm: request.alarm)
        do {
            try await service.system.acknowledge(request.alarm, by: request.by)
        } catch {
            throw Problem(error)
        }
        return await report()
    }

    package func test(
        _ request: AlarmRequest
    ) async throws(Problem) -> MaintenanceAPI.AlarmTestReport {
        let service = try running(alarm: request.alarm)
        do {
            return MaintenanceAPI.AlarmTestReport(
                try await service.system.test(request.alarm, by: request.by))
        } catch {
            throw Problem(error)
        }
    }

    package func turn(_ request: ValveRequest) async throws(Problem) -> ValveReport {
        let names = current?.configuration.valves.map(\.name) ?? []
        try Problem.require(request.valve, what: "valve", among: names)
        guard let system = current?.system else { throw Problem(AlarmRefusal.stopped) }
        do {
            if request.isClosing {
                try await system.closeValve(request.valve, by: request.by)
            } else {
                try await system.openValve(request.valve, by: request.by)
            }
        } catch {
            throw Problem(error)
        }
        guard let valve = await system.status.valves.first(where: { $0.name == request.valve })
        else { throw Problem(AlarmRefusal.stopped) }
        return ValveReport(valve)
    }

    private func running(alarm name: String) throws(Problem) -> AlarmService {
        let names = current?.configuration.alarms.map(\.name) ?? []
        try Problem.require(name, what: "alarm", among: names)
        guard let current else { throw Problem(AlarmRefusal.stopped) }
        return current
    }
}

extension StatusFault {
    /// Alarms that are active or blind, and valves that are shut or will not shut.
    static func all(of status: AlarmSystemStatus) -> [StatusFault] {
        var faults = status.alarms.compactMap { StatusFault($0) }
        for valve in status.valves {
            let subject = "valves.\(valve.name)"
            switch valve.phase {
            case .notClosed:
                faults.append(
                    StatusFault(
                        .danger, subject, "\(valve.name) is not shut, though it was told to",
                        advice: "shut it by hand"))
            case .closed, .closing:
                let holders = valve.heldBy.joined(separator: ", ")
                faults.append(
                    StatusFault(
                        .fault, subject,
                        "\(valve.name) is shut" + (holders.isEmpty ? "" : ", held by \(holders)"),
                        advice: "once it is safe: `linli alarms open \(valve.name)`"))
            case .released, .opening: break
            }
        }
        let dropped = DroppedItems(inputs: status.droppedInputs, records: status.droppedEvents)
        faults += [StatusFault(dropped, of: "alarms", "the alarms")].compactMap(\.self)
        return faults
    }

    /// `nil` where nobody needs to look after the alarm.
    init?(_ alarm: AlarmStatus) {
        let subject = "alarms.\(alarm.name)"
        if alarm.isActive {
            // A detector that is not heard is what its own rule says, not an alarm by itself.
            guard !alarm.isSupervision, alarm.severity > .info else {
                guard alarm.isSupervision else { return nil }
                self.init(
                    .fault, subject,
                    "\(alarm.name): a detector that alarms rely on is not heard",
                    advice: "`linli alarms` says which alarms are blind",
                    since: alarm.raisedAt?.milliseconds)
                return
            }
            let message = alarm.message.map { ": \($0)" } ?? ""
            let isGone = alarm.condition == false
            let by = alarm.acknowledgedBy.map { ", acknowledged by \($0)" } ?? ""
            self.init(
                alarm.severity == .alarm ? .danger : .fault, subject,
                "the alarm \(alarm.name) is active\(isGone ? ", its cause is gone" : "")"
                    + "\(by)\(message)",
                advice: isGone || !alarm.isLatched
                    ? "look there, then `linli alarms ack \(alarm.name)`"
                    : "find its cause; once it is gone, `linli alarms ack \(alarm.name)`",
                since: alarm.raisedAt?.milliseconds)
            return
        }
        guard !alarm.isSupervision, alarm.condition == nil, !alarm.unknownInputs.isEmpty else {
            return nil
        }
        self.init(
            .fault, subject,
            "the alarm \(alarm.name) is blind: nothing is known of \(alarm.unknownInputs.listed)",
            advice: "watch the place by other means until its detector is heard again")
    }
}

extension AlarmsReport {
    init(_ status: AlarmSystemStatus) {
        self.init(
            alarms: status.alarms.map(AlarmReport.init), valves: status.valves.map(ValveReport.init)
        )
    }
}

extension AlarmReport {
    init(_ status: AlarmStatus) {
        let state =
            switch (status.isActive, status.condition) {
            case (true, false): status.isLatched ? "latched" : "active"
            case (true, _): "active"
            case (false, true): "pending"
            case (false, false): "quiet"
            case (false, nil): "unknown"
            }
        self.init(
            name: status.name, severity: status.severity.rawValue, state: state,
            message: status.message, since: status.raisedAt?.milliseconds,
            acknowledgedBy: status.acknowledgedBy,
            faults: status.unknownInputs.isEmpty
                ? [] : ["nothing known of \(status.unknownInputs.joined(separator: ", "))"])
    }
}

extension ValveReport {
    init(_ status: ValveStatus) {
        let state =
            switch status.phase {
            case .released: "released"
            case .opening: "opening"
            case .closing: "closing"
            case .closed: "closed"
            case .notClosed: "not closed"
            }
        self.init(
            name: status.name, state: state, isDriven: status.isCommandedClosed,
            isClosed: status.contact?.isActive)
    }
}

extension MaintenanceAPI.AlarmTestReport {
    init(_ report: Alarms.AlarmTestReport) {
        let brokenOff: String? =
            switch report.ending {
            case .completed: nil
            case .overtaken(let alarm): "it gave way to the alarm \(alarm)"
            case .interrupted: "linlid stopped"
            }
        // What had no time to answer is not what does not work.
        let steps = report.steps.filter { brokenOff == nil || $0.outcome != .unheard }
        self.init(
            alarm: report.alarm,
            steps: steps.map { step in
                Step(
                    name: "\(step.check.words) \(step.subject)",
                    hasPassed: step.outcome == .passed || step.outcome == .absent,
                    details: step.outcome.words)
            }, brokenOff: brokenOff)
    }
}

extension Alarms.AlarmTestReport.Check {
    fileprivate var words: String {
        switch self {
        case .detector: "detector"
        case .valveLine: "line of valve"
        case .valveContact: "contact of valve"
        case .output: "output"
        }
    }
}

extension Alarms.AlarmTestReport.Outcome {
    fileprivate var words: String {
        switch self {
        case .passed: "works"
        case .failed(let fault): fault.words
        case .unheard: "nothing was heard of it"
        case .absent: "there is none"
        }
    }
}

extension Problem {
    init(_ refusal: AlarmRefusal) {
        switch refusal {
        case .unknownAlarm(let name): self = .unknown(name, what: "alarm", among: [])
        case .unknownValve(let name): self = .unknown(name, what: "valve", among: [])
        case .notActive(let name): self.init(.refused, "\(name) is not active")
        case .heldClosed(let valve, let alarms):
            self.init(
                .refused, "\(valve) is held shut by \(alarms.joined(separator: ", "))",
                hint: "acknowledge the alarm once its cause is gone")
        case .alarmActive(let name):
            self.init(.refused, "\(name) is active: a test would be no test")
        case .testUnderWay(let name):
            self.init(.refused, "\(name) is being tested", hint: "wait until that test is over")
        case .stopped: self.init(.notReady, "the alarms are not running", hint: "try again")
        }
    }
}

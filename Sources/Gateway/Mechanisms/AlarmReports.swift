import Alarms
import Execution
import GPIO
import MaintenanceAPI
import SiteConfiguration

/// Alarms and valves in words.

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

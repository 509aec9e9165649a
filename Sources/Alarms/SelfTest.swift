package import Execution
import GPIO
import Metering
import SiteConfiguration
import Telemetry

/// The self-test of an alarm that is under way: for a moment its outputs are held as in earnest.
struct SelfTest: Hashable, Sendable {
    let rule: Int
    var report: AlarmTestReport
    var phase: Phase
    /// The step of each output that has not answered yet.
    var open: [Int: Int]

    enum Phase: Hashable, Sendable {
        case pulse(until: MonotonicTime)
        /// The outputs are going back.
        case ending(until: MonotonicTime)

        var until: MonotonicTime {
            switch self {
            case .pulse(let until), .ending(let until): until
            }
        }
    }
}

extension AlarmSystemState {
    /// How long a test holds the outputs.
    package static let testPulse: Duration = .seconds(3)
    /// How long they may take to go back.
    package static let testPatience: Duration = .seconds(5)

    /// Tries out what an alarm would do, without shutting a valve.
    ///
    /// Detectors are looked at; lines, circuits and doors are held for ``testPulse``. The line
    /// that shuts a valve is told to stay as it is, which shows that it takes commands, and its
    /// contact is looked at. Nothing that depends on the alarm takes notice. Any alarm that is
    /// raised meanwhile ends the test.
    ///
    /// - Parameter person: Who wants to know.
    /// - Returns: What to do. The report comes with ``Action/testEnded(_:)``.
    /// - Throws: `.unknownAlarm`, `.alarmActive`, `.testUnderWay`.
    package mutating func beginTest(
        of name: String, by person: String, at now: Moment
    ) throws(AlarmRefusal) -> [Action] {
        guard let number = program.placeOfRule[name] else { throw .unknownAlarm(name) }
        guard !rules[number].isActive else { throw .alarmActive(name) }
        if let test { throw .testUnderWay(test.report.alarm) }
        var steps = detectorSteps(of: number)
        var open: [Int: Int] = [:]
        func addStep(_ output: Int, _ check: AlarmTestReport.Check) {
            open[output] = steps.count
            let subject = program.outputs[output].target.description
            steps.append(AlarmTestReport.Step(subject: subject, check: check, outcome: .unheard))
        }
        for valve in program.rules[number].valves {
            addStep(program.valves[valve].close, .valveLine)
            steps.append(contactStep(ofValve: valve))
        }
        for demand in program.rules[number].demands { addStep(demand.output, .output) }
        let report = AlarmTestReport(
            alarm: name, person: person, startedAt: now.wall.timestamp, ending: .completed,
            steps: steps)
        test = SelfTest(
            rule: number, report: report,
            phase: .pulse(until: now.monotonic.advanced(by: Self.testPulse)), open: open)
        demand(program.rules[number].demands, by: 1)
        // Also those that are as wanted already have to answer.
        for output in open.keys { retell(output) }
        return finish(at: now)
    }

    private func detectorSteps(of number: Int) -> [AlarmTestReport.Step] {
        let condition = program.rules[number].configuration.condition
        let unknown = Set(unknownInputs(of: number))
        var steps: [AlarmTestReport.Step] = []
        func addStep(_ subject: String, _ outcome: AlarmTestReport.Outcome) {
            guard !steps.contains(where: { $0.subject == subject }) else { return }
            steps.append(
                AlarmTestReport.Step(subject: subject, check: .detector, outcome: outcome))
        }
        for part in condition.all {
            switch part {
            case .point(let point, _):
                let name = point.description
                addStep(name, unknown.contains(name) ? .unheard : .passed)
            case .line(let line, _):
                let state = program.placeOfLine[line.name].map { lines[$0] }
                addStep(line.name.description, AlarmTestReport.Outcome(sensed: state))
            default: break
            }
        }
        return steps
    }

    private func contactStep(ofValve place: Int) -> AlarmTestReport.Step {
        let valve = program.valves[place]
        return AlarmTestReport.Step(
            subject: valve.configuration.closed?.name.description ?? valve.configuration.name,
            check: .valveContact,
            outcome: valve.contact.map { AlarmTestReport.Outcome(sensed: lines[$0]) } ?? .absent)
    }

    /// Notes what an output has answered to a command.
    mutating func noteTest(of output: Int, _ command: AlarmCommand, _ fault: LineFault?) {
        guard let step = test?.open[output], command == wanted(of: output) else { return }
        test?.report.steps[step].outcome = fault.map { .failed($0) } ?? .passed
        test?.open[output] = nil
    }

    mutating func advanceTest(at now: Moment) {
        guard let test, now.monotonic >= test.phase.until else { return }
        guard case .pulse = test.phase else { return endTestIfSettled(at: now) }
        self.test?.phase = .ending(until: now.monotonic.advanced(by: Self.testPatience))
        demand(program.rules[test.rule].demands, by: -1)
    }

    /// Ends a test whose outputs have all gone back, or had time enough to.
    mutating func endTestIfSettled(at now: Moment) {
        guard let test, case .ending(let until) = test.phase else { return }
        let stuck = program.rules[test.rule].demands.filter {
            let output = outputs[$0.output]
            return output.underWay != nil || output.confirmed != wanted(of: $0.output)
        }
        guard stuck.isEmpty || now.monotonic >= until else { return }
        for demand in stuck {
            let subject = program.outputs[demand.output].target.description
            let step = test.report.steps.firstIndex {
                $0.check == .output && $0.subject == subject && $0.outcome == .passed
            }
            guard let step else { continue }
            let fault = outputs[demand.output].fault
            self.test?.report.steps[step].outcome = fault.map { .failed($0) } ?? .unheard
        }
        endTest(.completed, at: now)
    }

    /// Gives way to an alarm in earnest. What both want stays as it is.
    mutating func overtakeTest(by alarm: String, at now: Moment) {
        guard let test else { return }
        if case .pulse = test.phase { demand(program.rules[test.rule].demands, by: -1) }
        endTest(.overtaken(by: alarm), at: now)
    }

    private mutating func endTest(_ ending: AlarmTestReport.Ending, at now: Moment) {
        guard let ended = test else { return }
        test = nil
        var report = ended.report
        report.ending = ending
        var details = ["by": report.person, "result": report.hasPassed ? "passed" : "failed"]
        if case .overtaken(let alarm) = ending { details["result"] = "overtaken by \(alarm)" }
        for step in report.steps where step.outcome != .passed && details.count < 40 {
            details["\(step.check.rawValue) \(step.subject)"] = step.outcome.word
        }
        told.append(.testEnded(report))
        tell(
            "alarm.tested", of: ended.rule, at: now,
            severity: report.hasPassed ? .info : .warning, details: details)
    }
}

extension AlarmTestReport.Outcome {
    init(sensed state: LineState?) {
        switch state {
        case .active, .inactive: self = .passed
        case nil, .unknown(.notRead): self = .unheard
        case .unknown(let fault): self = .failed(fault)
        }
    }

    fileprivate var word: String {
        switch self {
        case .passed: "passed"
        case .failed(let fault): fault.word
        case .unheard: "not heard of"
        case .absent: "none"
        }
    }
}

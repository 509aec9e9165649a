import Execution
import GPIO
import SiteConfiguration
import Telemetry

/// One output: what is wanted of it, what it was told, and what it has confirmed.
struct OutputState: Hashable, Sendable {
    /// How many active alarms want it on, or off.
    var onDemands = 0
    var offDemands = 0
    /// The command under way; one at a time.
    var underWay: AlarmCommand?
    /// What it has confirmed last; `nil` where that may not hold any more.
    var confirmed: AlarmCommand?
    /// The command that was not taken, and why.
    var refused: AlarmCommand?
    var fault: LineFault?
    var failures = 0
    var retryAt: MonotonicTime?

    init(rest: AlarmCommand) {
        // What nobody has held need not be let go; a line has to be told in any case.
        if rest == .letGo { confirmed = .letGo }
    }

    /// The command to give now, if any, to come to what is wanted.
    mutating func next(toward wanted: AlarmCommand, at now: MonotonicTime) -> AlarmCommand? {
        guard underWay == nil, confirmed != wanted else { return nil }
        if let retryAt, refused == wanted, now < retryAt { return nil }
        retryAt = nil
        underWay = wanted
        return wanted
    }

    /// How long to wait after so many failures: from a quarter of a second, doubling, to 10 s.
    var pause: Duration { min(.seconds(10), .milliseconds(250) * (1 << (min(failures, 7) - 1))) }
}

extension AlarmSystemState {
    /// What is wanted of an output now.
    func wanted(of place: Int) -> AlarmCommand {
        if let number = program.outputs[place].valve {
            let valve = valves[number]
            let close = program.valves[number].close
            if place == close { return valve.drivesClosed ? .on : .off }
            // Opening waits until nothing shuts the valve any more; shutting waits for nothing.
            return valve.drivesOpen && outputs[close].confirmed == .off ? .on : .off
        }
        let output = outputs[place]
        if output.offDemands > 0 { return .off }
        return output.onDemands > 0 ? .on : program.outputs[place].rest
    }

    /// Adds what a rule or a test wants, or takes it away.
    mutating func demand(_ demands: [AlarmProgram.Demand], by change: Int) {
        for demand in demands {
            if demand.isOn {
                outputs[demand.output].onDemands += change
            } else {
                outputs[demand.output].offDemands += change
            }
            touched.insert(demand.output)
        }
    }

    /// Gives an output its command again, whatever it has confirmed.
    mutating func retell(_ place: Int) {
        outputs[place].confirmed = nil
        outputs[place].retryAt = nil
        outputs[place].refused = nil
        touched.insert(place)
    }

    mutating func finished(
        _ place: Int, _ command: AlarmCommand, _ fault: LineFault?, at now: Moment
    ) {
        guard outputs[place].underWay == command else { return }
        outputs[place].underWay = nil
        touched.insert(place)
        noteTest(of: place, command, fault)
        guard let fault else {
            outputs[place].confirmed = command
            if let valve = program.outputs[place].valve {
                touched.formUnion(program.valves[valve].outputs)
            }
            outputs[place].refused = nil
            outputs[place].retryAt = nil
            if outputs[place].failures > 0 {
                outputs[place].failures = 0
                outputs[place].fault = nil
                tell("alarm.outputRestored", place, at: now, severity: .info)
            }
            return
        }
        outputs[place].confirmed = nil
        outputs[place].refused = command
        outputs[place].fault = fault
        outputs[place].failures += 1
        outputs[place].retryAt = now.monotonic.advanced(by: outputs[place].pause)
        if outputs[place].failures == 1 {
            tell(
                "alarm.outputFailed", place, at: now, severity: .alarm,
                details: ["fault": fault.word])
        }
    }

    private mutating func tell(
        _ kind: String, _ place: Int, at now: Moment, severity: Event.Severity,
        details: [String: String] = [:]
    ) {
        told.append(
            .record(
                Event(
                    kind, of: program.outputs[place].target.description, at: now.wall.timestamp,
                    severity: severity, details: details), .alarm))
    }
}

extension LineFault {
    /// For the details of an event.
    var word: String {
        switch self {
        case .notRead: "not read"
        case .chipMissing(let chip): "chip missing: \(chip)"
        case .noSuchLine(let chip, let offset): "no such line: \(chip):\(offset)"
        case .taken(let owner): "taken by \(owner)"
        case .refused(let errno): "error \(errno)"
        case .silent: "silent"
        case .exception(let code): "exception \(code)"
        case .stopped: "stopped"
        }
    }
}

extension AlarmSeverity {
    var ofEvent: Event.Severity {
        switch self {
        case .info: .info
        case .warning: .warning
        case .alarm: .alarm
        }
    }
}

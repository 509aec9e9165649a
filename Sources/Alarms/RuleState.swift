package import Execution
import SiteConfiguration
import Telemetry

/// What is remembered of one rule.
struct RuleState: Hashable, Sendable {
    /// What its condition was when last looked at.
    var condition: Bool?
    var isActive = false
    /// Whether the condition has gone since the alarm was raised, and only the latch holds it.
    var isGone = false
    var raisedAt: Timestamp?
    var acknowledgedBy: String?
    /// How often its condition has come since it was raised, the first time included.
    var occurrences = 0
    /// When waiting alone makes a condition true, in nanoseconds; `.max` where it does not.
    var deadline = Int64.max
    /// Whether it was active before the alarms were made anew, and its condition may have to last
    /// for its time once more before it is known.
    var isResumed = false

    /// What it is to the rules that look at it: unknown where it might be active if only its own
    /// condition were known.
    var truth: Bool? { isActive ? true : condition.map { _ in false } }

    var phase: AlarmStatus.Phase {
        if isActive { return isGone ? .latched : .active }
        if deadline != .max { return .pending }
        return condition == nil ? .unknown : .quiet
    }
}

extension AlarmSystemState {
    /// How often a latched alarm that comes and goes is told again before it is acknowledged.
    static let recurrenceLimit = 10

    /// Raises, keeps or clears an alarm, now that its condition is known.
    mutating func take(_ condition: Bool?, of number: Int, at now: Moment) {
        rules[number].condition = condition
        if rules[number].isResumed {
            if condition == false, rules[number].deadline != .max { return }
            rules[number].isResumed = condition == nil
        }
        switch condition {
        case nil: break  // What is unknown neither raises nor clears.
        case true? where !rules[number].isActive: raise(number, at: now)
        case true?: recur(number, at: now)
        case false? where rules[number].isActive:
            let isLatched = program.rules[number].configuration.isLatched
            if !isLatched || rules[number].acknowledgedBy != nil {
                clear(number, at: now)
            } else {
                rules[number].isGone = true
            }
        case false?: break
        }
    }

    private mutating func raise(_ number: Int, at now: Moment) {
        let rule = program.rules[number]
        rules[number].isActive = true
        rules[number].isGone = false
        rules[number].raisedAt = now.wall.timestamp
        rules[number].acknowledgedBy = nil
        rules[number].occurrences = 1
        hold(number, at: now)
        overtakeTest(by: rule.configuration.name, at: now)
        if rule.configuration.isLatched { areLatchesChanged = true }
        tell("alarm.raised", of: number, at: now, details: cause(of: number))
    }

    /// A latched alarm whose condition comes again before anybody has acknowledged it.
    private mutating func recur(_ number: Int, at now: Moment) {
        guard rules[number].isGone else { return }
        rules[number].isGone = false
        rules[number].occurrences += 1
        guard rules[number].occurrences <= Self.recurrenceLimit else { return }
        var details = cause(of: number)
        details["occurrence"] = String(rules[number].occurrences)
        tell("alarm.raised", of: number, at: now, details: details)
    }

    /// Wants of all outputs what the rule says.
    mutating func hold(_ number: Int, at now: Moment) {
        for valve in program.rules[number].valves {
            command(valve, at: now, details: ["alarm": program.rules[number].configuration.name]) {
                $0.close(at: now.monotonic)
            }
        }
        demand(program.rules[number].demands, by: 1)
    }

    mutating func clear(_ number: Int, at now: Moment) {
        let rule = program.rules[number]
        var details: [String: String] = [:]
        if rules[number].occurrences > 1 {
            details["occurrences"] = String(rules[number].occurrences)
        }
        if let raisedAt = rules[number].raisedAt { details["raised"] = raisedAt.description }
        rules[number].isActive = false
        rules[number].isGone = false
        rules[number].acknowledgedBy = nil
        rules[number].raisedAt = nil
        demand(rule.demands, by: -1)
        if rule.configuration.isLatched { areLatchesChanged = true }
        tell("alarm.cleared", of: number, at: now, severity: .info, details: details)
    }

    // MARK: - Commands

    /// Notes that somebody has seen an alarm. A latched one whose condition is gone ends with it.
    ///
    /// Done again, it changes nothing.
    ///
    /// - Parameter person: Who.
    /// - Throws: `.unknownAlarm`, `.notActive`.
    package mutating func acknowledge(
        _ name: String, by person: String, at now: Moment
    ) throws(AlarmRefusal) -> [Action] {
        guard let number = program.placeOfRule[name] else { throw .unknownAlarm(name) }
        guard rules[number].isActive else { throw .notActive(name) }
        guard rules[number].acknowledgedBy == nil else { return [] }
        rules[number].acknowledgedBy = person
        if program.rules[number].configuration.isLatched { areLatchesChanged = true }
        tell("alarm.acknowledged", of: number, at: now, severity: .info, details: ["by": person])
        if rules[number].isGone {
            clear(number, at: now)
            for dependant in program.rules[number].dependants { enqueue(dependant) }
            settleRules(at: now)
        }
        return finish(at: now)
    }

    // MARK: - Restart

    /// What must outlast a restart now.
    package var latches: AlarmLatches { active { $0.isLatched } }

    /// What must outlast that the alarms are made anew while all goes on.
    package var carriedOver: AlarmLatches { active { _ in true } }

    private func active(_ isTaken: (AlarmConfiguration) -> Bool) -> AlarmLatches {
        var latches = AlarmLatches()
        for (number, rule) in rules.enumerated()
        where rule.isActive && isTaken(program.rules[number].configuration) {
            latches.alarms[program.rules[number].configuration.name] = AlarmLatches.Latch(
                raisedAt: rule.raisedAt ?? Timestamp(milliseconds: 0),
                acknowledgedBy: rule.acknowledgedBy)
        }
        latches.closedValves =
            valves.filter(\.isCommandedClosed).map(\.configuration.name).sorted()
        return latches
    }

    mutating func resume(_ latches: AlarmLatches, at now: Moment) {
        // Those before may have ended before they could save all.
        if latches != AlarmLatches() { areLatchesChanged = true }
        for name in latches.closedValves.sorted() {
            if let valve = program.placeOfValve[name] {
                command(valve, at: now, details: ["cause": "restart"]) {
                    $0.close(at: now.monotonic)
                }
            } else {
                withdraw(name, at: now)
            }
        }
        for (name, latch) in latches.alarms.sorted(by: { $0.key < $1.key }) {
            // One that is not latched any more ends once its condition is known to be gone.
            guard let number = program.placeOfRule[name] else {
                withdraw(name, at: now)
                continue
            }
            rules[number].isActive = true
            rules[number].isResumed = true
            rules[number].raisedAt = Timestamp(milliseconds: latch.raisedAt)
            rules[number].acknowledgedBy = latch.acknowledgedBy
            rules[number].occurrences = 1
            hold(number, at: now)
            tell("alarm.resumed", of: number, at: now)
        }
    }

    /// The document does not have it any more.
    private mutating func withdraw(_ name: String, at now: Moment) {
        areLatchesChanged = true
        told.append(
            .record(
                Event("alarm.withdrawn", of: name, at: now.wall.timestamp, severity: .warning),
                .alarm))
    }

    // MARK: - Events

    mutating func tell(
        _ kind: String, of number: Int, at now: Moment, severity: Event.Severity? = nil,
        details: [String: String] = [:]
    ) {
        let rule = program.rules[number].configuration
        var details = details
        if let message = rule.message { details["message"] = message }
        told.append(
            .record(
                Event(
                    kind, of: rule.name, at: now.wall.timestamp,
                    severity: severity ?? rule.severity.ofEvent, details: details),
                rule.severity == .info ? .event : .alarm))
    }
}

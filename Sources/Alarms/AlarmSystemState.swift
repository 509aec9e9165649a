package import Execution
package import GPIO
package import Metering
import SiteConfiguration
package import Telemetry

/// Which alarms are active, what they want of their outputs, and what to do next. A pure state
/// machine.
///
/// - A rule is looked at when something it depends on arrives, or its time is up; never in a
///   cycle.
/// - What is unknown neither raises an alarm nor clears it. A doubtful value, such as one outside
///   the range of its device, may raise but not clear.
/// - A latched alarm is active until it is acknowledged and its condition is gone, in either
///   order. Any other clears with its condition.
/// - An output is held for as long as some alarm wants it. Where one wants it on and another
///   off, off wins. A line that alarms only ever switch off is active while all is well.
/// - A command that an output did not take is given again until it is taken.
/// - Actions come in the order of acting: valves, lines, circuits, doors; what is to be saved and
///   recorded comes last.
package struct AlarmSystemState: StateMachine {
    /// Callers wait for the end of an alarm's test.
    package typealias Question = String
    package typealias Answer = AlarmTestReport

    /// What has happened.
    package enum Input: Hashable, StateInput {
        /// A point was read, or could not be.
        case reading(Reading)
        case line(LineChange)
        /// A device has fallen silent.
        case silent(DeviceIdentifier)
        /// A device answers again.
        case answering(DeviceIdentifier)
        /// An output has done what it was told, or why not. The number is that of the action.
        case finished(Int, AlarmCommand, LineFault?)
        /// An output may have forgotten its state: its chip was gone, its circuits or doors were
        /// made anew.
        case forgotten(AlarmOutput)
        case tick

        package var isReplaceable: Bool { if case .reading = self { true } else { false } }
    }

    /// What to do.
    package enum Action: Hashable, Sendable {
        /// Switch an output of the program; answered by ``Input/finished``. One at a time for each
        /// output.
        case set(Int, AlarmCommand)
        /// Save this through a restart, in place of what was to be saved before.
        case save(AlarmLatches)
        /// Tell who waits for it.
        case testEnded(AlarmTestReport)
        case record(Event, Lane)
    }

    package let program: AlarmProgram
    var points: [PointInput]
    var lines: [LineState]
    var isSilent: [Bool]
    /// What each condition has to remember: on which side of its marks a value was last, or since
    /// when another condition is true.
    var memory: [Int64]
    /// What each condition was when last looked at: -1 unknown, 0 false, 1 true.
    var truths: [Int8]
    var rules: [RuleState]
    var outputs: [OutputState]
    var valves: [ValveState]
    var test: SelfTest?

    /// The rules to look at, ascending.
    var work: [Int] = []
    /// The rules with a time to wait for.
    var waiting: Set<Int> = []
    /// The outputs whose demand may have changed.
    var touched: Set<Int> = []
    var told: [Action] = []
    var areLatchesChanged = false
    var hasStarted = false
    /// When to call again with ``Input/tick``, if nothing else happens before.
    package private(set) var nextWakeUp: MonotonicTime?

    /// - Parameter latches: What outlasted the last run; taken up by ``start(at:)``.
    package init(_ program: AlarmProgram, latches: AlarmLatches = AlarmLatches()) {
        self.program = program
        points = Array(repeating: .unread, count: program.points.count)
        lines = Array(repeating: .unknown(.notRead), count: program.lines.count)
        isSilent = Array(repeating: false, count: program.devices.count)
        memory = Array(repeating: 0, count: program.nodes.count)
        for (place, node) in program.nodes.enumerated() {
            if case .lasting = node.kind { memory[place] = Self.never }
        }
        truths = Array(repeating: -1, count: program.nodes.count)
        rules = Array(repeating: RuleState(), count: program.rules.count)
        outputs = program.outputs.map { OutputState(rest: $0.rest) }
        valves = program.valves.map { ValveState($0.configuration) }
        restored = latches
    }

    let restored: AlarmLatches

    static let never = Int64.min

    /// Puts all outputs as they have to be, those of alarms that outlasted a restart included.
    ///
    /// To be called once, before anything else.
    ///
    /// - Parameter known: What is known of the field already. It is taken note of before any
    ///   output is told anything, so that alarms made anew let go of nothing.
    package mutating func start(at now: Moment, knowing known: [Input] = []) -> [Action] {
        precondition(!hasStarted, "alarms start once")
        hasStarted = true
        for input in known { note(input, at: now) }
        resume(restored, at: now)
        touched.formUnion(outputs.indices)
        work = Array(rules.indices)
        settleRules(at: now)
        return finish(at: now)
    }

    /// Takes note of what has happened.
    ///
    /// - Returns: What to do, in this order.
    /// - Complexity: O(1) where nothing depends on it.
    package mutating func handle(_ input: Input, at now: Moment) -> [Action] {
        if let nextWakeUp, now.monotonic >= nextWakeUp { advance(to: now) }
        note(input, at: now)
        if work.isEmpty, touched.isEmpty, told.isEmpty { return [] }
        settleRules(at: now)
        return finish(at: now)
    }

    // MARK: - What arrives

    private mutating func note(_ input: Input, at now: Moment) {
        switch input {
        case .reading(let reading): take(reading)
        case .line(let change): take(change, at: now)
        case .silent(let device): take(device, isSilent: true)
        case .answering(let device): take(device, isSilent: false)
        case .finished(let output, let command, let fault):
            finished(output, command, fault, at: now)
        case .forgotten(let target):
            for (place, output) in program.outputs.enumerated() where output.target == target {
                retell(place)
            }
        case .tick: break
        }
    }

    private mutating func take(_ reading: Reading) {
        let index = Int(reading.point.rawValue)
        guard index < program.placeOfPoint.count else { return }
        let place = Int(program.placeOfPoint[index])
        guard place >= 0 else { return }
        let input = PointInput(reading)
        // What is said again decides nothing anew: conditions remember all they need.
        guard points[place] != input else { return }
        points[place] = input
        enqueue(program.rulesOfPoint[place])
    }

    private mutating func take(_ change: LineChange, at now: Moment) {
        guard let place = program.placeOfLine[change.line], lines[place] != change.state else {
            return
        }
        lines[place] = change.state
        enqueue(program.rulesOfLine[place])
        for valve in program.valvesOfLine[place] {
            command(valve, at: now) { $0.sensed(change.state, at: now.monotonic) }
        }
    }

    private mutating func take(_ device: DeviceIdentifier, isSilent nowSilent: Bool) {
        guard let place = program.placeOfDevice[device], isSilent[place] != nowSilent else {
            return
        }
        isSilent[place] = nowSilent
        enqueue(program.rulesOfDevice[place])
        // A relay board that was without power has forgotten its relays.
        if !nowSilent { for output in program.outputsOfDevice[place] { retell(output) } }
    }

    private mutating func advance(to now: Moment) {
        for rule in waiting where rules[rule].deadline <= now.monotonic.nanoseconds {
            enqueue(rule)
        }
        settleRules(at: now)
        for place in valves.indices {
            if let wakeUp = valves[place].nextWakeUp, wakeUp <= now.monotonic {
                command(place, at: now) { $0.tick(at: now.monotonic) }
            }
        }
        for place in outputs.indices {
            if let retryAt = outputs[place].retryAt, retryAt <= now.monotonic {
                outputs[place].retryAt = nil
                touched.insert(place)
            }
        }
        advanceTest(at: now)
        // Even where nothing else comes of it, the next time to wake up is another.
        updateWakeUp()
    }

    // MARK: - Rules

    /// Puts rules on the list of work, which stays ascending: a rule is behind all it depends on.
    mutating func enqueue(_ numbers: [Int]) {
        if work.isEmpty {
            work.append(contentsOf: numbers)
        } else {
            for number in numbers { enqueue(number) }
        }
    }

    mutating func enqueue(_ number: Int) {
        let place = work.lastIndex { $0 <= number }
        if let place, work[place] == number { return }
        work.insert(number, at: place.map { $0 + 1 } ?? 0)
    }

    mutating func settleRules(at now: Moment) {
        var next = 0
        while next < work.count {
            let rule = work[next]
            next += 1
            let before = rules[rule].truth
            look(at: rule, now: now)
            if rules[rule].truth != before {
                for dependant in program.rules[rule].dependants { enqueue(dependant) }
            }
        }
        work.removeAll(keepingCapacity: true)
    }

    private mutating func look(at number: Int, now: Moment) {
        var deadline = Int64.max
        let truth = truth(
            of: program.rules[number].root, at: now.monotonic.nanoseconds, deadline: &deadline)
        if deadline != rules[number].deadline {
            rules[number].deadline = deadline
            if deadline == .max { waiting.remove(number) } else { waiting.insert(number) }
        }
        take(truth, of: number, at: now)
    }

    // MARK: - What is to be done

    /// Ends the handling of one input: gathers what is to be done.
    mutating func finish(at now: Moment) -> [Action] {
        var actions: [Action] = []
        for place in touched.sorted() {
            let wanted = wanted(of: place)
            if let command = outputs[place].next(toward: wanted, at: now.monotonic) {
                actions.append(.set(place, command))
            }
        }
        touched.removeAll(keepingCapacity: true)
        endTestIfSettled(at: now)
        if areLatchesChanged {
            areLatchesChanged = false
            actions.append(.save(latches))
        }
        actions += told
        told.removeAll(keepingCapacity: true)
        updateWakeUp()
        return actions
    }

    private mutating func updateWakeUp() {
        var next = Int64.max
        for rule in waiting { next = min(next, rules[rule].deadline) }
        for valve in valves { next = min(next, valve.nextWakeUp?.nanoseconds ?? .max) }
        for output in outputs { next = min(next, output.retryAt?.nanoseconds ?? .max) }
        next = min(next, test?.phase.until.nanoseconds ?? .max)
        nextWakeUp = next == .max ? nil : MonotonicTime(nanoseconds: next)
    }
}

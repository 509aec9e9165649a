import Execution
import GPIO
import Metering
import SiteConfiguration
import Telemetry

@testable import Alarms

/// Alarms in virtual time, with outputs that answer at once unless they are broken or slow.
struct AlarmScene {
    let program: AlarmProgram
    private(set) var state: AlarmSystemState
    private(set) var now = Moment(
        monotonic: MonotonicTime(nanoseconds: 1_000_000_000),
        wall: WallTime(Timestamp(milliseconds: 1_800_000_000_000), isSynchronized: false))
    private let indices: [PointIdentifier: PointIndex]

    /// What each output was told last and has taken.
    private(set) var outputs: [AlarmOutput: AlarmCommand] = [:]
    /// All commands and events in their order, for example `FAN1 on`, `alarm.raised gas`.
    private(set) var log: [String] = []
    private(set) var events: [Event] = []
    private(set) var saved: AlarmLatches?
    private(set) var reports: [AlarmTestReport] = []
    var broken: [AlarmOutput: LineFault] = [:]
    /// Outputs that answer only when ``finishSlow()`` is called.
    var slow: Set<AlarmOutput> = []
    private var underWay: [(Int, AlarmCommand)] = []
    /// Called after each input, with what it was.
    var afterStep: ((AlarmScene, AlarmSystemState.Input) -> Void)?

    init(
        _ alarms: [AlarmConfiguration], valves: [ValveConfiguration] = [],
        latches: AlarmLatches = AlarmLatches(), knowing known: [AlarmSystemState.Input] = []
    ) {
        let points = alarms.reduce(into: Set<PointIdentifier>()) {
            $0.formUnion($1.condition.points)
        }
        let indices = Dictionary(
            uniqueKeysWithValues: points.sorted().enumerated().map {
                ($1, PointIndex($0 * 3 + 1))
            })
        self.indices = indices
        program = AlarmProgram(alarms: alarms, valves: valves, index: { indices[$0] })
        state = AlarmSystemState(program, latches: latches)
        carryOut(state.start(at: now, knowing: known))
        answer()
    }

    /// The alarms of a changed document, which go on from those of another scene.
    init(
        _ alarms: [AlarmConfiguration], valves: [ValveConfiguration] = [], after before: AlarmScene
    ) {
        self.init(alarms, valves: valves)
        log = []
        events = []
        saved = before.saved
        outputs = before.outputs
        underWay = []
        now = before.now
        state = AlarmSystemState(program, after: before.state)
        carryOut(state.start(at: now))
        answer()
    }

    // MARK: - Inputs

    mutating func handle(_ input: AlarmSystemState.Input) {
        carryOut(state.handle(input, at: now))
        answer()
        afterStep?(self, input)
    }

    mutating func read(_ point: String, _ value: String?, uncertain: Bool = false) {
        handle(reading(point, value, uncertain: uncertain))
    }

    func reading(
        _ point: String, _ value: String?, uncertain: Bool = false
    ) -> AlarmSystemState.Input {
        guard let id = PointIdentifier(point), let index = indices[id] else { return .tick }
        let time = now.wall.timestamp
        let number = value.flatMap { ScaledInteger($0) }.map { MeasuredValue.number($0) }
        return .reading(
            number.map {
                uncertain
                    ? Reading(index, at: time, uncertain: .outOfRange, $0)
                    : Reading(index, at: time, $0)
            } ?? Reading(index, at: time, missing: .timeout))
    }

    mutating func sense(_ line: String, _ isActive: Bool?) {
        let state = isActive.map { LineState(isActive: $0) } ?? .unknown(.silent)
        handle(.line(LineChange(LineName(line), state, at: now.monotonic)))
    }

    mutating func silence(_ device: String, _ isSilent: Bool = true) {
        guard let device = DeviceIdentifier(device) else { return }
        handle(isSilent ? .silent(device) : .answering(device))
    }

    mutating func acknowledge(_ alarm: String, by person: String = "ann") throws(AlarmRefusal) {
        carryOut(try state.acknowledge(alarm, by: person, at: now))
        answer()
    }

    mutating func test(_ alarm: String) throws(AlarmRefusal) {
        carryOut(try state.beginTest(of: alarm, by: "ann", at: now))
        answer()
    }

    mutating func openValve(_ valve: String) throws(AlarmRefusal) {
        carryOut(try state.openValve(valve, by: "ann", at: now))
        answer()
    }

    mutating func closeValve(_ valve: String) throws(AlarmRefusal) {
        carryOut(try state.closeValve(valve, by: "ann", at: now))
        answer()
    }

    /// Lets time pass, waking the state whenever it wants to be woken.
    mutating func pass(_ duration: Duration) {
        let end = now.monotonic.advanced(by: duration)
        while let next = state.nextWakeUp, next <= end {
            advance(to: max(next, now.monotonic))
            let before = state.nextWakeUp
            handle(.tick)
            precondition(state.nextWakeUp != before, "a wake-up must lead on")
        }
        advance(to: end)
    }

    /// Lets time pass without waking anybody.
    mutating func oversleep(_ duration: Duration) {
        advance(to: now.monotonic.advanced(by: duration))
    }

    /// Sets the time of day, as a time service does.
    mutating func stepClock(_ duration: Duration) {
        now.wall = WallTime(now.wall.timestamp + duration, isSynchronized: true)
    }

    private mutating func advance(to time: MonotonicTime) {
        now.wall.timestamp = now.wall.timestamp + now.monotonic.duration(to: time)
        now.monotonic = time
    }

    // MARK: - Outputs

    private mutating func carryOut(_ actions: [AlarmSystemState.Action]) {
        var isActing = true
        for action in actions {
            switch action {
            case .set(let output, let command):
                precondition(isActing, "acting comes first")
                precondition(!underWay.contains { $0.0 == output }, "one command at a time")
                underWay.append((output, command))
                log.append("\(program.targets[output]) \(command)")
            case .save(let latches):
                isActing = false
                saved = latches
            case .testEnded(let report):
                isActing = false
                reports.append(report)
            case .record(let event, _):
                isActing = false
                events.append(event)
                log.append("\(event.kind) \(event.subject)")
            }
        }
    }

    private mutating func answer() {
        while let place = underWay.firstIndex(where: { !slow.contains(program.targets[$0.0]) }) {
            finish(underWay.remove(at: place))
        }
    }

    /// Lets everything that is slow come to its end.
    mutating func finishSlow() {
        slow = []
        answer()
    }

    private mutating func finish(_ command: (output: Int, command: AlarmCommand)) {
        let target = program.targets[command.output]
        if let fault = broken[target] {
            carryOut(state.handle(.finished(command.output, command.command, fault), at: now))
        } else {
            outputs[target] = command.command
            carryOut(state.handle(.finished(command.output, command.command, nil), at: now))
        }
    }

    // MARK: - Looking

    func command(_ line: String) -> AlarmCommand? { outputs[.line(LineName(line))] }

    var active: Set<String> {
        Set(state.status.alarms.filter(\.isActive).map(\.name))
    }

    func alarm(_ name: String) -> AlarmStatus? { state.status.alarms.first { $0.name == name } }

    func valve(_ name: String) -> ValveStatus? { state.status.valves.first { $0.name == name } }

    /// The kinds of the events of a subject.
    func told(_ subject: String) -> [String] {
        events.filter { $0.subject == subject }.map(\.kind)
    }

    mutating func forget() {
        log = []
        events = []
    }
}

extension LineReference {
    static func gpio(_ name: String) -> LineReference {
        let offset = name.utf8.reduce(0) { ($0 * 31 + Int($1)) % 1_009 }
        return LineReference(
            name: LineName(name), source: .gpio(LineSettings(chip: "gpiochip0", offset: offset)))
    }
}

extension AlarmCondition {
    static func line(_ name: String, isActive: Bool = true) -> AlarmCondition {
        .line(.gpio(name), isActive: isActive)
    }

    static func above(
        _ point: String, _ mark: Int64, hysteresis: Int64 = 0
    ) -> AlarmCondition {
        .point(
            PointIdentifier(point)!,
            .outside(
                above: ScaledInteger(mark), below: nil, hysteresis: ScaledInteger(hysteresis)))
    }

    static func below(
        _ point: String, _ mark: Int64, hysteresis: Int64 = 0
    ) -> AlarmCondition {
        .point(
            PointIdentifier(point)!,
            .outside(
                above: nil, below: ScaledInteger(mark), hysteresis: ScaledInteger(hysteresis)))
    }
}

extension AlarmAction {
    static func on(_ line: String) -> AlarmAction { .line(.gpio(line), isOn: true) }
    static func off(_ line: String) -> AlarmAction { .line(.gpio(line), isOn: false) }
}

package import Execution
package import GPIO
package import Metering
import SiteConfiguration
package import Telemetry

/// All circuits of a site: what each should be, and when each may be switched. A pure state
/// machine.
///
/// - An alarm goes before an override, and an override before the circuit's control.
/// - Circuits are switched one after another, each as long after the last as that one's stagger
///   says; a circuit that cannot be switched holds up no other.
/// - Nothing is computed again but at the moments known to matter and where something is heard.
package struct LightingState: StateMachine {
    /// What has happened.
    package enum Input: StateInput {
        case line(LineChange)
        /// A circuit's line may not be what it was told: it has failed, or its chip is back and
        /// has it at its initial state.
        case forgotten(LineName)
        /// Somebody else may have told the dimmers of a device something.
        case dimmerForgotten(DeviceIdentifier)
        /// A point was read; `nil` where that failed.
        case reading(PointIdentifier, ScaledInteger?)
        /// A circuit has been switched, or could not be.
        case switched(circuit: Int, LineFault?)
        case tick

        package var isReplaceable: Bool { if case .reading = self { true } else { false } }
    }

    /// What to do.
    package enum Action: Hashable, Sendable {
        /// Tell a circuit its level, in percent; answered by ``Input/switched``. One at a time for
        /// each circuit.
        case `switch`(circuit: Int, level: Int)
        case record(Event)
        /// Keep these through a restart, in place of those before.
        case keep([LightingOverride])
    }

    /// How often the wall clock is looked at for steps.
    package static let clockPause = Duration.seconds(30)

    private var circuits: [CircuitState]
    private let numbers: [String: Int]
    private let circuitsOfLine: [LineName: [Int]]
    private let circuitsOfPoint: [PointIdentifier: [Int]]
    private var presence = PresenceLines()
    private var clock = HeldClock()
    private var random: SeededRandom
    /// Before this, no circuit is switched.
    private var nextSwitch: MonotonicTime
    private var nextClockCheck: MonotonicTime
    /// The circuits that must be decided again.
    private var stale: Set<Int>
    /// When the next circuit must be decided or may be switched.
    private var nextDue: MonotonicTime?
    private var actions: [Action] = []

    /// - Parameters:
    ///   - programs: One for each circuit, in the order of the document; names are unique.
    ///   - overrides: What was kept through a restart.
    package init(
        _ programs: [ControlProgram], keptOverrides overrides: [LightingOverride] = [],
        at moment: Moment, seed: UInt64
    ) {
        let now = moment.monotonic
        circuits = programs.map { CircuitState($0, startedAt: now) }
        numbers = Dictionary(
            uniqueKeysWithValues: programs.enumerated().map { ($1.circuit.name, $0) })
        var lines: [LineName: [Int]] = [:]
        var points: [PointIdentifier: [Int]] = [:]
        for (index, state) in circuits.enumerated() {
            for line in state.circuit.observedLines { lines[line, default: []].append(index) }
            let sensing = state.sensingPoint.map { [$0] } ?? []
            for point in state.circuit.observedPoints.union(sensing) {
                points[point, default: []].append(index)
            }
        }
        circuitsOfLine = lines
        circuitsOfPoint = points
        random = SeededRandom(seed: seed)
        nextSwitch = now
        nextClockCheck = now
        stale = Set(circuits.indices)
        _ = clock.observe(moment)
        let time = clock.time(at: now)
        for kept in overrides {
            let remaining = kept.remaining(clock: time)
            guard let index = numbers[kept.circuit], remaining > .zero,
                refusal(of: kept.command, for: circuits[index].circuit) == nil
            else { continue }
            circuits[index].override = CircuitState.ActiveOverride(
                command: kept.command, until: now.advanced(by: remaining), by: kept.by,
                keptEnd: kept.endMilliseconds.map(Timestamp.init(milliseconds:)))
        }
    }

    /// What must be observed for the control to work.
    package var observedLines: Set<LineName> { Set(circuitsOfLine.keys) }
    package var observedPoints: Set<PointIdentifier> { Set(circuitsOfPoint.keys) }

    package var nextWakeUp: MonotonicTime? {
        nextDue.map { min($0, nextClockCheck) } ?? nextClockCheck
    }

    // MARK: - What happens

    package mutating func handle(_ input: Input, at moment: Moment) -> [Action] {
        lookAtClock(moment)
        let now = moment.monotonic
        switch input {
        case .line(let change):
            for index in circuitsOfLine[change.line] ?? [] {
                circuits[index].program.observe(change)
                stale.insert(index)
            }
            if circuitsOfLine[change.line] != nil { presence.observe(change) }
        case .forgotten(let line):
            for index in circuits.indices where circuits[index].circuit.line?.name == line {
                circuits[index].forget(at: now)
                stale.insert(index)
            }
        case .dimmerForgotten(let device):
            for index in circuits.indices where circuits[index].circuit.dimmer?.device == device {
                circuits[index].forget(at: now)
                stale.insert(index)
            }
        case .reading(let point, let value):
            for index in circuitsOfPoint[point] ?? [] { read(point, value, by: index, moment) }
        case .switched(let index, let fault): switched(index, fault, moment)
        case .tick: break
        }
        return advance(to: now, moment)
    }

    /// Puts a circuit into a state until an end, whatever its control says.
    ///
    /// - Parameters:
    ///   - command: `nil` gives the circuit back to its control.
    ///   - by: Who wants it, for the audit trail.
    /// - Throws: `.unknownCircuit`, `.duration`, `.level`, `.notDimmed`.
    package mutating func override(
        _ name: String, _ command: LightingCommand?, for duration: Duration, by: String,
        at moment: Moment
    ) throws(LightingRefusal) -> [Action] {
        guard let index = numbers[name] else { throw .unknownCircuit(name) }
        if let command {
            guard duration > .zero, duration <= LightingOverride.longest else {
                throw .duration(duration)
            }
            if let refusal = refusal(of: command, for: circuits[index].circuit) { throw refusal }
        }
        lookAtClock(moment)
        let now = moment.monotonic
        circuits[index].override = command.map {
            CircuitState.ActiveOverride(command: $0, until: now.advanced(by: duration), by: by)
        }
        stale.insert(index)
        var details = ["by": by, "command": command?.word ?? "auto"]
        if command != nil { details["for"] = "\(duration.milliseconds / 1_000)s" }
        record("circuit.override", index, moment, details: details)
        keepOverrides(at: now)
        return advance(to: now, moment)
    }

    /// An alarm wants a circuit lit or dark until it is released.
    ///
    /// - Returns: `nil` where there is no such circuit.
    package mutating func hold(
        _ name: String, isOn: Bool, by alarm: String, at moment: Moment
    ) -> [Action]? {
        change(name, at: moment) { $0.holds[alarm] = isOn }
    }

    /// An alarm wants nothing of a circuit any more.
    ///
    /// - Returns: `nil` where there is no such circuit.
    package mutating func release(
        _ name: String, by alarm: String, at moment: Moment
    ) -> [Action]? {
        change(name, at: moment) { $0.holds[alarm] = nil }
    }

    private mutating func change(
        _ name: String, at moment: Moment, _ body: (inout CircuitState) -> Void
    ) -> [Action]? {
        guard let index = numbers[name] else { return nil }
        lookAtClock(moment)
        body(&circuits[index])
        stale.insert(index)
        return advance(to: moment.monotonic, moment)
    }

    private mutating func lookAtClock(_ moment: Moment) {
        nextClockCheck = moment.monotonic.advanced(by: Self.clockPause)
        guard clock.observe(moment) else { return }
        stale = Set(circuits.indices)
        for index in circuits.indices {
            guard let kept = circuits[index].override?.keptEnd, let end = clock.moment(of: kept),
                let until = circuits[index].override?.until
            else { continue }
            circuits[index].override?.until = min(until, end)
        }
    }

    private mutating func read(
        _ point: PointIdentifier, _ value: ScaledInteger?, by index: Int, _ moment: Moment
    ) {
        let now = moment.monotonic
        let watched = circuits[index].circuit
        if watched.hasPhotocell(at: point) {
            circuits[index].program.observe(point, value, at: now)
            stale.insert(index)
        }
        let level = circuits[index].commanded
        if watched.lampWatch?.point == point,
            circuits[index].lamp?.observe(value, level: level, at: now) == true,
            let isFailed = circuits[index].lamp?.isFailed
        {
            record(
                isFailed ? "lamp.failed" : "lamp.restored", index, moment,
                severity: isFailed ? .warning : .info,
                details: ["power": value?.description ?? "", "point": point.description])
        }
        guard circuits[index].sensingPoint == point else { return }
        stale.insert(index)
        if circuits[index].sense(value, at: now) {
            record(
                "circuit.deviated", index, moment, severity: .warning,
                details: ["sensed": circuits[index].sensed == true ? "on" : "off"])
        }
    }

    private mutating func switched(_ index: Int, _ fault: LineFault?, _ moment: Moment) {
        let result = circuits[index].end(fault, at: moment.monotonic, random: &random)
        stale.insert(index)
        if result.isRestored { record("circuit.restored", index, moment) }
        switch result.outcome {
        case .unchanged: break
        case .failed(let fault):
            record(
                "circuit.fault", index, moment, severity: .warning,
                details: ["fault": "\(fault)"])
        case .changed(let old, let level):
            let isDimming = level > 0 && (level < 100 || (old ?? 0) > 0)
            let kind = level == 0 ? "circuit.off" : isDimming ? "circuit.level" : "circuit.on"
            record(kind, index, moment, details: circuits[index].cause)
        }
    }

    // MARK: - What follows

    private mutating func advance(to now: MonotonicTime, _ moment: Moment) -> [Action] {
        defer { actions.removeAll() }
        // At rest, this is all.
        if stale.isEmpty, nextDue.map({ now < $0 }) ?? true { return actions }
        var haveEnded = false
        for index in circuits.indices {
            if let override = circuits[index].override, override.until <= now {
                circuits[index].override = nil
                stale.insert(index)
                haveEnded = true
                record(
                    "circuit.override", index, moment, details: ["by": "end", "command": "auto"])
            }
            if let due = circuits[index].due, due <= now { stale.insert(index) }
        }
        if haveEnded { keepOverrides(at: now) }
        for index in stale.sorted() {
            circuits[index].decide(at: now, clock: clock, presence: presence)
        }
        stale.removeAll(keepingCapacity: true)
        dispatch(at: now)
        nextDue = circuits.compactMap { $0.nextDue(after: nextSwitch) }.min()
        return actions
    }

    /// Switches what may be switched now.
    private mutating func dispatch(at now: MonotonicTime) {
        var ready = circuits.indices.filter { circuits[$0].mayBeSwitched(at: now) }
        guard !ready.isEmpty else { return }
        for index in ready where circuits[index].isOnlyDimmed { begin(index, at: now) }
        ready.removeAll { circuits[$0].isOnlyDimmed }
        while now >= nextSwitch {
            let first = ready.min { circuits[$0].goesBefore(circuits[$1]) }
            guard let first else { return }
            begin(first, at: now)
            ready.removeAll { $0 == first }
            nextSwitch = now.advanced(by: circuits[first].circuit.stagger)
        }
    }

    private mutating func begin(_ index: Int, at now: MonotonicTime) {
        actions.append(.switch(circuit: index, level: circuits[index].begin(at: now)))
    }

    private mutating func record(
        _ kind: String, _ index: Int, _ moment: Moment, severity: Event.Severity = .info,
        details: [String: String] = [:]
    ) {
        actions.append(
            .record(
                Event(
                    kind, of: circuits[index].circuit.name, at: moment.wall.timestamp,
                    severity: severity, details: details)))
    }

    private mutating func keepOverrides(at now: MonotonicTime) {
        actions.append(.keep(overrides(at: now)))
    }

    /// The overrides that hold, to be kept.
    package func overrides(at now: MonotonicTime) -> [LightingOverride] {
        circuits.compactMap { state in
            guard let override = state.override else { return nil }
            let remaining = now.duration(to: override.until)
            return LightingOverride(
                circuit: state.circuit.name, command: override.command, by: override.by,
                remainingMilliseconds: remaining.milliseconds,
                endMilliseconds: clock.time(at: now).map { ($0 + remaining).milliseconds })
        }
    }

    private func refusal(
        of command: LightingCommand, for circuit: LightingCircuit
    ) -> LightingRefusal? {
        guard case .level(let level) = command else { return nil }
        guard (0...100).contains(level) else { return .level(level) }
        return circuit.dimmer == nil && level != 0 && level != 100 ? .notDimmed(circuit.name) : nil
    }

    // MARK: - For people

    /// Every circuit, in the order of the document.
    package func status(at now: MonotonicTime) -> [CircuitStatus] {
        circuits.map { CircuitStatus($0, clock: clock, at: now) }
    }
}

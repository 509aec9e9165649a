import Charging
import DeviceProfiles
import Execution
import GPIO
import Metering
import SiteConfiguration
import Telemetry

/// A group of chargers, their cars and their buses, in virtual time.
struct ChargingWorld {
    /// What a charger really does, whatever the gateway believes.
    struct Point {
        /// What its register holds, in amperes.
        var register: Int
        /// What its car may draw: follows the register 5 s later when that falls.
        var grants: [(from: MonotonicTime, current: Int)]
        var hasCar = true
        /// The most its car takes.
        var appetite = 32
        /// Whether requests reach it, and answers come back.
        var isReached = true
        var answers = true
        /// Refuses all it is told, with an exception.
        var refuses = false
        /// Draws all it can.
        var isGreedy = false
        /// Between a command and its answer.
        var latency = Duration.milliseconds(40)
        var isBelievedSilent = false
        var missed = 0
    }

    private(set) var state: ChargingGroupState
    private(set) var now = MonotonicTime(nanoseconds: 1_000_000_000)
    var points: [Point]
    /// What others draw from the feeder.
    var others = PhaseCurrents(0)
    var isFeederRead = true
    private(set) var events: [Event] = []
    private(set) var kept: [ChargerStop]?
    private(set) var tellCount = 0
    private(set) var prepared: [Int] = []
    private var underWay: [Command] = []
    private var nextPoll: MonotonicTime

    private struct Command {
        let charger: Int
        let current: Int?
        let arrives: MonotonicTime
        let answers: MonotonicTime
        var hasArrived = false
    }

    /// How long a car takes to follow a smaller current. Source: IEC 61851-1, annex A.
    static let following = Duration.seconds(5)

    /// - Parameter registers: What the chargers were told before the gateway started.
    init(
        _ group: ChargingGroupConfiguration, registers: [Int]? = nil, stops: [ChargerStop] = [],
        seed: UInt64 = 1
    ) {
        points = group.chargers.indices.map { index in
            let current = registers?[index] ?? 0
            return Point(
                register: current,
                grants: [(MonotonicTime(nanoseconds: 0), current)],
                appetite: group.chargers[index].maximum.count)
        }
        nextPoll = now.advanced(by: .milliseconds(100))
        state = ChargingGroupState(
            group, stops: stops,
            at: Moment(
                monotonic: now,
                wall: WallTime(Timestamp(milliseconds: 1_000), isSynchronized: true)),
            seed: seed)
        take(state.handle(.tick, at: moment))
    }

    var group: ChargingGroupConfiguration { state.configuration }

    private var moment: Moment {
        Moment(
            monotonic: now,
            wall: WallTime(
                Timestamp(milliseconds: now.nanoseconds / 1_000_000), isSynchronized: true))
    }

    // MARK: - What happens

    /// Lets time pass, and looks at the world at each thing that happens.
    mutating func pass(_ duration: Duration, _ look: (inout ChargingWorld) -> Void = { _ in }) {
        let end = now.advanced(by: duration)
        while true {
            let due =
                [nextPoll] + [state.nextWakeUp].compactMap(\.self)
                + underWay.flatMap { [$0.hasArrived ? $0.answers : $0.arrives] }
            guard let next = due.min(), next <= end else { break }
            now = max(next, now)
            arrive()
            answer()
            if nextPoll <= now { poll() }
            if let due = state.nextWakeUp, due <= now {
                take(state.handle(.tick, at: moment))
                precondition(state.nextWakeUp.map { $0 > now } ?? true, "a tick leaves nothing due")
            }
            look(&self)
        }
        now = end
    }

    mutating func stop(_ charger: String, for duration: Duration? = nil) throws(ChargingRefusal) {
        take(try state.stop(charger, for: duration, by: "janitor", at: moment))
    }

    mutating func start(_ charger: String) throws(ChargingRefusal) {
        take(try state.start(charger, by: "janitor", at: moment))
    }

    mutating func hold(_ charger: String?) {
        take(state.hold(charger, by: "smoke", at: moment) ?? [])
    }

    mutating func release(_ charger: String?) {
        take(state.release(charger, by: "smoke", at: moment) ?? [])
    }

    mutating func forgetHistory() {
        events = []
        tellCount = 0
    }

    /// A new gateway in place of the one that was killed; what was under way has arrived, or
    /// never will.
    mutating func restart(hasArrived: Bool, seed: UInt64) {
        for command in underWay where !command.hasArrived && hasArrived {
            if let current = command.current, points[command.charger].isReached,
                !points[command.charger].refuses
            {
                set(current, of: command.charger)
            }
        }
        underWay = []
        for index in points.indices { points[index].isBelievedSilent = false }
        state = ChargingGroupState(group, stops: kept ?? [], at: moment, seed: seed)
        take(state.handle(.tick, at: moment))
    }

    private mutating func arrive() {
        for index in underWay.indices
        where !underWay[index].hasArrived && underWay[index].arrives <= now {
            underWay[index].hasArrived = true
            let command = underWay[index]
            guard let current = command.current, points[command.charger].isReached,
                !points[command.charger].refuses
            else { continue }
            set(current, of: command.charger)
        }
    }

    private mutating func answer() {
        for command in underWay where command.hasArrived && command.answers <= now {
            let point = points[command.charger]
            var fault: LineFault?
            if !point.isReached || !point.answers { fault = .silent }
            if point.refuses { fault = .exception(4) }
            let input: ChargingGroupState.Input =
                command.current == nil
                ? .prepared(charger: command.charger, fault)
                : .told(charger: command.charger, fault)
            underWay.removeAll {
                $0.charger == command.charger && ($0.current == nil) == (command.current == nil)
            }
            take(state.handle(input, at: moment))
        }
    }

    /// A charger holds another current from now on.
    mutating func set(_ current: Int, of charger: Int) {
        points[charger].register = current
        let old = limit(of: charger)
        points[charger].grants.removeAll { $0.from > now }
        if current >= old {
            points[charger].grants = [(now, current)]
        } else {
            points[charger].grants.append((now.advanced(by: Self.following), current))
        }
    }

    private mutating func poll() {
        nextPoll = now.advanced(by: .seconds(1))
        for (index, charger) in group.chargers.enumerated() {
            let point = points[index]
            guard point.isReached, point.answers else {
                points[index].missed += 1
                if points[index].missed == 3, !point.isBelievedSilent {
                    points[index].isBelievedSilent = true
                    take(state.handle(.silence(charger.device, true), at: moment))
                }
                continue
            }
            points[index].missed = 0
            if point.isBelievedSilent {
                points[index].isBelievedSilent = false
                take(state.handle(.silence(charger.device, false), at: moment))
            }
            let drawn = drawn(by: index)
            let code: Int64 = !point.hasCar ? 0 : drawn > 0 ? 2 : 1
            if let state = charger.state {
                tell(charger.identifier(state), ScaledInteger(code))
            }
            for place in charger.drawn { tell(place, ScaledInteger(Int64(drawn))) }
        }
        guard isFeederRead, let feeder = group.feeder else { return }
        for (phase, place) in zip(MainsPhase.allCases, feeder.currents) {
            let sum = feeder.includesChargers ? drawn[phase] + others[phase] : others[phase]
            tell(place, ScaledInteger(Int64(sum.count)))
        }
    }

    private mutating func tell(_ point: PointIdentifier, _ value: ScaledInteger) {
        take(state.handle(.reading(point, .number(value)), at: moment))
    }

    private mutating func take(_ actions: [ChargingGroupState.Action]) {
        for action in actions {
            switch action {
            case .tell(let charger, let current):
                precondition(
                    !underWay.contains { $0.charger == charger && $0.current != nil },
                    "one command a charger at once")
                tellCount += 1
                send(current.count, to: charger)
            case .prepare(let charger):
                prepared.append(charger)
                send(nil, to: charger)
            case .record(let event): events.append(event)
            case .keep(let stops): kept = stops
            }
        }
    }

    private mutating func send(_ current: Int?, to charger: Int) {
        let latency = points[charger].latency
        underWay.append(
            Command(
                charger: charger, current: current, arrives: now.advanced(by: latency / 2),
                answers: now.advanced(by: latency)))
    }

    // MARK: - What is so

    /// The most a charger's car may draw now.
    func limit(of charger: Int) -> Int {
        points[charger].grants.last { $0.from <= now }?.current ?? 0
    }

    /// What a charger's car draws now.
    func drawn(by charger: Int) -> Int {
        let point = points[charger]
        guard point.hasCar else { return 0 }
        if point.isGreedy { return group.chargers[charger].maximum.count }
        let limit = limit(of: charger)
        return limit < 6 ? 0 : min(limit, point.appetite)
    }

    /// What the chargers let all cars draw together.
    var granted: PhaseCurrents { sum { limit(of: $0) } }

    /// What all cars draw together.
    var drawn: PhaseCurrents { sum { drawn(by: $0) } }

    private func sum(_ current: (Int) -> Int) -> PhaseCurrents {
        var sum = PhaseCurrents(0)
        for (index, charger) in group.chargers.enumerated() {
            for phase in charger.phases { sum[phase] = sum[phase] + Amperes(current(index)) }
        }
        return sum
    }

    var status: [ChargerStatus] { state.status(at: now).chargers }

    var groupStatus: ChargingGroupStatus { state.status(at: now) }

    var registers: [Int] { points.map(\.register) }

    func count(_ kind: String) -> Int { events.count { $0.kind == kind } }
}

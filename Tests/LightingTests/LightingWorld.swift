import Execution
import GPIO
import Lighting
import Metering
import Modbus
import SiteConfiguration
import SolarTime
import Telemetry

/// Circuits, their relays and the time, in virtual time.
struct LightingWorld {
    private(set) var state: LightingState
    private(set) var now = MonotonicTime(nanoseconds: 1_000_000_000)
    /// What the wall clock shows beyond the monotonic clock.
    var wallOffset: Duration
    var isSynchronized = true
    /// How each circuit's line fails; what is not here works.
    var faults: [Int: LineFault] = [:]
    var switchingTime = Duration.milliseconds(30)
    private(set) var levels: [Int?]
    private(set) var switchings: [Switching] = []
    private(set) var events: [Event] = []
    private(set) var kept: [LightingOverride] = []
    private(set) var wakeUps = 0
    private var underWay: [(at: MonotonicTime, circuit: Int, level: Int)] = []

    struct Switching: Hashable {
        let circuit: Int
        let level: Int
        let time: MonotonicTime
        let wall: Timestamp
    }

    init(
        _ circuits: [LightingCircuit], zone: Zone = .shanghai, place: SolarPlace? = jinan,
        at wall: Timestamp = utc("2026-06-01T04:00"), isSynchronized: Bool = true,
        kept: [LightingOverride] = [], seed: UInt64 = 1
    ) {
        self.isSynchronized = isSynchronized
        wallOffset = wall - Timestamp(milliseconds: 1_000)
        levels = circuits.map { _ in nil }
        let programs = circuits.map { ControlProgram($0, local: zone.local, place: place) }
        state = LightingState(
            programs, keptOverrides: kept,
            at: Moment(
                monotonic: now, wall: WallTime(wall, isSynchronized: isSynchronized)),
            seed: seed)
        // Long enough to tell one circuit what it is.
        pass(.milliseconds(100))
    }

    var wall: Timestamp {
        Timestamp(milliseconds: now.nanoseconds / 1_000_000) + wallOffset
    }

    private var moment: Moment {
        Moment(monotonic: now, wall: WallTime(wall, isSynchronized: isSynchronized))
    }

    /// Lets time pass, with whatever comes due.
    mutating func pass(_ duration: Duration) {
        let end = now.advanced(by: duration)
        take(state.handle(.tick, at: moment))
        while true {
            let answer = underWay.min { $0.at < $1.at }
            let next = [answer?.at, state.nextWakeUp].compactMap(\.self).min() ?? end
            guard next <= end else { break }
            precondition(next >= now, "what is due is not in the past")
            let isAnswer = answer.map { $0.at <= next } ?? false
            now = next
            if isAnswer, let answer {
                underWay.removeAll { $0.circuit == answer.circuit }
                let fault = faults[answer.circuit]
                if fault == nil { levels[answer.circuit] = answer.level }
                take(state.handle(.switched(circuit: answer.circuit, fault), at: moment))
            } else if let due = state.nextWakeUp, due <= now {
                wakeUps += 1
                take(state.handle(.tick, at: moment))
                precondition(state.nextWakeUp.map { $0 > now } ?? true, "a tick leaves nothing due")
            } else {
                break
            }
        }
        now = end
    }

    mutating func pass(until wall: Timestamp) {
        pass(wall - self.wall)
    }

    mutating func line(_ name: String, _ isActive: Bool?) {
        let state = isActive.map(LineState.init(isActive:)) ?? .unknown(.silent)
        take(self.state.handle(.line(LineChange(LineName(name), state, at: now)), at: moment))
    }

    /// The chip of a circuit's line fails, or is back with the line at its initial state.
    mutating func forget(_ name: String, leaving level: Int? = nil) {
        let index = status.firstIndex { $0.name.uppercased() == name }
        if let index { levels[index] = level }
        take(state.handle(.forgotten(LineName(name)), at: moment))
    }

    mutating func reading(_ point: String, _ value: ScaledInteger?) {
        guard let point = PointIdentifier(point) else { preconditionFailure("no point") }
        take(state.handle(.reading(point, value), at: moment))
    }

    mutating func override(
        _ circuit: String, _ command: LightingCommand?, for duration: Duration = .seconds(1_800)
    ) throws(LightingRefusal) {
        take(try state.override(circuit, command, for: duration, by: "janitor", at: moment))
    }

    mutating func hold(_ circuit: String, isOn: Bool = true, by alarm: String) {
        take(state.hold(circuit, isOn: isOn, by: alarm, at: moment) ?? [])
    }

    mutating func release(_ circuit: String, by alarm: String) {
        take(state.release(circuit, by: alarm, at: moment) ?? [])
    }

    mutating func forgetHistory() {
        switchings = []
        events = []
        wakeUps = 0
    }

    var status: [CircuitStatus] { state.status(at: now) }

    private mutating func take(_ actions: [LightingState.Action]) {
        for action in actions {
            switch action {
            case .switch(let circuit, let level):
                precondition(
                    !underWay.contains { $0.circuit == circuit }, "one command a circuit at once")
                switchings.append(
                    Switching(circuit: circuit, level: level, time: now, wall: wall))
                underWay.append((now.advanced(by: switchingTime), circuit, level))
            case .record(let event): events.append(event)
            case .keep(let overrides): kept = overrides
            }
        }
    }
}

let jinan = SolarPlace(latitude: 36.6683, longitude: 117.0207)
let tromso = SolarPlace(latitude: 69.6492, longitude: 18.9553)

/// A GPIO line of a name.
func line(_ name: String) -> LineReference {
    LineReference(name: LineName(name), source: .gpio(LineSettings(chip: "gpiochip0", offset: 0)))
}

func circuit(
    _ name: String, safe: LightingSafeState = .on, minimumOn: Duration = .seconds(30),
    stagger: Duration = .milliseconds(200), lampWatch: LampWatch? = nil,
    _ control: LightingEntry...
) -> LightingCircuit {
    LightingCircuit(
        name: name, line: line(name.uppercased()), safeState: safe, control: control,
        lampWatch: lampWatch, stagger: stagger, minimumOn: minimumOn)
}

func window(_ from: LightingTime, _ to: LightingTime, level: Int = 100) -> LightingEntry {
    LightingEntry(window: LightingWindow(from: from, to: to), level: level)
}

func clock(_ hour: Int, _ minute: Int = 0) -> LightingTime {
    .clock(minute: hour * 60 + minute)
}

func sun(_ moment: SunMoment, _ minutes: Int = 0) -> LightingTime {
    .sun(moment, offset: .seconds(minutes * 60))
}

func presence(_ names: String..., hold: Duration = .seconds(120)) -> LightingEntry {
    LightingEntry(presence: names.map(line), hold: hold)
}

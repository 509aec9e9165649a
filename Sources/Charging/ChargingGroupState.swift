import DeviceProfiles
package import Execution
package import GPIO
package import Metering
package import SiteConfiguration
package import Telemetry

/// Shares a limit among chargers: who may draw how much, and in which order they are told.
///
/// Nobody is told more before all others have confirmed less, and their cars have had the time
/// to follow; a charger that does not confirm, or is silent, counts with the most it may be
/// drawing. So what all may draw together stays within the limit, except where the limit itself
/// has just shrunk, or nothing is known yet: then it is back there as soon as the chargers have
/// confirmed and ``ChargerPromise/settling`` has passed.
package struct ChargingGroupState: StateMachine {
    /// What a group hears.
    package enum Input: Hashable, StateInput {
        case tick
        case reading(PointIdentifier, MeasuredValue?)
        /// A device has fallen silent (`true`), or answers again.
        case silence(DeviceIdentifier, Bool)
        /// Somebody else may have told a charger something.
        case forgotten(DeviceIdentifier)
        /// What the charger of this place was told has arrived, or not.
        case told(charger: Int, LineFault?)
        /// The settings of a charger have arrived, or not.
        case prepared(charger: Int, LineFault?)

        package var isReplaceable: Bool { if case .reading = self { true } else { false } }
    }

    /// What it does.
    package enum Action: Hashable, Sendable {
        /// Lets the charger of this place draw at most so much; answered by ``Input/told``. One
        /// at a time for each charger.
        case tell(charger: Int, Amperes)
        /// Writes the settings that the charger needs; answered by ``Input/prepared``. Once at a
        /// time for each charger, also beside a ``tell``.
        case prepare(charger: Int)
        case record(Event)
        /// Keeps these stops through a restart, in place of those before.
        case keep([ChargerStop])
    }

    package let configuration: ChargingGroupConfiguration
    var chargers: [ChargerState]
    var feeder: FeederState?
    private let places: [String: Int]
    private let readers: [PointIdentifier: [Int]]
    /// Who wants a share, the next to have a turn first.
    var queue: [Int] = []
    private var random: SeededRandom
    /// Until when it waits for its chargers to be heard before it tells them anything: cars are
    /// not interrupted by each restart.
    private let graceEnd: MonotonicTime
    var isFeederReadable: Bool?
    var isOvercommitted = false
    private var isStale = true
    package private(set) var nextWakeUp: MonotonicTime?
    var actions: [Action] = []

    static let startGrace = Duration.seconds(10)

    /// - Parameter stops: What was kept through a restart.
    package init(
        _ configuration: ChargingGroupConfiguration, stops: [ChargerStop], at moment: Moment,
        seed: UInt64
    ) {
        self.configuration = configuration
        let now = moment.monotonic
        chargers = configuration.chargers.map {
            ChargerState($0, fallback: configuration.fallback)
        }
        let slowest = (configuration.chargers.map(\.every) + [configuration.feeder?.every ?? .zero])
            .max()
        feeder = configuration.feeder.map { FeederState($0, slowest: slowest ?? .zero) }
        places = Dictionary(
            uniqueKeysWithValues: configuration.chargers.enumerated().map {
                ($0.element.name, $0.offset)
            })
        var readers: [PointIdentifier: [Int]] = [:]
        for (index, charger) in configuration.chargers.enumerated() {
            for point in charger.watched { readers[point, default: []].append(index) }
        }
        self.readers = readers
        random = SeededRandom(seed: seed)
        graceEnd = now.advanced(by: Self.startGrace)
        nextWakeUp = now
        let clock = moment.wall.isSynchronized ? moment.wall.timestamp : nil
        for stop in stops {
            guard let place = places[stop.charger] else { continue }
            let remaining = stop.remaining(clock: clock)
            if let remaining, remaining <= .zero { continue }
            chargers[place].stop = ChargerState.ActiveStop(
                by: stop.by, until: remaining.map { now.advanced(by: $0) },
                end: stop.endMilliseconds.map { Timestamp(milliseconds: $0) })
        }
    }

    // MARK: - What is heard

    package mutating func handle(_ input: Input, at moment: Moment) -> [Action] {
        let now = moment.monotonic
        switch input {
        case .tick: break
        case .reading(let point, let value): read(point, value, moment)
        case .silence(let device, let isSilent):
            guard let place = places[device.description] else { break }
            chargers[place].observe(isSilent: isSilent)
            isStale = true
        case .forgotten(let device):
            if let place = places[device.description] { chargers[place].forget() }
            isStale = true
        case .told(let place, let fault):
            let hasTurned = chargers[place].end(fault, at: now, random: &random)
            isStale = true
            if hasTurned {
                record(
                    fault == nil ? "charger.restored" : "charger.fault", place, moment,
                    severity: fault == nil ? .info : .warning,
                    details: fault.map { ["fault": "\($0)"] } ?? [:])
            }
        case .prepared(let place, let fault):
            chargers[place].endPreparation(fault, at: now)
            isStale = true
        }
        return advance(moment)
    }

    private mutating func read(
        _ point: PointIdentifier, _ value: MeasuredValue?, _ moment: Moment
    ) {
        let now = moment.monotonic
        for place in readers[point] ?? [] {
            let before = chargers[place].car
            guard chargers[place].observe(point, value, at: now) else { continue }
            isStale = true
            tell(of: place, before: before, moment)
        }
        guard let index = configuration.feeder?.currents.firstIndex(of: point) else { return }
        let phase = MainsPhase.allCases[index]
        let drawn = chargers.reduce(ScaledInteger(0)) { sum, charger in
            let one = charger.drawn(on: phase, at: now).rounded(to: -3)
            return sum.adding(one) ?? sum
        }
        feeder?.observe(value?.number, of: index, drawn: drawn, at: now)
        isStale = true
    }

    // MARK: - What is wanted

    /// Has a charger charge nothing.
    ///
    /// - Parameters:
    ///   - duration: For how long; `nil` until it is started.
    ///   - by: Who wants it, for the audit trail.
    /// - Throws: `.unknownCharger`, `.duration`.
    package mutating func stop(
        _ charger: String, for duration: Duration?, by: String, at moment: Moment
    ) throws(ChargingRefusal) -> [Action] {
        guard let place = places[charger] else { throw .unknownCharger(charger) }
        if let duration, duration <= .zero || duration > ChargerStop.longest {
            throw .duration(duration)
        }
        let until = duration.map { moment.monotonic.advanced(by: $0) }
        let end = moment.wall.isSynchronized ? duration.map { moment.wall.timestamp + $0 } : nil
        chargers[place].stop = ChargerState.ActiveStop(by: by, until: until, end: end)
        var details = ["by": by]
        if let duration { details["for"] = "\(duration.milliseconds / 1_000)s" }
        record("charger.stopped", place, moment, details: details)
        return changed(moment)
    }

    /// Lets a charger charge again.
    ///
    /// - Throws: `.unknownCharger`.
    package mutating func start(
        _ charger: String, by: String, at moment: Moment
    ) throws(ChargingRefusal) -> [Action] {
        guard let place = places[charger] else { throw .unknownCharger(charger) }
        chargers[place].stop = nil
        record("charger.started", place, moment, details: ["by": by])
        return changed(moment)
    }

    /// An alarm wants a charger, or all of the group, to charge nothing until it is released.
    ///
    /// - Parameter charger: `nil` for all.
    /// - Returns: `nil` where there is no such charger.
    package mutating func hold(
        _ charger: String?, by alarm: String, at moment: Moment
    ) -> [Action]? {
        guard let held = held(charger) else { return nil }
        for place in held { chargers[place].holds.insert(alarm) }
        isStale = true
        return advance(moment)
    }

    /// An alarm wants nothing of a charger, or of the group, any more.
    package mutating func release(
        _ charger: String?, by alarm: String, at moment: Moment
    ) -> [Action]? {
        guard let held = held(charger) else { return nil }
        for place in held { chargers[place].holds.remove(alarm) }
        isStale = true
        return advance(moment)
    }

    private func held(_ charger: String?) -> [Int]? {
        guard let charger else { return Array(chargers.indices) }
        return places[charger].map { [$0] }
    }

    private mutating func changed(_ moment: Moment) -> [Action] {
        actions.append(.keep(stops(at: moment.monotonic)))
        isStale = true
        return advance(moment)
    }

    /// The stops that hold, to be kept.
    package func stops(at now: MonotonicTime) -> [ChargerStop] {
        chargers.compactMap { charger in
            guard let stop = charger.stop else { return nil }
            return ChargerStop(
                charger: charger.configuration.name, by: stop.by,
                remainingMilliseconds: stop.until.map { now.duration(to: $0).milliseconds },
                endMilliseconds: stop.end?.milliseconds)
        }
    }

    // MARK: - What follows

    private mutating func advance(_ moment: Moment) -> [Action] {
        defer { actions.removeAll() }
        let now = moment.monotonic
        // At rest, this is all.
        guard isStale || isDue(at: now) else { return actions }
        feeder?.advance(to: now)
        var haveEnded = false
        for place in chargers.indices {
            if let until = chargers[place].stop?.until, until <= now {
                chargers[place].stop = nil
                haveEnded = true
                record("charger.started", place, moment, details: ["by": "end"])
            }
            let wasDisobeying = chargers[place].isDisobeying
            _ = chargers[place].advance(
                to: now, minimum: configuration.minimum, turn: configuration.turn)
            tellDisobedience(of: place, before: wasDisobeying, moment)
        }
        if haveEnded { actions.append(.keep(stops(at: now))) }
        isStale = false
        if chargers.allSatisfy({ $0.isHeard || $0.isSilent }) || graceEnd <= now {
            let capacity = capacity(at: now)
            tellFeeder(moment)
            for place in decide(capacity, at: now) {
                let isPaused = chargers[place].isPausedByLimit
                record(isPaused ? "charger.paused" : "charger.resumed", place, moment)
            }
            dispatch(capacity, at: now)
            tellOvercommitment(capacity, moment)
            nextWakeUp = nextChange(after: now)
        } else {
            nextWakeUp = graceEnd
        }
        return actions
    }

    private func isDue(at now: MonotonicTime) -> Bool { nextWakeUp.map { $0 <= now } ?? false }

    /// What the chargers may draw together now.
    func capacity(at now: MonotonicTime) -> PhaseCurrents {
        var capacity = PhaseCurrents(configuration.limit)
        guard let room = feeder?.room(at: now) else { return capacity }
        for phase in MainsPhase.allCases { capacity[phase] = min(capacity[phase], room[phase]) }
        return capacity
    }

    /// What all may be drawing now.
    var reserved: PhaseCurrents {
        var reserved = PhaseCurrents(0)
        for charger in chargers {
            for phase in charger.configuration.phases {
                reserved[phase] = reserved[phase] + charger.mayDraw
            }
        }
        return reserved
    }

    /// Tells the chargers what they ought to draw: less at once, more where there is room for it.
    private mutating func dispatch(_ capacity: PhaseCurrents, at now: MonotonicTime) {
        for place in chargers.indices {
            if chargers[place].preparation == .due,
                chargers[place].prepareAt.map({ $0 <= now }) ?? true
            {
                chargers[place].beginPreparation()
                if chargers[place].configuration.needsPreparation {
                    actions.append(.prepare(charger: place))
                } else {
                    chargers[place].endPreparation(nil, at: now)
                }
            }
        }
        var raised: [Int] = []
        for place in chargers.indices where chargers[place].promise.underWay == nil {
            let charger = chargers[place]
            let isDue = charger.againAt.map { $0 <= now } ?? true
            guard isDue || (charger.retryAt == nil && charger.promise.confirmed != charger.target)
            else { continue }
            if charger.target <= charger.surelyGranted(atLeast: configuration.minimum, at: now) {
                tell(place, charger.target)
            } else {
                raised.append(place)
            }
        }
        for place in raised {
            let charger = chargers[place]
            var room = capacity
            let reserved = reserved
            for phase in MainsPhase.allCases { room[phase] = room[phase] - reserved[phase] }
            let need = max(charger.target - charger.mayDraw, 0)
            if room.room(on: charger.configuration.phases) >= need {
                tell(place, charger.target)
            } else if charger.againAt.map({ $0 <= now }) ?? true {
                // Until there is room, no more than it has already.
                let kept = charger.surelyGranted(atLeast: configuration.minimum, at: now)
                tell(place, kept < configuration.minimum ? 0 : kept)
            }
        }
    }

    private mutating func tell(_ place: Int, _ current: Amperes) {
        chargers[place].begin(current)
        actions.append(.tell(charger: place, current))
    }

    private func nextChange(after now: MonotonicTime) -> MonotonicTime {
        var next = chargers.compactMap { $0.nextChange(turn: configuration.turn) }
        if let change = feeder?.nextChange(after: now) { next.append(change) }
        if let rotation = nextRotation { next.append(rotation) }
        let hour = now.advanced(by: .seconds(3_600))
        // What is due and cannot be done yet is looked at again soon, never at once.
        let soon = now.advanced(by: .milliseconds(500))
        return max(next.min() ?? hour, soon)
    }
}

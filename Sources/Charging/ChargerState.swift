import DeviceProfiles
import Execution
import GPIO
import Metering
import SiteConfiguration

/// One charger: what it tells, what it was told, and what it may be drawing.
struct ChargerState: Sendable {
    let configuration: ChargerConfiguration
    /// What the gateway sets it to fall back to, where it can be set.
    private let settableFallback: Amperes
    var promise: ChargerPromise

    /// `nil` until its state was read.
    private(set) var car: CarState?
    private var stateValue: MeasuredValue?
    private var hasCar: Bool?
    private var drawn: [Drawn?]
    private(set) var energy: ScaledInteger?
    private(set) var isSilent = false

    private(set) var fault: LineFault?
    private(set) var retryAt: MonotonicTime?
    private var backoff = Backoff(initial: .seconds(1), maximum: .seconds(60))
    private(set) var toldAt: MonotonicTime?

    private(set) var preparation = Preparation.due
    private(set) var prepareAt: MonotonicTime?

    /// What it was seen to draw above what it was told.
    private(set) var overdrawn: Amperes?
    private var overdrawnSince: MonotonicTime?
    private(set) var isDisobeying = false

    var stop: ActiveStop?
    /// The alarms that want it to charge nothing.
    var holds: Set<String> = []

    /// What it ought to be told, and why.
    var target: Amperes = 0
    var reason = ChargerReason.starting
    /// Since when it has had its turn.
    var servedSince: MonotonicTime?
    var isPausedByLimit = false
    /// Whether its car could draw and did not.
    private(set) var isIdle = false
    /// Since when it could draw and does not; of an idle one, since when it cannot.
    private var idleSince: MonotonicTime?

    struct Drawn: Hashable, Sendable {
        var current: ScaledInteger
        var at: MonotonicTime
    }

    enum Preparation: Hashable, Sendable { case due, underWay, done }

    struct ActiveStop: Hashable, Sendable {
        var by: String
        /// `nil` until somebody starts it.
        var until: MonotonicTime?
        /// The end by the clock, of a stop that was kept through a restart.
        var end: Timestamp?
    }

    /// How long a car that could draw and does not keeps its share while others wait.
    static let idleLimit = Duration.seconds(120)
    /// How long a charger may draw too much until people are told.
    static let patience = Duration.seconds(15)

    init(_ configuration: ChargerConfiguration, fallback: Amperes) {
        self.configuration = configuration
        settableFallback = fallback
        promise = ChargerPromise(maximum: configuration.maximum)
        drawn = configuration.drawn.map { _ in nil }
    }

    // MARK: - What it may draw

    /// The most it may be drawing now.
    var mayDraw: Amperes {
        let own = max(promise.ceiling, overdrawn ?? 0)
        return isSilent ? max(own, fallback) : own
    }

    /// What it may draw by itself when nobody asks it.
    private var fallback: Amperes {
        switch configuration.profile.fallback {
        case .point:
            preparation == .done
                ? min(settableFallback, configuration.maximum) : configuration.maximum
        case .own, .none: configuration.fallback ?? 0
        }
    }

    /// What it grants its car in any case, so that to be told this is no raise: what it has
    /// confirmed, or what its car is seen to draw.
    func surelyGranted(atLeast minimum: Amperes, at now: MonotonicTime) -> Amperes {
        if let confirmed = promise.confirmed { return confirmed }
        guard car == .charging, !isSilent else { return 0 }
        let recent = drawn.compactMap { reading in
            reading.flatMap { isRecent($0, at: now) ? $0.current : nil }
        }
        return recent.max().map { Amperes(roundingDown: $0) } ?? minimum
    }

    /// Whether it cannot be counted upon to do as it is told.
    var isReserved: Bool { isSilent || fault != nil || overdrawn != nil }

    /// Whether it ought to have a share.
    var wants: Bool {
        stop == nil && holds.isEmpty && car != .free && car != .fault
    }

    // MARK: - What it is told

    mutating func begin(_ current: Amperes) {
        promise.begin(current)
    }

    /// - Returns: Whether it has just become faulty, or been mended.
    mutating func end(
        _ fault: LineFault?, at now: MonotonicTime, random: inout SeededRandom
    ) -> Bool {
        let wasFaulty = self.fault != nil
        self.fault = fault
        if fault != nil {
            promise.fail()
            retryAt = now.advanced(by: backoff.next(using: &random))
        } else {
            // Whoever confirms is not silent, even before it is polled again.
            if isSilent { observe(isSilent: false) }
            promise.confirm(at: now)
            toldAt = now
            retryAt = nil
            backoff.reset()
        }
        return wasFaulty != (fault != nil)
    }

    mutating func beginPreparation() { preparation = .underWay }

    mutating func endPreparation(_ fault: LineFault?, at now: MonotonicTime) {
        guard preparation == .underWay else { return }
        preparation = fault == nil ? .done : .due
        prepareAt = fault == nil ? nil : now.advanced(by: .seconds(30))
    }

    /// When it must be told again.
    var againAt: MonotonicTime? {
        guard promise.underWay == nil else { return nil }
        if let retryAt { return retryAt }
        let pause = overdrawn == nil ? configuration.profile.again : .seconds(10)
        return toldAt?.advanced(by: min(pause, configuration.profile.again))
    }

    // MARK: - What it tells

    /// - Returns: Whether anything that decides has changed.
    mutating func observe(
        _ point: PointIdentifier, _ value: MeasuredValue?, at now: MonotonicTime
    ) -> Bool {
        guard let value else { return false }
        let wasHeard = isHeard
        let isNews = take(value, of: point, at: now)
        return isNews || isHeard != wasHeard
    }

    /// Whether all was heard of it that it tells at a poll.
    var isHeard: Bool {
        (configuration.state == nil || car != nil) && drawn.allSatisfy { $0 != nil }
    }

    private mutating func take(
        _ value: MeasuredValue, of point: PointIdentifier, at now: MonotonicTime
    ) -> Bool {
        var isNews = false
        if let index = configuration.drawn.firstIndex(of: point), let number = value.number {
            drawn[index] = Drawn(current: number, at: now)
            isNews = watch(at: now)
        }
        if point == configuration.car {
            hasCar = configuration.profile.car?.hasCar(value)
        } else if let state = configuration.state, point == configuration.identifier(state) {
            stateValue = value
        } else if let energy = configuration.energy, point == configuration.identifier(energy) {
            self.energy = value.number
            return isNews
        } else {
            return isNews
        }
        guard let state = configuration.state, let stateValue else { return isNews }
        let now = configuration.profile.carState(stateValue, of: state, hasCar: hasCar)
        isNews = isNews || car != now
        car = now
        return isNews
    }

    mutating func observe(isSilent: Bool) {
        guard self.isSilent != isSilent else { return }
        self.isSilent = isSilent
        // What it is set to do may be lost when it comes back.
        promise.forget(fallback: fallback)
        if !isSilent { tellAnew() }
    }

    /// Somebody else has told it something: it may draw its most until it is told again.
    mutating func forget() {
        promise.forget(fallback: configuration.maximum)
        tellAnew()
    }

    private mutating func tellAnew() {
        retryAt = nil
        toldAt = nil
        backoff.reset()
        preparation = preparation == .underWay ? .underWay : .due
        prepareAt = nil
    }

    /// Watches over what it draws.
    ///
    /// - Returns: Whether it has begun or ceased to draw too much.
    private mutating func watch(at now: MonotonicTime) -> Bool {
        guard let most = drawn.compactMap({ $0?.current }).max(),
            let confirmed = promise.confirmed, promise.ceiling == confirmed,
            promise.settlesAt == nil
        else { return false }
        let before = overdrawn
        // Cars follow the pilot to about an ampere, meters measure to a few percent.
        let bound = Double(confirmed.count) * 1.05 + 1
        if most.doubleValue > bound {
            overdrawn = Amperes(roundingUp: most)
            overdrawnSince = overdrawnSince ?? now
        } else {
            overdrawn = nil
            overdrawnSince = nil
        }
        return before != overdrawn
    }

    /// Lets time pass.
    ///
    /// - Returns: Whether it has turned out to disobey or to be idle, or has ceased to.
    mutating func advance(
        to now: MonotonicTime, minimum: Amperes, turn: Duration
    ) -> Bool {
        promise.advance(to: now)
        let disobeys = overdrawnSince.map { $0.advanced(by: Self.patience) <= now } ?? false
        let hasTurned = disobeys != isDisobeying
        isDisobeying = disobeys
        let wasIdle = isIdle
        countIdleness(isOffered: (promise.confirmed ?? 0) >= minimum, turn: turn, at: now)
        return hasTurned || wasIdle != isIdle
    }

    /// A car that is offered current and draws none is idle; once it has given way to others for
    /// a turn, it is offered some again.
    private mutating func countIdleness(isOffered: Bool, turn: Duration, at now: MonotonicTime) {
        guard car == .connected, wants else {
            isIdle = false
            idleSince = nil
            return
        }
        guard isIdle != isOffered else {
            idleSince = nil
            return
        }
        let since = idleSince ?? now
        idleSince = since
        if since.advanced(by: isIdle ? turn : Self.idleLimit) <= now {
            isIdle.toggle()
            idleSince = nil
        }
    }

    /// When time alone changes something of it.
    func nextChange(turn: Duration) -> MonotonicTime? {
        let idle = idleSince?.advanced(by: isIdle ? turn : Self.idleLimit)
        let over = isDisobeying ? nil : overdrawnSince?.advanced(by: Self.patience)
        return [
            promise.settlesAt, againAt, stop?.until, idle, over,
            preparation == .due ? prepareAt : nil,
        ].compactMap(\.self).min()
    }

    /// What it draws on a phase of the supply, in amperes; 0 where nothing recent is known.
    func drawn(on phase: MainsPhase, at now: MonotonicTime) -> ScaledInteger {
        guard !isSilent, let conductor = configuration.phases.firstIndex(of: phase),
            drawn.indices.contains(conductor), let reading = drawn[conductor],
            isRecent(reading, at: now)
        else { return ScaledInteger(0) }
        return reading.current
    }

    private func isRecent(_ reading: Drawn, at now: MonotonicTime) -> Bool {
        reading.at.duration(to: now) <= configuration.every * 3 + .seconds(2)
    }

    /// The most that any of its conductors was measured to draw; `nil` where none was.
    var mostDrawn: ScaledInteger? { drawn.compactMap { $0?.current }.max() }
}

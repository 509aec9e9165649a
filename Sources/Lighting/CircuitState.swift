import Execution
import GPIO
import Metering
import SiteConfiguration

/// One circuit: what it should be, what it was told to be, and what speaks against it.
struct CircuitState: Sendable {
    let circuit: LightingCircuit
    var program: ControlProgram
    /// What alarms want of it, by their names: lit or dark.
    var holds: [String: Bool] = [:]
    var override: ActiveOverride?

    /// In percent.
    private(set) var wanted = 0
    private(set) var reason = LightingReason.idle
    /// Since when it waits to be switched.
    private(set) var waitingSince: MonotonicTime?
    /// When ``decide(at:clock:presence:)`` must be asked again, if nothing is heard until then.
    private(set) var due: MonotonicTime?
    private(set) var nextByClock: Timestamp?

    /// What it has been told to be and has confirmed; `nil` where that is not known.
    private(set) var commanded: Int?
    private(set) var commandedAt: MonotonicTime?
    /// What it is being told now.
    private(set) var underWay: Int?
    /// Whether it may have forgotten what it is being told now.
    private var isDoubtful = false
    /// Why it was told so, for events.
    private(set) var cause: [String: String] = [:]
    /// What it was told last, whether or not that has arrived, and since when that is lit.
    private var told: Int?
    private var litAt: MonotonicTime?
    /// What was last told to people.
    private var reported: Int?

    /// When sensors that have not spoken since the start are dead.
    private let grace: MonotonicTime
    private(set) var fault: LineFault?
    private(set) var retryAt: MonotonicTime?
    private var backoff = Backoff(initial: .seconds(1), maximum: .seconds(60))

    /// What the device says the circuit is.
    private(set) var sensed: Bool?
    private var isDeviating = false
    private var correctedAt: MonotonicTime?
    var lamp: LampState?

    struct ActiveOverride: Hashable, Sendable {
        var command: LightingCommand
        var until: MonotonicTime
        var by: String
        /// The end by the clock, of an override that was kept through a restart.
        var keptEnd: Timestamp?
    }

    /// How long a circuit is left as it is found, where not enough is known to decide: lamps do
    /// not flash up with each restart.
    static let startGrace = Duration.seconds(10)
    /// How long a reading may still tell of the time before a command.
    static let readingDelay = Duration.seconds(5)
    /// The least time between two corrections of a circuit that others switch too.
    static let correctionPause = Duration.seconds(60)

    init(_ program: ControlProgram, startedAt start: MonotonicTime) {
        grace = start.advanced(by: Self.startGrace)
        circuit = program.circuit
        self.program = program
        lamp = circuit.lampWatch.map(LampState.init)
    }

    // MARK: - What it should be

    mutating func decide(at now: MonotonicTime, clock: HeldClock, presence: PresenceLines) {
        let decision = program.decide(at: now, clock: clock.time(at: now), presence: presence)
        nextByClock = decision.nextByClock
        due = decision.nextByTimer
        if let next = decision.nextByClock.flatMap(clock.moment) { dueAgain(at: next) }
        let old = wanted
        if let forced = holds.values.max(by: { !$0 && $1 }) {
            // Of two alarms that disagree, the one that wants light.
            (wanted, reason) = (forced ? 100 : 0, .alarm)
        } else if let override {
            (wanted, reason) = (override.command.level, .override)
        } else {
            (wanted, reason) = (decision.level, decision.reason)
            // What was lit only just now stays lit.
            if wanted == 0, let lit = told, lit > 0,
                let end = litAt?.advanced(by: circuit.minimumOn), now < end
            {
                (wanted, reason) = (lit, .minimumOn)
                dueAgain(at: end)
            }
        }
        if let override { dueAgain(at: override.until) }
        if wanted != old { waitingSince = now }
    }

    private mutating func dueAgain(at time: MonotonicTime) {
        due = min(due ?? time, time)
    }

    // MARK: - Switching

    /// Whether it must be switched or dimmed, as soon as it may.
    var isWaiting: Bool { underWay == nil && commanded != wanted }

    /// Whether lamps are only dimmed: no inrush, and nobody else waits.
    var isOnlyDimmed: Bool { wanted > 0 && (commanded ?? 0) > 0 }

    func mayBeSwitched(at now: MonotonicTime) -> Bool {
        isWaiting && (notBefore.map { $0 <= now } ?? true)
    }

    /// Before this, it is not switched.
    private var notBefore: MonotonicTime? {
        isJustStarted ? grace : retryAt
    }

    /// Whether its sensors may only not have spoken yet: it is left as it was found.
    private var isJustStarted: Bool { told == nil && reason == .safeState }

    /// When it must be decided again, or may be switched.
    ///
    /// - Parameter nextSwitch: Before this, no circuit is switched.
    func nextDue(after nextSwitch: MonotonicTime) -> MonotonicTime? {
        guard isWaiting else { return due }
        let ready = notBefore.map { max($0, nextSwitch) } ?? nextSwitch
        return min(due ?? ready, ready)
    }

    /// The most urgent first: alarms, then people, then the control.
    var urgency: Int {
        switch reason {
        case .alarm: 0
        case .override: 1
        default: 2
        }
    }

    /// It is being told now.
    mutating func begin(at now: MonotonicTime) -> Int {
        underWay = wanted
        cause = causeNow
        // The lamps may light at any time from now on, even where no answer says so.
        if wanted > 0, (told ?? 0) == 0 { litAt = now }
        told = wanted
        waitingSince = nil
        return wanted
    }

    private var causeNow: [String: String] {
        var cause = ["reason": reason.rawValue]
        if circuit.dimmer != nil { cause["level"] = String(wanted) }
        if reason == .override { cause["by"] = override?.by }
        if reason == .alarm { cause["by"] = holds.keys.sorted().joined(separator: " ") }
        return cause
    }

    /// It may not be what it was told, and is told again at once.
    mutating func forget(at now: MonotonicTime) {
        commanded = nil
        retryAt = nil
        waitingSince = now
        isDoubtful = underWay != nil
    }

    enum Outcome: Hashable {
        case unchanged
        case changed(from: Int?, to: Int)
        case failed(LineFault)
    }

    /// It was told, or could not be.
    mutating func end(
        _ fault: LineFault?, at now: MonotonicTime, random: inout SeededRandom
    ) -> (outcome: Outcome, isRestored: Bool) {
        let level = underWay
        let isDoubtful = isDoubtful
        (underWay, self.isDoubtful) = (nil, false)
        lamp?.restart()
        if let fault {
            let isNew = self.fault == nil
            self.fault = fault
            commanded = nil
            retryAt = now.advanced(by: backoff.next(using: &random))
            return (isNew ? .failed(fault) : .unchanged, false)
        }
        let isRestored = self.fault != nil
        self.fault = nil
        retryAt = nil
        backoff.reset()
        commanded = isDoubtful ? nil : level
        commandedAt = now
        guard let level, level != reported else { return (.unchanged, isRestored) }
        defer { reported = level }
        return (.changed(from: reported, to: level), isRestored)
    }

    // MARK: - What it is

    /// The point that says whether the circuit is lit was read.
    ///
    /// - Returns: Whether it is against what was commanded, for the first time: it is told again.
    mutating func sense(_ value: ScaledInteger?, at now: MonotonicTime) -> Bool {
        sensed = value.map { $0 != ScaledInteger(0) }
        guard let sensed, let commanded, let commandedAt, underWay == nil,
            commandedAt.advanced(by: Self.readingDelay) <= now
        else { return false }
        guard sensed != (commanded > 0) else {
            isDeviating = false
            return false
        }
        if let correctedAt, correctedAt.duration(to: now) < Self.correctionPause { return false }
        correctedAt = now
        self.commanded = nil
        waitingSince = now
        defer { isDeviating = true }
        return !isDeviating
    }

    /// The point that says whether the circuit is lit.
    var sensingPoint: PointIdentifier? { circuit.line?.source.point ?? circuit.dimmer?.identifier }
}

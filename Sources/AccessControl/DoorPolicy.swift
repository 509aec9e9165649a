package import Execution
package import GPIO
package import SiteConfiguration
package import Telemetry

/// One door with its strike: what ``DoorState`` wants of it is told to the strike until it follows. A
/// pure state machine.
package struct DoorPolicy: StateMachine {
    /// Callers wait for the strike to follow, each by a number.
    package typealias Question = Int

    /// What has happened.
    package enum Input: Hashable, StateInput {
        /// The contact, the exit button, or any other line.
        case line(LineChange)
        /// The strike may have forgotten what it was told.
        case forgotten
        /// The strike was told something, and has done it or not.
        case switched(isActive: Bool, LineFault?)
        /// What somebody has done is written down.
        case written(Int)
        case tick
    }

    /// What to do.
    package enum Action: Hashable, Sendable {
        /// Tell the strike; answered by ``Input/switched``. One at a time.
        case set(isActive: Bool)
        /// Write down what somebody has done; answered by ``Input/written``.
        case write(AccessRegister.Deed, Int)
        case record(Event, Lane)
        /// Tell who waits for it what the strike has done.
        case answer(Int, Answer)
    }

    /// What the strike has done.
    package enum Answer: Hashable, Sendable {
        case follows
        /// It is told again and again for as long as that is wanted.
        case fails(LineFault)
    }

    package let configuration: DoorConfiguration
    private var door: DoorState
    /// What the strike was told last and has confirmed; `nil` where that is not known.
    private var confirmed: Bool?
    /// What it was told and has not answered.
    private var underWay: Bool?
    /// Whether it may have forgotten what it is being told.
    private var isForgetful = false
    private var fault: LineFault?
    /// What it did not do, and when it is told so once more.
    private var retry: (isActive: Bool, at: MonotonicTime)?
    private var since: MonotonicTime
    private var nextNumber = 0
    /// Who wants in, until that is written down.
    private var people: [Int: String] = [:]
    /// Who waits for the strike, the first first.
    private var waiting: [Int] = []
    private var actions: [Action] = []

    /// From one try to tell the strike something to the next.
    package static let retryPause = Duration.milliseconds(200)

    package init(_ configuration: DoorConfiguration, at now: MonotonicTime) {
        self.configuration = configuration
        door = DoorState(configuration)
        since = now
    }

    package mutating func handle(_ input: Input, at now: Moment) -> [Action] {
        switch input {
        case .line(let change): take(change, at: now)
        case .forgotten: (confirmed, retry, isForgetful) = (nil, nil, underWay != nil)
        case .switched(let isActive, let fault): switched(isActive, fault, at: now)
        case .written(let number):
            waiting.append(number)
            let person = people.removeValue(forKey: number)
            take(.release, by: person, at: now)
        case .tick: break
        }
        return settle(at: now)
    }

    package var nextWakeUp: MonotonicTime? {
        let retry = underWay == nil ? retry?.at : nil
        return [door.nextWakeUp(at: since), retry].compactMap(\.self).min()
    }

    /// The strike is as with nobody there.
    package mutating func end(at now: Moment) -> [Action] {
        [.set(isActive: configuration.isFailSafe)]
    }

    // MARK: - What is wanted

    /// Lets somebody through, once that is written down.
    ///
    /// - Returns: What is answered when the strike has followed, or the first time that it does not.
    package mutating func release(by person: String, at now: Moment) -> (Int, [Action]) {
        nextNumber += 1
        people[nextNumber] = person
        let deed = AccessRegister.Deed(person, "released", configuration.name)
        return (nextNumber, [.write(deed, nextNumber)])
    }

    /// An alarm holds the door unlocked, or lets go of it.
    ///
    /// - Returns: As ``release(by:at:)``.
    package mutating func hold(_ isHeld: Bool, at now: Moment) -> (Int, [Action]) {
        nextNumber += 1
        waiting.append(nextNumber)
        take(.hold(isHeld), at: now)
        return (nextNumber, settle(at: now))
    }

    // MARK: - What follows

    private mutating func take(_ change: LineChange, at now: Moment) {
        if change.line == configuration.contact.name {
            let isClosed = change.state.isActive.map { $0 == configuration.contactMeansClosed }
            take(.contact(isClosed), at: now)
        } else if change.line == configuration.exit?.name {
            take(.exit(change.state.isActive), at: now)
        }
    }

    private mutating func take(_ input: DoorState.Input, by person: String? = nil, at now: Moment) {
        let before = door.phase
        for report in door.handle(input, at: now.monotonic) {
            let isGrave = [.forced, .heldOpen, .contactFault, .exitStuck].contains(report)
            record(
                "door.\(report.rawValue)", isGrave ? .warning : .info,
                report == .forced ? .alarm : .event,
                details: person.map { ["by": $0] } ?? [:], at: now)
        }
        if door.phase != before { since = now.monotonic }
    }

    private mutating func switched(_ isActive: Bool, _ found: LineFault?, at now: Moment) {
        underWay = nil
        confirmed = found == nil && !isForgetful ? isActive : nil
        isForgetful = false
        if let found, found != fault { record("door.strikeFault", .warning, .event, at: now) }
        fault = found
        guard let found, isActive == door.isStrikeActive(at: now.monotonic) else { return }
        retry = (isActive, now.monotonic.advanced(by: Self.retryPause))
        answer(.fails(found))
    }

    /// Lets time pass, and tells the strike what it is to be, where it is not so.
    private mutating func settle(at now: Moment) -> [Action] {
        take(.tick, at: now)
        let wanted = door.isStrikeActive(at: now.monotonic)
        // What is wanted now is told at once, whatever has failed before.
        if let retry, retry.isActive != wanted || retry.at <= now.monotonic { self.retry = nil }
        if underWay == nil, confirmed != wanted, retry == nil {
            underWay = wanted
            actions.append(.set(isActive: wanted))
        }
        if underWay == nil, confirmed == wanted { answer(.follows) }
        defer { actions = [] }
        return actions
    }

    private mutating func answer(_ answer: Answer) {
        actions += waiting.map { .answer($0, answer) }
        waiting = []
    }

    private mutating func record(
        _ kind: String, _ severity: Event.Severity, _ lane: Lane, details: [String: String] = [:],
        at now: Moment
    ) {
        actions.append(
            .record(
                Event(
                    kind, of: configuration.name, at: now.wall.timestamp,
                    severity: severity, details: details), lane))
    }

    // MARK: - For people

    package func status(at now: MonotonicTime) -> DoorStatus {
        DoorStatus(
            name: configuration.name, phase: door.phase, isReleased: door.isReleased(at: now),
            isHeld: door.isHeld, isExitStuck: door.isExitStuck, isStrikeActive: confirmed,
            isClosed: door.isClosed, since: since, fault: fault)
    }
}

package import Execution
package import GPIO
package import SiteConfiguration
package import Telemetry

/// What a bank of lockers does: who may have what opened, what is written down before, and what its
/// strikes are told. A pure state machine.
///
/// - What is granted is written down, and told, before its strike is energised; what then opens
///   nothing is taken back: a command may be given again, a token or a code used again.
/// - Entries are written one at a time, in the order they were made.
/// - A compartment that is about to be opened for somebody is given to nobody else.
package struct LockerBankPolicy: StateMachine {
    /// Callers wait for their request, by its number.
    package typealias Question = Int

    /// What has happened.
    package enum Input: Hashable, StateInput {
        /// A contact, or any other line.
        case line(LineChange)
        /// A strike's line can be switched again, or is not what it was told.
        case restored(LineName)
        /// A strike was told something, and has done it or not.
        case switched(LineName, isActive: Bool, LineFault?)
        /// The entry that was to be written is on the disk, or waits in memory.
        case written(isSaved: Bool)
        case tick
    }

    /// What to do.
    package enum Action: Hashable, Sendable {
        /// Tell a strike; answered by ``Input/switched``. One at a time for each strike.
        case set(LineName, isActive: Bool)
        /// Write down; answered by ``Input/written``. One at a time.
        case write(LockerEntry)
        case record(Event, Lane)
        /// Tell who has asked for it what came of a request.
        case answer(Int, Answer)
    }

    /// What came of a request.
    package enum Answer: Hashable, Sendable {
        case opened(String)
        case deposited(Deposit)
        case cleared(String)
        case refused(LockerRefusal)
    }

    package internal(set) var configuration: LockerBankConfiguration
    let site: String
    var random: any RandomNumberGenerator & Sendable
    package internal(set) var strikes: LockerBankState
    package internal(set) var desk: ParcelDesk
    package internal(set) var commands: CommandLog
    package internal(set) var tokens: UsedTokens
    /// What people wait for, by number.
    var requests: [Int: BankRequest] = [:]
    var nextNumber = 0
    /// What is to be written, and for which request; the first is under way.
    private var entries: [(entry: LockerEntry, request: Int?)] = []
    private var nextReview: MonotonicTime?
    var actions: [Action] = []

    /// How often parcels are looked at that may be there for too long.
    package static let reviewInterval = Duration.seconds(60)
    /// How many requests may be under way.
    package static let requestLimit = 1_024

    /// - Parameters:
    ///   - kept: What outlasted the last run.
    ///   - boot: The name of the machine's run since power-up.
    ///   - secret: What goes into the hashes of codes.
    ///   - random: Draws codes; from the system.
    package init(
        _ configuration: LockerBankConfiguration, site: String, boot: String, secret: [UInt8],
        kept: KeptLockers = KeptLockers(), at now: MonotonicTime,
        random: any RandomNumberGenerator & Sendable
    ) {
        self.configuration = configuration
        self.site = site
        self.random = random
        strikes = LockerBankState(configuration)
        desk = ParcelDesk(configuration, boot: boot, secret: secret, parcels: kept.parcels)
        if kept.isLockedOut { desk.lockOut(at: now) }
        commands = kept.commands
        tokens = kept.tokens
    }

    package mutating func start(at now: Moment, knowing known: [Input]) -> [Action] {
        nextReview = now.monotonic
        take(strikes.handle(.start, at: now.monotonic), at: now)
        return known.flatMap { handle($0, at: now) } + handle(.tick, at: now)
    }

    package mutating func handle(_ input: Input, at now: Moment) -> [Action] {
        switch input {
        case .line(let change):
            for (place, one) in configuration.compartments.enumerated()
            where one.contact.name == change.line {
                let isClosed = change.state.isActive.map { $0 == one.contactMeansClosed }
                take(
                    strikes.handle(.contact(place, isClosed: isClosed), at: now.monotonic), at: now)
            }
        case .restored(let line):
            for (place, one) in configuration.compartments.enumerated()
            where one.strike.name == line {
                take(strikes.handle(.restored(place), at: now.monotonic), at: now)
            }
        case .switched(let line, let isActive, let fault):
            // Its compartment may have another number by now, or be gone.
            let place = configuration.compartments.firstIndex { $0.strike.name == line }
            guard let place else { break }
            take(
                strikes.handle(.switched(place, isActive: isActive, fault), at: now.monotonic),
                at: now)
        case .written(let isSaved): written(isSaved, at: now)
        case .tick: take(strikes.handle(.tick, at: now.monotonic), at: now)
        }
        reviewIfDue(at: now)
        return taken()
    }

    package var nextWakeUp: MonotonicTime? {
        [strikes.nextWakeUp, nextReview].compactMap(\.self).min()
    }

    /// Goes on with a changed document: compartments that stay as they are notice nothing.
    ///
    /// - Precondition: It has a place for every parcel.
    package mutating func use(
        _ configuration: LockerBankConfiguration, at now: Moment
    ) -> [Action] {
        let before = self.configuration
        self.configuration = configuration
        desk.use(configuration)
        take(strikes.use(configuration, after: before, at: now.monotonic).actions, at: now)
        let kept = Set(configuration.compartments.map(\.name))
        for request in opening where !kept.contains(request.compartment) {
            fail(request, .stopped, at: now)
        }
        return taken()
    }

    /// Every strike is made inactive, as far as it can be reached; what was granted and has surely
    /// opened nothing is taken back.
    package mutating func end(at now: Moment) -> [Action] {
        // The first is under way, and written by the time the others are.
        var left = entries.dropFirst().map(\.entry)
        entries = []
        for request in requests.values.sorted(by: { $0.number < $1.number })
        where request.isOpen && !mayHaveOpened(request.compartment) {
            if let undoing = undoing(request) { left.append(undoing) }
            if case .release = request.kind { continue }
            takeBack(request.compartment, at: now)
        }
        left += entries.map(\.entry)
        (entries, requests, actions) = ([], [:], [])
        return configuration.compartments.map { .set($0.strike.name, isActive: false) }
            + left.map { .write($0) }
    }

    private func mayHaveOpened(_ compartment: String) -> Bool {
        let place = configuration.compartments.firstIndex { $0.name == compartment }
        guard let strike = place.map({ strikes.strikes[$0] }) else { return false }
        return strike.underWay == true || strike.confirmed == true
    }

    private mutating func taken() -> [Action] {
        defer { actions = [] }
        return actions
    }

    // MARK: - Writing down

    mutating func write(_ entry: LockerEntry, for request: Int? = nil) {
        entries.append((entry, request))
        if entries.count == 1 { actions.append(.write(entry)) }
    }

    private mutating func written(_ isSaved: Bool, at now: Moment) {
        guard !entries.isEmpty else { return }
        let request = entries.removeFirst().request
        if let next = entries.first { actions.append(.write(next.entry)) }
        if let request { goOn(request, isSaved: isSaved, at: now) }
    }

    // MARK: - As time goes by

    private mutating func reviewIfDue(at now: Moment) {
        guard let due = nextReview, due <= now.monotonic else { return }
        nextReview = now.monotonic.advanced(by: Self.reviewInterval)
        for change in desk.review(at: now) {
            switch change {
            case .dated(let parcel): write(note("dated", parcel.compartment, kept(parcel)))
            case .overdue(let parcel):
                var entry = note("overdue", parcel.compartment, kept(parcel))
                entry.event = event(
                    "parcel.overdue", parcel.compartment, at: now, severity: .warning)
                write(entry)
            }
        }
    }
}

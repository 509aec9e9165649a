package import Execution
package import GPIO
package import SiteConfiguration

/// One bank of parcel lockers, for as long as it is looked after: carries out what
/// ``LockerBankPolicy`` decides.
///
/// What was granted is written down before its strike is energised, so that a code, a token or a
/// command opens once, whatever happens in between. A changed document is taken over while it
/// runs: compartments that stay as they are notice nothing.
package actor LockerBank {
    package nonisolated let name: String
    private let register: AccessRegister
    private let runner: StateRunner<LockerBankPolicy>
    private let time: TimeSource
    private nonisolated let inbox: StateInbox<LockerBankPolicy.Input>
    /// The lines it looks at: read on the threads of buses and chips.
    private nonisolated let lines: InheritingLock<Set<LineName>>

    /// - Parameters:
    ///   - boot: The name of the machine's run since power-up.
    ///   - secret: What goes into the hashes of codes.
    ///   - random: Draws codes; from the system.
    package init(
        _ configuration: LockerBankConfiguration, site: String, boot: String, secret: [UInt8],
        effects: AccessEffects, register: AccessRegister, time: TimeSource,
        random: any RandomNumberGenerator & Sendable
    ) async {
        let kept = KeptLockers(of: configuration.name, in: await register.values(under: ""))
        runner = StateRunner(
            LockerBankPolicy(
                configuration, site: site, boot: boot, secret: secret, kept: kept,
                at: time.monotonic(), random: random),
            time: time, work: Self.work(effects, register))
        inbox = runner.inbox
        name = configuration.name
        self.register = register
        self.time = time
        lines = InheritingLock(configuration.lines)
    }

    private static func work(
        _ effects: AccessEffects, _ register: AccessRegister
    ) -> (LockerBankPolicy.Action) -> ActionWork<LockerBankPolicy>? {
        { action in
            switch action {
            case .set(let line, let isActive):
                .act { .switched(line, isActive: isActive, await effects.set(line, isActive)) }
            case .write(let entry):
                .act { .written(isSaved: await entry.write(to: register, effects)) }
            case .record(let event, let lane): .record { await effects.record(event, lane) }
            case .answer(let number, let answer): .answer(number, answer)
            }
        }
    }

    // MARK: - What is heard. Returns at once, from any thread.

    /// Takes what a line has become.
    package nonisolated func observe(_ change: LineChange) {
        if lines.withLock({ $0.contains(change.line) }) { inbox.put(.line(change)) }
    }

    /// A strike's line can be switched again, or is not what it was told.
    package nonisolated func observeRestored(_ line: LineName) {
        if lines.withLock({ $0.contains(line) }) { inbox.put(.restored(line)) }
    }

    // MARK: - Running

    /// Looks after the bank until the task is cancelled; then every strike is inactive, as far as
    /// it can be reached. To be called once.
    package func run() async { await runner.run() }

    package var configuration: LockerBankConfiguration { runner.current.configuration }

    /// Goes on with a changed document: compartments that stay as they are notice nothing.
    ///
    /// - Precondition: It has a place for every parcel.
    package func use(_ configuration: LockerBankConfiguration, effects: AccessEffects) {
        lines.withLock { $0 = configuration.lines }
        runner.work = Self.work(effects, register)
        _ = runner.attempt { bank, now in bank.use(configuration, at: now) }
    }

    /// The compartments that hold a parcel, as far as is known.
    package var occupied: [String] { runner.current.desk.parcels.keys.sorted() }

    package var dropped: DroppedItems { runner.dropped }

    package var status: LockerBankStatus { runner.current.status }

    // MARK: - What is wanted

    /// Opens a compartment, whatever is in it. A parcel that was there counts as being there still.
    /// Returns once its strike is energised.
    ///
    /// - Parameter command: Names the request: one that was carried out is not carried out again.
    package func release(
        _ compartment: String, by person: String, command: String? = nil
    ) async throws(LockerRefusal) {
        _ = try await ask { (bank, now) throws(LockerRefusal) in
            try bank.release(compartment, by: person, command: command, at: now)
        }
    }

    /// Opens a free compartment for a parcel.
    ///
    /// - Returns: The compartment, and the code that is told to nobody else and kept nowhere.
    /// - Throws: `.notSaved` where it cannot be written down; nothing is opened then. What lies in
    ///   the bank already is given out all the same.
    package func deposit(
        _ size: ParcelSize, by person: String
    ) async throws(LockerRefusal) -> Deposit {
        let answer = try await ask { (bank, now) throws(LockerRefusal) in
            try bank.deposit(size, by: person, at: now)
        }
        guard case .deposited(let deposit) = answer else { throw .stopped }
        return deposit
    }

    /// Opens the compartment of a parcel that is not given out any more: its courier or the house
    /// takes it back.
    package func takeBack(
        _ compartment: String, by person: String
    ) async throws(LockerRefusal) {
        _ = try await ask { (bank, now) throws(LockerRefusal) in
            try bank.takeBack(compartment, by: person, at: now)
        }
    }

    /// Notes that somebody has seen that a compartment is empty. Opens nothing.
    package func clear(_ compartment: String, by person: String) async throws(LockerRefusal) {
        _ = try await ask { (bank, now) throws(LockerRefusal) in
            try bank.clear(compartment, by: person, at: now)
        }
    }

    /// Opens the compartment a code or a token stands for.
    ///
    /// - Returns: The compartment.
    package func pickup(_ text: String) async throws(LockerRefusal) -> String {
        let answer = try await ask { (bank, now) throws(LockerRefusal) in
            try bank.pickup(text, at: now)
        }
        guard case .opened(let compartment) = answer else { throw .stopped }
        return compartment
    }

    private func ask(
        _ request: (inout LockerBankPolicy, Moment) throws(LockerRefusal) -> (
            Int, [LockerBankPolicy.Action]
        )
    ) async throws(LockerRefusal) -> LockerBankPolicy.Answer {
        switch try await runner.ask(request) {
        case nil: throw .stopped
        case .refused(let refusal)?: throw refusal
        case let answer?: return answer
        }
    }
}

extension LockerBankConfiguration {
    fileprivate var lines: Set<LineName> {
        Set(compartments.flatMap { [$0.strike.name, $0.contact.name] })
    }
}

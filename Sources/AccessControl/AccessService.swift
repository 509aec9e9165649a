package import Execution
package import GPIO
package import LinuxSystem
package import Logging
package import SiteConfiguration
package import Telemetry

/// The lockers and doors of a site, each a part by itself: a change of one leaves the others as they
/// are.
package actor AccessService {
    /// What access control meets of the outside.
    package struct Edges: Sendable {
        package var time: TimeSource
        /// The name of the machine's run since power-up.
        package var boot: String
        /// Chance that nobody can guess.
        package var secrets: any RandomNumberGenerator & Sendable
        /// A thread for what blocks.
        package var executor: @Sendable () -> any SerialExecutor
        /// Opens a code reader: each call of what is returned waits a moment for what it has read.
        package var codeReader:
            @Sendable (CodeReaderConfiguration) -> @Sendable () async -> LineInput.Look
        package var record: @Sendable (Event, Lane) async -> Void
        /// Has a part run beside the others.
        package var start: @Sendable (Part) -> Void
        /// The code reader of a bank cannot be read (an error number), or is read again.
        package var onReader: @Sendable (_ bank: String, Int32?) -> Void

        package init(
            time: TimeSource, boot: String, secrets: any RandomNumberGenerator & Sendable,
            executor: @escaping @Sendable () -> any SerialExecutor,
            codeReader:
                @escaping @Sendable (CodeReaderConfiguration) ->
                @Sendable () async ->
                LineInput.Look,
            record: @escaping @Sendable (Event, Lane) async -> Void,
            start: @escaping @Sendable (Part) -> Void,
            onReader: @escaping @Sendable (_ bank: String, Int32?) -> Void
        ) {
            self.time = time
            self.boot = boot
            self.secrets = secrets
            self.executor = executor
            self.codeReader = codeReader
            self.record = record
            self.start = start
            self.onReader = onReader
        }
    }

    let edges: Edges
    let stateFolder: String
    private let auditPath: String
    private let logger: Logger
    /// What it was last told to look after.
    private(set) var site: SiteIdentity?
    private(set) var lockers: [LockerBankConfiguration] = []
    nonisolated let banks = Running<BankService>()
    nonisolated let doors = Running<DoorService>()
    /// By the banks they belong to.
    nonisolated let readers = Running<CodeReader>()
    private(set) var register: AccessRegister?
    private var openings = Turns()

    /// - Parameter auditPath: The end of the audit trail is kept here too: outside the state folder,
    ///   where it outlasts the process and not the machine.
    package init(stateFolder: String, auditPath: String, edges: Edges, logger: Logger) {
        self.stateFolder = stateFolder
        self.auditPath = auditPath
        self.edges = edges
        self.logger = logger
    }

    /// Where people's codes come from, and what opens for them: the first is to end first.
    package nonisolated var inputParts: [Part] { readers.parts }
    package nonisolated var mechanismParts: [Part] { banks.parts + doors.parts }

    /// Takes lockers and doors over where their own part of the site has changed: the others go on.
    ///
    /// - Parameter lines: The strikes of all.
    /// - Returns: The doors that were begun: nobody has told them yet what alarms want of them.
    package func use(
        _ document: SiteDocument, lines: [LineName: OutputLine]
    ) async -> [String] {
        (site, lockers) = (document.site, document.lockers)
        let isNeeded = !document.lockers.isEmpty || !document.doors.isEmpty
        let register = isNeeded ? await openRegister() : nil
        let wantedBanks = document.lockers.map { ($0.name, $0.name) }
        let wantedDoors = document.doors.map {
            ($0.name, DoorService.Configuration(door: $0, isKept: register != nil))
        }
        let wantedReaders = document.lockers.compactMap { bank in
            bank.reader.map {
                (bank.name, CodeReader.Configuration(bank: bank.name, reader: $0))
            }
        }
        await readers.end(allBut: wantedReaders)
        await banks.end(allBut: wantedBanks)
        await doors.end(allBut: wantedDoors)
        let effects = AccessEffects(lines: lines, record: edges.record)
        await beginBanks(wantedBanks, of: document, register, effects)
        await readers.begin(wantedReaders, start: edges.start) { configuration in
            banks[configuration.bank].map { bank in
                CodeReader(configuration, of: bank.bank, edges)
            }
        }
        // Doors let people out all the same, and are written down as soon as that can be done.
        let begun = await doors.begin(wantedDoors, start: edges.start) { configuration in
            DoorService(
                configuration, effects: effects, register: register ?? memoryRegister(),
                time: edges.time)
        }
        return begun.map(\.configuration.door.name)
    }

    /// Lockers whose parcels are not known must not be given away: the next change tries again.
    private func beginBanks(
        _ wanted: [(String, String)], of document: SiteDocument, _ register: AccessRegister?,
        _ effects: AccessEffects
    ) async {
        guard !wanted.isEmpty, let register else { return }
        let secret: [UInt8]
        do throws(StateFileError) {
            secret = try CodeSecret.load(stateFolder: stateFolder, edges.secrets)
        } catch {
            logger.error("Lockers cannot be opened by codes", metadata: ["error": "\(error)"])
            return
        }
        for configuration in document.lockers {
            guard let running = banks[configuration.name]?.bank,
                await running.configuration != configuration
            else { continue }
            await running.use(configuration, effects: effects)
        }
        await banks.begin(wanted, start: edges.start) { name in
            guard let configuration = document.lockers.first(where: { $0.name == name }) else {
                return nil
            }
            return BankService(
                await LockerBank(
                    configuration, site: document.site.id, boot: edges.boot, secret: secret,
                    effects: effects, register: register, time: edges.time,
                    random: edges.secrets))
        }
    }

    /// An alarm holds a door unlocked, or lets go of it.
    package func hold(door name: String, _ isReleased: Bool) async throws(LineFault) {
        guard let door = doors[name]?.door else { throw .stopped }
        try await door.hold(isReleased)
    }

    // MARK: - What arrives

    /// Takes what has become of a line. Returns at once, from any thread; so do the others.
    package nonisolated func observe(_ change: LineChange) {
        for service in banks.all { service.bank.observe(change) }
        for service in doors.all { service.door.observe(change) }
    }

    /// An output can be switched again.
    package nonisolated func observeRestored(_ line: LineName) {
        for service in banks.all { service.bank.observeRestored(line) }
        for service in doors.all { service.door.observeForgotten(line) }
    }

    /// An output cannot be switched, for now. A compartment finds out when it is next released, and
    /// its contact is a fault meanwhile.
    package nonisolated func observeFailed(_ line: LineName) {
        for service in doors.all { service.door.observeForgotten(line) }
    }

    // MARK: - The register

    /// Writes down what somebody did, where the register can be had.
    package func note(_ deed: AccessRegister.Deed) async {
        await openRegister()?.commit([], deed)
    }

    /// A register that forgets all with the end of the gateway, and says that nothing is saved.
    private func memoryRegister() -> AccessRegister {
        AccessRegister(
            journal: .none, contents: AccessContents(key: AuditKey([])), time: edges.time,
            record: edges.record)
    }

    /// The register of all lockers and doors, opened when it is first needed.
    private func openRegister() async -> AccessRegister? {
        if !openings.take() { await withCheckedContinuation { openings.wait($0) } }
        defer { openings.end() }
        if let register { return register }
        do {
            let executor = edges.executor()
            let journal = try await openJournal(executor)
            let register = AccessRegister(
                journal: journal, contents: try await journal.load(), time: edges.time,
                record: edges.record)
            edges.start(Part("register") { await register.run() })
            self.register = register
            return register
        } catch {
            logger.error(
                "The journal of the lockers cannot be had", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func openJournal(_ executor: any SerialExecutor) async throws -> AccessJournal {
        let (journal, setAside) = try AccessJournal.open(
            folder: stateFolder, executor: executor,
            files: AuditFiles(
                stateFolder: stateFolder, beside: auditPath, executor: executor,
                secrets: edges.secrets, logger: logger), logger: logger)
        if let setAside {
            logger.error(
                "The journal of the lockers could not be read and was set aside",
                metadata: ["file": "\(setAside)"])
            let now = edges.time.wall().timestamp
            await edges.record(
                Event("access.setAside", of: setAside, at: now, severity: .alarm), .alarm)
        }
        return journal
    }
}

/// A door that runs.
struct DoorService: RunningService {
    struct Configuration: Hashable, Sendable {
        let door: DoorConfiguration
        /// Whether what happens is written down on the disk.
        let isKept: Bool
    }

    let configuration: Configuration
    let door: Door
    let part: Part

    init(
        _ configuration: Configuration, effects: AccessEffects, register: AccessRegister,
        time: TimeSource
    ) {
        self.configuration = configuration
        let door = Door(configuration.door, effects: effects, register: register, time: time)
        self.door = door
        part = Part("door \(configuration.door.name)") { await door.run() }
    }
}

/// A bank of lockers that runs for as long as the document has one of its name: its compartments
/// change in place.
struct BankService: RunningService {
    let configuration: String
    let bank: LockerBank
    let part: Part

    init(_ bank: LockerBank) {
        configuration = bank.name
        self.bank = bank
        part = Part("lockers \(bank.name)") { await bank.run() }
    }
}

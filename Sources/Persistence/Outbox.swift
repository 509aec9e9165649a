import GRDB
import Telemetry

/// The durable cache of the gateway: every sealed batch, until it is old or the room is needed.
///
/// A batch is on the disk when ``append(_:)`` returns, under a sequence number that no other batch
/// of its lane ever had or will have in this database. Destinations read it in order and say how
/// far they have come. All calls block the outbox's own thread, no other.
package actor Outbox {
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    // Held strongly: `unownedExecutor` is not.
    private nonisolated let executor: any SerialExecutor

    let file: DatabaseFile
    let limits: CacheLimits
    let policy: RetentionPolicy
    private let makeEpoch: @Sendable () -> UInt64
    private let pageLimit: Int

    /// `nil` while the database cannot be opened.
    private var openStore: BatchStore?
    private var isClosed = false
    var state = OutboxState()
    var boots = BootClocks()
    /// Where the payloads of readings lie.
    var ring = PayloadRing()
    /// Whether the payloads gave way to each other for want of disk.
    var isHeldBack = false
    /// The names that batches in it were compressed with.
    var names = StoredNames()
    var epochs = Epochs()
    /// The epoch of what is stored from now on.
    var currentEpoch: UInt64 = 0
    /// Where the cursors are kept between two commits.
    private var cursorFile: CursorFile?
    /// The destinations, by name.
    var destinations: [String: Int64] = [:]
    /// Whether a cursor has moved since the state was last written.
    var hasUnsavedCursors = false
    /// Batches whose checksum was wrong when they were read. The next append removes them.
    var damaged: Set<RowKey> = []
    /// The clock of the last batch, for the events the outbox makes itself.
    var lastClock: BatchClock?
    var reserve: DiskReserve
    private var reports: [OutboxReport] = []

    /// Opens the outbox of a state folder, or begins one.
    ///
    /// A database that cannot be read is moved aside, and ``takeReports()`` says so. Only one
    /// outbox at a time may have the folder.
    ///
    /// - Parameters:
    ///   - folder: Where `outbox.db` lies. It must exist.
    ///   - limits: How much may be kept.
    ///   - executor: The thread that all of this blocks.
    ///   - epochSource: Where the epoch comes from that begins now: 64 random bits.
    ///   - cursorFile: Keeps what was acknowledged where the process is killed, best in a folder
    ///     in memory. It saves repetitions, and may be lost at any time.
    ///   - pageLimit: The most pages the database may have, to try a full disk; 0 for no limit.
    package static func open(
        folder: String, limits: CacheLimits, executor: any SerialExecutor,
        epochSource: @escaping @Sendable () -> UInt64, cursorFile: String? = nil,
        pageLimit: Int = 0
    ) async throws(OutboxError) -> Outbox {
        let outbox = Outbox(
            folder: folder, limits: limits, executor: executor, epochSource: epochSource,
            cursorFile: cursorFile, pageLimit: pageLimit)
        try await outbox.open()
        return outbox
    }

    private init(
        folder: String, limits: CacheLimits, executor: any SerialExecutor,
        epochSource: @escaping @Sendable () -> UInt64, cursorFile: String?, pageLimit: Int
    ) {
        file = DatabaseFile(folder: folder)
        self.limits = limits
        let pageSize = BatchStore.Settings().pageSize
        reserve = DiskReserve(
            path: file.reservePath, maximumBytes: limits.reserveBytes(pageSize: pageSize))
        policy = RetentionPolicy(maximumAge: limits.maximumAge)
        self.executor = executor
        makeEpoch = epochSource
        self.cursorFile = cursorFile.map(CursorFile.init)
        self.pageLimit = pageLimit
    }

    /// Sixteen hexadecimal digits, made at random whenever the database is opened, and part of the
    /// idempotency keys of all batches stored from then on: a number that is given again by a new
    /// database, or by an older copy of this one, is not the same number.
    package func epoch() throws(OutboxError) -> String {
        _ = try store()
        return Epochs.text(currentEpoch)
    }

    /// Hands over what went wrong since the last call. ``append(_:)`` hands it over too.
    package func takeReports() -> [OutboxReport] {
        defer { reports = [] }
        return reports
    }

    /// Writes down the cursors and closes the database. Every later call throws `closed`.
    package func close() throws(OutboxError) {
        guard !isClosed else { return }
        defer {
            openStore?.close()
            openStore = nil
            isClosed = true
        }
        if openStore != nil {
            try flush()
            cursorFile?.remove()
        }
    }

    // MARK: For the extensions

    /// The open database. Opens it again where an earlier try failed, for want of room perhaps.
    func store() throws(OutboxError) -> BatchStore {
        guard !isClosed else { throw .closed }
        if let openStore { return openStore }
        try open()
        guard let openStore else { throw .closed }
        return openStore
    }

    func report(_ report: OutboxReport) {
        reports.append(report)
    }

    /// Runs an operation on the database. Damage found on the way is set aside; the operation is
    /// then carried out on the new database.
    func guarding<T>(
        _ operation: (_ store: BatchStore) throws(StoreFault) -> T
    ) throws(OutboxError) -> T {
        let reason: String
        let present = try store()
        do {
            return try operation(present)
        } catch {
            guard case .damaged(let found) = error else {
                throw OutboxError(error, path: file.path)
            }
            reason = found
        }
        try replaceDatabase(because: reason)
        let fresh = try store()
        do {
            return try operation(fresh)
        } catch {
            guard case .damaged = error else { throw OutboxError(error, path: file.path) }
            throw .storage(code: Self.corrupt)
        }
    }
}

extension Outbox {
    private func open() throws(OutboxError) {
        let names = destinations.sorted { $0.value < $1.value }.map(\.key)
        if let reason = file.obstacle() { try setAside(because: reason) }
        do {
            try load()
        } catch {
            guard case .damaged(let reason) = error else {
                throw OutboxError(error, path: file.path)
            }
            try setAside(because: reason)
            do { try load() } catch {
                if case .damaged = error { throw .storage(code: Self.corrupt) }
                throw OutboxError(error, path: file.path)
            }
        }
        for name in names where destinations[name] == nil { try addDestination(name) }
    }

    /// Sets the database aside and begins a new one. The destinations stay.
    private func replaceDatabase(because reason: String) throws(OutboxError) {
        openStore?.close()
        openStore = nil
        try setAside(because: reason)
        try open()
    }

    private func setAside(because reason: String) throws(OutboxError) {
        report(.setAside(file: try file.setAside(), reason: reason))
    }

    /// Opens the file and reads all but the batches.
    private func load() throws(StoreFault) {
        let pageSize = BatchStore.Settings().pageSize
        let fresh = makeEpoch()
        var lost: Set<RowKey> = []
        let store = try BatchStore(
            path: file.path,
            settings: BatchStore.Settings(
                logPages: limits.logPages(pageSize: pageSize), pageLimit: pageLimit),
            newNumber: fresh)
        do {
            if let reason = store.payloads.obstacle {
                report(.setAside(file: try file.setPayloadsAside(), reason: reason))
                store.payloads.removedObstacle()
            }
            try store.access { db, statements in
                let found = try statements.newestState(db)
                let known = try BatchStore.destinations(db)
                guard Set(known.values) == Set(found.cursors.keys) else {
                    throw StoreFault.damaged("cursors of unknown destinations")
                }
                boots = try BatchStore.boots(db)
                names = try StoredNames(db)
                epochs = try Epochs(db)
                state = found
                ring = try statements.ring(found.placed)
                if statements.payloads.end == 0, found.placed != nil {
                    // The payloads are not there: the next append drops their batches.
                    lost = try statements.placedKeys(found.placed)
                    ring = PayloadRing()
                }
                destinations = known
            }
        } catch {
            store.close()
            throw error
        }
        damaged = lost
        hasUnsavedCursors = false
        currentEpoch = fresh
        openStore = store
        takeKeptCursors()
        takeReserve()
    }

    /// Takes the reserve where it can be had, and keeps the log so short that it can be moved.
    func takeReserve() {
        reserve.take()
        guard let openStore else { return }
        let pages = reserve.heldBytes / openStore.settings.pageSize
        openStore.logLimit = min(
            openStore.settings.logPages, reserve.isHeld ? pages * 3 / 4 : Self.shortLog)
    }

    /// Moves the cursors to where they were when the process was killed, as far as the batches are
    /// those that were acknowledged.
    private func takeKeptCursors() {
        for kept in cursorFile?.read() ?? [] {
            guard let id = destinations[kept.destination], let cursor = state.cursors[id],
                kept.sequence > cursor[kept.lane],
                kept.sequence <= state.lanes[kept.lane].head,
                epochs[kept.lane, kept.sequence] == kept.epoch
            else { continue }
            state.cursors[id]?[kept.lane] = kept.sequence
            hasUnsavedCursors = true
        }
    }

    /// Keeps the cursors until the next commit writes them down.
    func keepCursors() {
        guard cursorFile != nil else { return }
        var kept: [CursorFile.Cursor] = []
        for (name, id) in destinations {
            for lane in Lane.allCases {
                guard let sequence = state.cursors[id]?[lane], sequence > 0,
                    let epoch = epochs[lane, sequence]
                else { continue }
                kept.append(
                    CursorFile.Cursor(
                        destination: name, lane: lane, sequence: sequence, epoch: epoch))
            }
        }
        cursorFile?.write(kept)
    }

    /// SQLITE_CORRUPT, of a database just begun: not the file is damaged then, but the disk.
    private static var corrupt: Int32 { 11 }
}

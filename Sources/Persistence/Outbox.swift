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
    /// The names that batches in it were compressed with.
    var names = StoredNames()
    /// The destinations, by name.
    var destinations: [String: Int64] = [:]
    /// The cursors where a killed process leaves them.
    var cursorNote: CursorNote?
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
    ///   - epochSource: Where the epoch of a new database comes from: 64 random bits.
    ///   - pageLimit: The most pages the database may have, to try a full disk; 0 for no limit.
    package static func open(
        folder: String, limits: CacheLimits, executor: any SerialExecutor,
        epochSource: @escaping @Sendable () -> UInt64, pageLimit: Int = 0
    ) async throws(OutboxError) -> Outbox {
        let outbox = Outbox(
            folder: folder, limits: limits, executor: executor, epochSource: epochSource,
            pageLimit: pageLimit)
        try await outbox.open()
        return outbox
    }

    private init(
        folder: String, limits: CacheLimits, executor: any SerialExecutor,
        epochSource: @escaping @Sendable () -> UInt64, pageLimit: Int
    ) {
        file = DatabaseFile(folder: folder)
        self.limits = limits
        let pageSize = BatchStore.Settings().pageSize
        reserve = DiskReserve(
            path: file.reservePath, maximumBytes: limits.reserveBytes(pageSize: pageSize))
        policy = RetentionPolicy(maximumAge: limits.maximumAge)
        self.executor = executor
        makeEpoch = epochSource
        self.pageLimit = pageLimit
    }

    /// Sixteen hexadecimal digits, made at random with each new database, and part of every
    /// idempotency key: a number given again by a new database is not the same number.
    package func epoch() throws(OutboxError) -> String {
        try store().identity.text
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
            cursorNote?.close()
            openStore?.close()
            openStore = nil
            isClosed = true
        }
        if openStore != nil { try flush() }
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
        let store = try BatchStore(
            path: file.path,
            settings: BatchStore.Settings(
                logPages: limits.logPages(pageSize: pageSize), pageLimit: pageLimit),
            newEpoch: makeEpoch())
        do {
            try store.access { db, statements in
                let found = try statements.newestState(db)
                let known = try BatchStore.destinations(db)
                guard Set(known.values) == Set(found.cursors.keys) else {
                    throw StoreFault.damaged("cursors of unknown destinations")
                }
                boots = try BatchStore.boots(db)
                names = try StoredNames(db)
                state = found
                destinations = known
            }
            try forgetBoots(store)
        } catch {
            store.close()
            throw error
        }
        damaged = []
        hasUnsavedCursors = false
        openStore = store
        takeReserve()
    }

    /// Takes the reserve where it can be had, and keeps the log so short that it can be moved.
    func takeReserve() {
        reserve.take()
        guard let openStore, reserve.isHeld else { return }
        let pages = reserve.heldBytes / openStore.settings.pageSize
        openStore.logLimit = min(openStore.settings.logPages, pages * 3 / 4)
    }

    /// Forgets the boots of which no batch is left.
    private func forgetBoots(_ store: BatchStore) throws(StoreFault) {
        let oldest = try store.access { _, statements in
            try Lane.allCases.compactMap { lane in
                try statements.headers(RowKey.all(of: lane), limit: 1).first?.header.boot
            }.min()
        }
        guard let newest = boots.boots.last?.id else { return }
        let kept = min(oldest ?? newest, newest)
        guard boots.boots.contains(where: { $0.id < kept }) else { return }
        try store.transaction { db, _ in
            try db.execute(sql: "DELETE FROM boot WHERE id < ?", arguments: [kept])
        }
        boots.forget(before: kept)
    }

    /// SQLITE_CORRUPT, of a database just begun: not the file is damaged then, but the disk.
    private static var corrupt: Int32 { 11 }
}

import GRDB
import GRDBSQLite
import Telemetry

/// The database of an ``Outbox``: rows in, rows out, each call synchronous.
///
/// It decides nothing. One thread at a time may use it; the outbox's does.
final class BatchStore {
    /// How the file is laid out and how its log is kept. See decision 0003 for the figures.
    struct Settings: Hashable {
        /// Bytes a page. Small pages: a log frame is a whole page, however little of it changed.
        var pageSize = 512
        /// How many pages the write-ahead log may hold before they are moved into the database.
        var logPages = 2_000
        /// The most pages the database may have, to try a full disk; 0 for no limit.
        var pageLimit = 0
    }

    let path: String
    let settings: Settings
    let identity: StoreIdentity
    /// Where the payloads of readings lie.
    let payloads: PayloadFile
    /// How many pages the log may now hold.
    var logLimit: Int
    /// Counts what has been written since the store was opened.
    var written: StoreWrites {
        var written = databaseWrites
        written.payloadBytes = payloads.written
        return written
    }
    private var databaseWrites = StoreWrites()
    /// Whether making the database smaller was tried and refused.
    private var isCompactRefused = false

    private let queue: DatabaseQueue
    private var statements: Statements?
    private var isClosed = false
    /// The frames in the log since it was last moved into the database.
    private var logFrames = 0

    /// Opens or begins the database at `path`.
    ///
    /// - Throws: `StoreFault.damaged` where the file is not a sound outbox; it is then closed again.
    init(path: String, settings: Settings, newNumber: UInt64) throws(StoreFault) {
        self.path = path
        self.settings = settings
        logLimit = settings.logPages
        do {
            queue = try DatabaseQueue(path: path, configuration: Self.configuration(settings))
        } catch { throw StoreFault(error) }
        do {
            identity = try queue.writeWithoutTransaction { db in
                try db.requireWritable()
                return try StoreSchema.prepare(db, newNumber: newNumber)
            }
            let payloads = try PayloadFile(
                path: path + PayloadFile.suffix, number: identity.number)
            self.payloads = payloads
            statements = try queue.writeWithoutTransaction { db in
                try Statements(db, payloads: payloads)
            }
            DatabaseFile.restrict(path)
        } catch {
            // The first error says what is wrong; that closing fails too would add nothing.
            try? queue.close()
            throw StoreFault(error)
        }
    }

    /// Moves the log into the database and closes the file. Nothing works afterwards.
    func close() {
        isClosed = true
        statements = nil
        payloads.close()
        // SQLite keeps the log and recovers it when the file is opened again.
        try? queue.close()
    }

    /// Runs `body` with the database, outside a transaction.
    func access<T>(
        _ body: (_ db: Database, _ statements: Statements) throws -> T
    ) throws(StoreFault) -> T {
        guard !isClosed else { throw .storage(code: SQLITE_MISUSE) }
        do {
            return try queue.writeWithoutTransaction { db in
                do {
                    let statements = try self.statements ?? Statements(db, payloads: payloads)
                    self.statements = statements
                    return try body(db, statements)
                } catch {
                    let systemError = sqlite3_system_errno(db.sqliteConnection)
                    // A statement that failed reports its error again when it is next used, and
                    // ends the process in one of GRDB's ways of using it: prepare them anew.
                    self.statements = nil
                    throw StoreFault(error, systemError: systemError)
                }
            }
        } catch { throw StoreFault(error) }
    }

    /// Runs `body` in one transaction, durable when this returns, or undone when it throws.
    func transaction<T>(
        _ body: (_ db: Database, _ statements: Statements) throws -> T
    ) throws(StoreFault) -> T {
        let result = try access { db, statements in
            var result: T?
            try db.inTransaction(.immediate) {
                result = try body(db, statements)
                return .commit
            }
            guard let result else { throw StoreFault.storage(code: SQLITE_ABORT) }
            return result
        }
        try countWrites()
        // A full disk may refuse the move; what was committed stays in the log, safe.
        if logFrames >= logLimit { try? moveLog() }
        return result
    }

    /// Moves the log into the database, so that the log starts again at its beginning.
    func moveLog() throws(StoreFault) {
        let pages = LogFile(path: path + "-wal").distinctPages(frames: logFrames)
        let isComplete = try access { db, _ in
            let (inLog, moved) = try db.checkpoint(.passive)
            return inLog == moved
        }
        guard isComplete else { return }
        databaseWrites.checkpointBytes += Int64(pages * settings.pageSize)
        databaseWrites.checkpoints += 1
        logFrames = 0
    }

    /// Adds the frames of the last commit to the count.
    private func countWrites() throws(StoreFault) {
        let frames = try access { db, _ in
            var current: Int32 = 0
            var highest: Int32 = 0
            sqlite3_db_status(
                db.sqliteConnection, SQLITE_DBSTATUS_CACHE_WRITE, &current, &highest, 1)
            return Int(current)
        }
        guard frames > 0 else { return }
        logFrames += frames
        databaseWrites.logBytes += Int64(frames * (settings.pageSize + LogFile.frameHeaderSize))
        databaseWrites.commits += 1
    }

    /// Gives back the pages that hold nothing, where they are many and what is left is quickly
    /// written: a cache whose payloads lay in their rows before, or that had held
    /// many events.
    func compact() {
        guard !isCompactRefused else { return }
        // What refuses it, want of room in all likelihood, does so until much has changed; what
        // is in the database stays as it is.
        do {
            try access { db, statements in
                let (all, free) = try statements.pageCounts()
                let used = (all - free) * Int64(settings.pageSize)
                guard free > all / 8, used <= Self.compactLimit else { return }
                try db.execute(sql: "PRAGMA temp_store = MEMORY")
                try db.execute(sql: "VACUUM")
            }
            try countWrites()
            try moveLog()
        } catch { isCompactRefused = true }
    }

    /// The most bytes that are written at once to make the database smaller.
    private static let compactLimit: Int64 = 8 << 20

    private static func configuration(_ settings: Settings) -> Configuration {
        var configuration = Configuration()
        configuration.label = "linli.outbox"
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA page_size = \(settings.pageSize)")
            // Alone in the file: the log's index lies in memory, not in a third file on the flash.
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            guard try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL") == "wal" else {
                throw StoreFault.storage(code: SQLITE_CANTOPEN)
            }
            // Each commit is on the disk when it returns. GRDB would choose NORMAL for WAL, and
            // would do so after this closure; it leaves the mode alone where none is configured.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            // Debian's SQLite overwrites deleted content with zeros, page by page, by default.
            try db.execute(sql: "PRAGMA secure_delete = OFF")
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
            try db.execute(
                sql: "PRAGMA journal_size_limit = \(2 * settings.logPages * settings.pageSize)")
            try db.execute(sql: "PRAGMA cache_size = -512")
            try db.execute(sql: "PRAGMA cell_size_check = ON")
            try db.execute(sql: "PRAGMA trusted_schema = OFF")
            if settings.pageLimit > 0 {
                try db.execute(sql: "PRAGMA max_page_count = \(settings.pageLimit)")
            }
        }
        return configuration
    }
}

/// What a store has written since it was opened.
struct StoreWrites: Hashable {
    var commits: Int64 = 0
    var checkpoints: Int64 = 0
    /// Frames of the write-ahead log, with their headers.
    var logBytes: Int64 = 0
    /// Pages moved from the log into the database.
    var checkpointBytes: Int64 = 0
    /// The file of payloads.
    var payloadBytes: Int64 = 0
}

import Execution
import FoundationEssentials
import GRDB
import Glibc

/// The database of lockers and doors: values by key, and the rows of the audit trail. Beside the
/// outbox, whose content comes and goes; what is here stays.
package actor AccessStore {
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    private let executor: any SerialExecutor  // Held strongly: `unownedExecutor` is not.
    private let queue: DatabaseQueue
    /// Where a database that could not be read was moved; `nil` where all was well.
    package nonisolated let setAside: String?

    private static let tables = [
        "CREATE TABLE value (key TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID",
        """
        CREATE TABLE audit (number INTEGER PRIMARY KEY, time INTEGER NOT NULL, \
        actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, \
        details TEXT NOT NULL, hash BLOB NOT NULL)
        """,
    ]

    /// Opens the database of a state folder, or begins one. One that cannot be read is moved
    /// aside, never deleted.
    ///
    /// - Throws: Where not even a new one can be begun.
    package init(folder: String, executor: any SerialExecutor) throws {
        self.executor = executor
        let path = folder + "/access.db"
        do {
            queue = try Self.open(path)
            setAside = nil
        } catch let error as DatabaseError
            where [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR].contains(error.resultCode)
        {
            setAside = Self.moveAside(path)
            queue = try Self.open(path)
        }
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
        do {
            return try openOnce(path)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_READONLY {
            return try openOnce(path)
        }
    }

    private static func openOnce(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "linli.access"
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "PRAGMA cell_size_check = ON")
            try db.execute(sql: "PRAGMA cache_size = -256")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { db in
            try db.requireWritable()
            // GRDB chooses NORMAL for WAL after the preparation; each commit is to be on the disk.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            guard try Row.fetchOne(db, sql: "SELECT 1 FROM sqlite_schema") == nil else {
                _ = try Row.fetchOne(db, sql: "SELECT content FROM value LIMIT 1")
                _ = try Row.fetchOne(db, sql: "SELECT hash FROM audit ORDER BY number DESC LIMIT 1")
                return
            }
            try db.inTransaction {
                for table in tables { try db.execute(sql: table) }
                return .commit
            }
        }
        DatabaseFile.restrict(path)
        return queue
    }

    private static func moveAside(_ path: String) -> String {
        var number = 1
        let stem = path.dropLast(3)
        while access("\(stem)-set-aside-\(number).db", F_OK) == 0 { number += 1 }
        for suffix in ["", "-wal", "-shm", "-journal"] {
            rename(path + suffix, "\(stem)-set-aside-\(number).db\(suffix)")
        }
        return "\(stem)-set-aside-\(number).db"
    }

    /// All values, and the last row of the audit trail.
    package func load() throws -> (values: [String: [UInt8]], last: AuditRecord?) {
        try queue.read { db in
            var values: [String: [UInt8]] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT key, content FROM value") {
                let content: Data = row[1]
                values[row[0]] = [UInt8](content)
            }
            let last = try Row.fetchOne(db, sql: "SELECT * FROM audit ORDER BY number DESC LIMIT 1")
            return (values, last.map(AuditRecord.init))
        }
    }

    /// Writes all changes or none. Durable when this returns.
    package func commit(_ changes: [AccessRecord]) throws {
        try queue.write { db in
            for change in changes {
                switch change {
                case .put(let key, let value):
                    try db.execute(
                        sql: "INSERT OR REPLACE INTO value VALUES (?, ?)",
                        arguments: [key, Data(value)])
                case .remove(let key):
                    try db.execute(sql: "DELETE FROM value WHERE key = ?", arguments: [key])
                case .audit(let record):
                    try db.execute(
                        sql: "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)",
                        arguments: [
                            record.number, record.time.milliseconds, record.actor,
                            record.action, record.subject, record.details, Data(record.hash),
                        ])
                }
            }
        }
    }

    /// Rows of the audit trail from a number on, in order.
    package func rows(from number: Int64, limit: Int) throws -> [AuditRecord] {
        try queue.read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM audit WHERE number >= ? ORDER BY number LIMIT ?",
                arguments: [number, limit]
            ).map(AuditRecord.init)
        }
    }

    /// Closes the file.
    package func close() {
        // SQLite recovers from its log when the file is opened again.
        try? queue.close()
    }
}

extension AuditRecord {
    fileprivate init(_ row: Row) {
        let hash: Data = row["hash"]
        self.init(
            number: row["number"], time: Timestamp(milliseconds: row["time"]),
            actor: row["actor"], action: row["action"], subject: row["subject"],
            details: row["details"], hash: [UInt8](hash))
    }
}

import FoundationEssentials
import GRDB

/// Who a database is: an outbox of this version, and which one.
struct StoreIdentity: Hashable {
    /// Made at random with each new database.
    var number: UInt64

    /// "LNLI" in the file's header.
    static let application: Int32 = 0x4C4E_4C49
    static let version: Int32 = 7

    /// The user version in the file's header: the schema's version, and 24 bits of the number, by
    /// which a log that belongs to another database is found out.
    var userVersion: Int32 { Self.version << 24 | Int32(number & 0xFF_FFFF) }

    /// What tells a database from others in its user version, whatever the schema's version.
    static func mark(of userVersion: UInt32) -> UInt32 { userVersion & 0xFF_FFFF }
}

/// The tables of the outbox.
enum StoreSchema {
    /// Numbers and blobs alone in `batch`; its columns are in the order they are read, so that
    /// what comes before the payload is read without it. An integer in place of the payload says
    /// where that lies in the file of payloads.
    private static let tables = [
        """
        CREATE TABLE batch (key INTEGER PRIMARY KEY, first INTEGER NOT NULL, \
        span INTEGER NOT NULL, count INTEGER NOT NULL, clock INTEGER NOT NULL, \
        drift INTEGER NOT NULL, names INTEGER NOT NULL, checksum INTEGER NOT NULL, \
        payload BLOB NOT NULL, state BLOB NOT NULL)
        """,
        """
        CREATE TABLE boot (id INTEGER PRIMARY KEY, name TEXT NOT NULL, base INTEGER NOT NULL, \
        truth INTEGER, low INTEGER NOT NULL, high INTEGER NOT NULL, reading INTEGER NOT NULL)
        """,
        "CREATE TABLE destination (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
        """
        CREATE TABLE epoch (id INTEGER PRIMARY KEY, name INTEGER NOT NULL, \
        alarm INTEGER NOT NULL, event INTEGER NOT NULL, reading INTEGER NOT NULL)
        """,
        """
        CREATE TABLE memory (destination INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, \
        checksum INTEGER NOT NULL, content BLOB NOT NULL)
        """,
        """
        CREATE TABLE names (id INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, \
        content BLOB NOT NULL)
        """,
        "CREATE TABLE store (id INTEGER PRIMARY KEY, number INTEGER NOT NULL, state BLOB NOT NULL)",
    ]

    /// Checks the database, or makes its tables where it has none at all.
    static func prepare(_ db: Database, newNumber: UInt64) throws -> StoreIdentity {
        let found = try Row.fetchAll(db, sql: "SELECT name, sql FROM sqlite_schema ORDER BY name")
        let application = try number(db, "PRAGMA application_id")
        let userVersion = try number(db, "PRAGMA user_version")
        if found.isEmpty, application == 0, userVersion == 0 {
            return try begin(db, number: newNumber)
        }
        guard application == Int64(StoreIdentity.application) else {
            throw StoreFault.damaged("the file belongs to another program")
        }
        guard (oldestVersion...Int64(StoreIdentity.version)).contains(userVersion >> 24) else {
            throw StoreFault.damaged(
                "schema version \(userVersion >> 24); this program knows \(StoreIdentity.version)")
        }
        if userVersion >> 24 < Int64(StoreIdentity.version) {
            try takeOver(db, userVersion: userVersion)
            return try prepare(db, newNumber: newNumber)
        }
        guard found.map({ (try? $0.text(1)) ?? "" }) == tables else {
            throw StoreFault.damaged("the tables are not those of an outbox")
        }
        guard let row = try Row.fetchOne(db, sql: "SELECT number FROM store WHERE id = 1")
        else { throw StoreFault.damaged("no number") }
        let identity = StoreIdentity(number: UInt64(bitPattern: try row.integer(0)))
        guard userVersion == Int64(identity.userVersion) else {
            throw StoreFault.damaged("two databases in one file")
        }
        return identity
    }

    private static func begin(_ db: Database, number: UInt64) throws -> StoreIdentity {
        let identity = StoreIdentity(number: number)
        try db.inTransaction(.immediate) {
            for table in tables { try db.execute(sql: table) }
            try db.execute(
                sql: "INSERT INTO store VALUES (1, ?, ?)",
                arguments: [Int64(bitPattern: number), Data(OutboxState().encoded)])
            try db.execute(sql: "PRAGMA application_id = \(StoreIdentity.application)")
            try db.execute(sql: "PRAGMA user_version = \(identity.userVersion)")
            return .commit
        }
        // Into the file itself, so that its header can be compared with any log's from now on.
        try db.checkpoint(.passive)
        return identity
    }

    /// The oldest version that is taken over; a schema only ever moves forward.
    private static let oldestVersion: Int64 = 4

    /// Brings a database of an older version to this one. Its batches stay where they are.
    ///
    /// Version 4 had one epoch for all batches, its number; version 5 no memory of filters; version
    /// 6 had all payloads in the rows.
    private static func takeOver(_ db: Database, userVersion: Int64) throws {
        try db.inTransaction(.immediate) {
            if userVersion >> 24 == 4 {
                let old = "SELECT epoch, state FROM store WHERE id = 1"
                guard let row = try Row.fetchOne(db, sql: old) else {
                    throw StoreFault.damaged("no epoch")
                }
                let number = try row.bytes(0).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                let state = Data(try row.bytes(1))
                try db.execute(sql: "DROP TABLE store")
                for table in tables
                where table.contains("TABLE store ") || table.contains("TABLE epoch ") {
                    try db.execute(sql: table)
                }
                try db.execute(
                    sql: "INSERT INTO store VALUES (1, ?, ?)",
                    arguments: [Int64(bitPattern: number), state])
                try db.execute(
                    sql: "INSERT INTO epoch VALUES (1, ?, 1, 1, 1)",
                    arguments: [Int64(bitPattern: number)])
            }
            if userVersion >> 24 < 6 {
                for table in tables where table.contains("TABLE memory ") {
                    try db.execute(sql: table)
                }
            }
            let version = Int64(StoreIdentity.version) << 24 | userVersion & 0xFF_FFFF
            try db.execute(sql: "PRAGMA user_version = \(version)")
            return .commit
        }
        try db.checkpoint(.passive)
    }

    private static func number(_ db: Database, _ sql: String) throws -> Int64 {
        guard let row = try Row.fetchOne(db, sql: sql) else {
            throw StoreFault.damaged("no answer to \(sql)")
        }
        return try row.integer(0)
    }
}

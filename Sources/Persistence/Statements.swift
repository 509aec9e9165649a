import GRDB

/// The statements of the hot path, prepared once.
struct Statements {
    let insert: Statement
    let delete: Statement
    let saveState: Statement
    let rows: Statement
    let headers: Statement
    let headersDescending: Statement
    let newestState: Statement
    let pageCount: Statement
    let freePageCount: Statement

    /// The columns of ``BatchRow/Header``, the key before them.
    private static let header = "key, first, span, count, clock, drift"

    init(_ db: Database) throws {
        let range = "FROM batch WHERE key BETWEEN ? AND ?"
        insert = try db.makeStatement(
            sql: "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        delete = try db.makeStatement(sql: "DELETE \(range)")
        saveState = try db.makeStatement(sql: "UPDATE store SET state = ? WHERE id = 1")
        rows = try db.makeStatement(
            sql: "SELECT \(Self.header), checksum, payload, names \(range) ORDER BY key LIMIT ?")
        // `length` of a blob reads the row's own header, not the payload.
        headers = try db.makeStatement(
            sql: "SELECT \(Self.header), length(payload) \(range) ORDER BY key LIMIT ?")
        headersDescending = try db.makeStatement(
            sql: "SELECT \(Self.header), length(payload) \(range) ORDER BY key DESC LIMIT ?")
        newestState = try db.makeStatement(
            sql: "SELECT key, state \(range) ORDER BY key DESC LIMIT 1")
        pageCount = try db.makeStatement(sql: "PRAGMA page_count")
        freePageCount = try db.makeStatement(sql: "PRAGMA freelist_count")
    }
}

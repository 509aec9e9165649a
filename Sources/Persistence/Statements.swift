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
    let placed: Statement
    let placedDescending: Statement
    let pageCount: Statement
    let freePageCount: Statement
    /// Where the payloads lie that are not in their rows.
    let payloads: PayloadFile

    /// The columns of ``BatchRow/Header``, the key before them.
    private static let header = "key, first, span, count, clock, drift"

    init(_ db: Database, payloads: PayloadFile) throws {
        self.payloads = payloads
        let range = "FROM batch WHERE key BETWEEN ? AND ?"
        insert = try db.makeStatement(
            sql: "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        delete = try db.makeStatement(sql: "DELETE \(range)")
        saveState = try db.makeStatement(sql: "UPDATE store SET state = ? WHERE id = 1")
        rows = try db.makeStatement(
            sql: "SELECT \(Self.header), checksum, payload, names \(range) ORDER BY key LIMIT ?")
        // `typeof` and `length` of a blob read the row's own header, not the payload.
        let place = "iif(typeof(payload) = 'integer', payload, NULL)"
        let head = "SELECT \(Self.header), length(payload), \(place) \(range)"
        headers = try db.makeStatement(sql: "\(head) ORDER BY key LIMIT ?")
        headersDescending = try db.makeStatement(sql: "\(head) ORDER BY key DESC LIMIT ?")
        let placed = "SELECT key, payload \(range) AND typeof(payload) = 'integer' ORDER BY key"
        self.placed = try db.makeStatement(sql: "\(placed) LIMIT ?")
        placedDescending = try db.makeStatement(sql: "\(placed) DESC LIMIT ?")
        newestState = try db.makeStatement(
            sql: "SELECT key, state \(range) ORDER BY key DESC LIMIT 1")
        pageCount = try db.makeStatement(sql: "PRAGMA page_count")
        freePageCount = try db.makeStatement(sql: "PRAGMA freelist_count")
    }
}

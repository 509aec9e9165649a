import FoundationEssentials
import GRDB
import Telemetry

/// The names that batches in the database were compressed with, each kept once, under a number.
///
/// A new catalog comes with a changed site, which is seldom: no names are ever dropped.
struct StoredNames: Equatable {
    private var contents: [Int64: BatchNames] = [0: .none]

    init() {}

    /// Reads all of them. Those that are damaged are left out; their batches are unreadable then.
    init(_ db: Database) throws {
        for row in try Row.fetchAll(db, sql: "SELECT id, checksum, content FROM names") {
            let content = try row.bytes(2)
            guard try row.integer(1) == Self.checksum(of: content) else { continue }
            contents[try row.integer(0)] = BatchNames(content: content)
        }
    }

    subscript(number: Int64) -> BatchNames? { contents[number] }

    /// The number of some names; writes them down where they are new.
    mutating func number(of names: BatchNames, _ db: Database) throws -> Int64 {
        if let known = contents.first(where: { $0.value == names }) { return known.key }
        try db.execute(
            sql: "INSERT INTO names (checksum, content) VALUES (?, ?)",
            arguments: [Self.checksum(of: names.content), Data(names.content)])
        contents[db.lastInsertedRowID] = names
        return db.lastInsertedRowID
    }

    private static func checksum(of content: [UInt8]) -> Int64 {
        Int64(content.withUnsafeBytes { CyclicRedundancyCheck.checksum(of: $0) })
    }
}

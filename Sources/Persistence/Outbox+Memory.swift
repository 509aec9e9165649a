import FoundationEssentials
import GRDB
package import Telemetry

/// What the filters of destinations remember, beside their cursors.
extension Outbox {
    /// Keeps what a destination's filter remembers, and with it all cursors: none is ever before
    /// what is remembered of it.
    ///
    /// What is of a batch beyond the cursor, or too large, is not kept.
    package func remember(
        _ memory: ShareMemory, of destination: String
    ) throws(OutboxError) {
        try guarding { store throws(StoreFault) in
            guard let id = self.destinations[destination],
                memory.sequence <= self.state.cursors[id]?[.reading] ?? 0,
                memory.content.count <= ShareMemory.mostBytes
            else { return }
            var next = self.state
            next.version += 1
            try store.transaction { db, statements in
                try statements.save(next)
                try db.execute(
                    sql: "INSERT OR REPLACE INTO memory VALUES (?, ?, ?, ?)",
                    arguments: [
                        id, memory.sequence,
                        Int64(CyclicRedundancyCheck.checksum(of: memory.content)),
                        Data(memory.content),
                    ])
            }
            self.state = next
            self.hasUnsavedCursors = false
        }
    }

    /// What a destination's filter remembered when it was kept last; `nil` where that is nothing,
    /// or damaged.
    package func memory(of destination: String) throws(OutboxError) -> ShareMemory? {
        try guarding { store throws(StoreFault) in
            guard let id = self.destinations[destination] else { return nil }
            return try store.access { db, _ in
                let row = try Row.fetchOne(
                    db, sql: "SELECT sequence, checksum, content FROM memory WHERE destination = ?",
                    arguments: [id])
                guard let row else { return nil }
                let content = try row.bytes(2)
                guard
                    try row.integer(1) == Int64(CyclicRedundancyCheck.checksum(of: content))
                else { return nil }
                return ShareMemory(sequence: try row.integer(0), content: content)
            }
        }
    }
}

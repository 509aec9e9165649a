import Glibc
import Persistence
import Telemetry
import Testing

/// What was acknowledged before a process was killed is known to the next.
@Suite struct CursorNoteTests {
    /// A cache with five batches, three of them acknowledged since the last was stored, as a
    /// killed process leaves it; and the file of its cursors.
    private func withKilled(
        _ body: (_ folder: String, _ note: String) async throws -> Void
    ) async throws {
        try await withFolder { alive in
            try await withFolder { killed in
                let note = alive + "/cursors"
                let outbox = try await Outbox.forTest(in: alive)
                try await outbox.addDestination("city")
                try await outbox.noteCursors(at: note)
                for _ in 0..<5 { _ = try await outbox.append(.bytes(10)) }
                let epoch = try await outbox.epoch()
                try await outbox.advance("city", in: .reading, through: 3, epoch: epoch)
                for name in names(in: alive) where name.hasPrefix("outbox.db") {
                    try write(try contents(of: alive + "/" + name), to: killed + "/" + name)
                }
                let bytes = try contents(of: note)
                try await outbox.close()
                try write(bytes, to: note)
                try await body(killed, note)
            }
        }
    }

    private func cursor(in folder: String, note: String?) async throws -> Int64 {
        let outbox = try await Outbox.forTest(in: folder)
        if let note { try await outbox.noteCursors(at: note) }
        let cursor = try await outbox.cursor(of: "city", in: .reading)
        try await outbox.close()
        return cursor
    }

    private func expect(_ wanted: Int64, in folder: String, _ note: String?) async throws {
        let found = try await cursor(in: folder, note: note)
        #expect(found == wanted)
    }

    @Test func itIsTakenOver() async throws {
        try await withKilled { folder, note in
            try await expect(0, in: folder, nil)
            try await expect(3, in: folder, note)
        }
    }

    @Test func aNoteThatIsDamagedOrOfAnotherCacheIsNotBelieved() async throws {
        try await withKilled { folder, note in
            let whole = try contents(of: note)
            for place in whole.indices {
                var damaged = whole
                damaged[place] ^= 1
                try write(damaged, to: note)
                try await expect(0, in: folder, note)
            }
            try write(Array(whole.dropLast(4)), to: note)
            try await expect(0, in: folder, note)
            try write(whole, to: note)
            try await expect(3, in: folder, note)
        }
    }
}

import Persistence
import Telemetry
import Testing

@Suite struct OutboxMemoryTests {
    private let memory = ShareMemory(sequence: 2, content: [1, 2, 3])

    private func withOutbox(_ body: (Outbox, String) async throws -> Void) async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder)
            for name in ["city", "heat"] { try await outbox.addDestination(name) }
            for _ in 0..<3 { _ = try await outbox.append(.bytes(20)) }
            let epoch = try await outbox.epoch()
            try await outbox.advance("city", in: .reading, through: 2, epoch: epoch)
            try await body(outbox, folder)
        }
    }

    /// The power fails right after: the cursor is on the disk with it, and never before it.
    @Test func aMemoryIsThereAfterAPowerCutAndSoIsItsCursor() async throws {
        try await withOutbox { outbox, folder in
            try await outbox.remember(memory, of: "city")
            for file in ["outbox.db", "outbox.db-wal"] {
                try write(contents(of: folder + "/" + file), to: folder + "/copied-" + file)
            }
            try await outbox.close()
            for file in ["outbox.db", "outbox.db-wal"] {
                try write(contents(of: folder + "/copied-" + file), to: folder + "/" + file)
            }
            let again = try await Outbox.forTest(in: folder)
            #expect(try await again.memory(of: "city") == memory)
            #expect(try await again.cursor(of: "city", in: .reading) == 2)
            #expect(try await again.memory(of: "heat") == nil)
            try await again.close()
        }
    }

    @Test func whatIsBeyondTheCursorOrTooLargeIsNotKept() async throws {
        try await withOutbox { outbox, _ in
            try await outbox.remember(ShareMemory(sequence: 3, content: [1]), of: "city")
            try await outbox.remember(
                ShareMemory(
                    sequence: 1, content: [UInt8](repeating: 0, count: ShareMemory.mostBytes + 1)),
                of: "city")
            try await outbox.remember(memory, of: "nobody")
            #expect(try await outbox.memory(of: "city") == nil)
            #expect(try await outbox.memory(of: "nobody") == nil)
            try await outbox.remember(memory, of: "city")
            let newer = ShareMemory(sequence: 2, content: [4])
            try await outbox.remember(newer, of: "city")
            #expect(try await outbox.memory(of: "city") == newer)
            try await outbox.close()
        }
    }

    @Test func aDestinationThatGoesTakesItsMemoryAlong() async throws {
        try await withOutbox { outbox, _ in
            try await outbox.remember(memory, of: "city")
            try await outbox.removeDestination("city")
            try await outbox.addDestination("city")
            #expect(try await outbox.memory(of: "city") == nil)
            try await outbox.close()
        }
    }
}

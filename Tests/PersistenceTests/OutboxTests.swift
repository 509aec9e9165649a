import Execution
import GRDB
import Glibc
import Telemetry
import Testing

@testable import Persistence

struct OutboxTests {
    @Test func numbersEachLaneFromOne() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder)
            for expected in Int64(1)...3 {
                for lane in Lane.allCases {
                    #expect(try await outbox.append(.bytes(50, lane)).sequence == expected)
                }
            }
            try await outbox.close()
        }
    }

    @Test(arguments: ["closed", "abandoned"])
    func goesOnCountingWhenOpenedAgain(ending: String) async throws {
        try await withFolder { folder in
            var epochs: Set<String> = []
            for round in Int64(0)..<5 {
                let outbox = try await Outbox.forTest(in: folder, epoch: UInt64(round) + 7)
                epochs.insert(try await outbox.epoch())
                #expect(try await outbox.append(.bytes(900)).sequence == 2 * round + 1)
                #expect(try await outbox.append(.bytes(900)).sequence == 2 * round + 2)
                if ending == "closed" { try await outbox.close() }
            }
            #expect(epochs.count == 5)
        }
    }

    @Test func keepsEveryByteOfABatch() async throws {
        try await withFolder { folder in
            let sealed = (0..<40).map { index in
                SealedBatch.bytes(
                    index * 97, Lane.allCases[index % 3], at: .start + .seconds(index),
                    readings: index, seed: UInt64(index))
            }
            let outbox = try await Outbox.forTest(in: folder)
            for batch in sealed { _ = try await outbox.append(batch) }
            try await outbox.close()

            let again = try await Outbox.forTest(in: folder)
            for lane in Lane.allCases {
                let kept = try await again.all(in: lane)
                #expect(kept.map(\.batch) == sealed.filter { $0.lane == lane })
                #expect(kept.map(\.sequence) == Array(1...Int64(kept.count)))
                #expect(kept.allSatisfy { $0.epoch == "feed000000000001" })
            }
            try await again.close()
        }
    }

    /// GRDB turns FULL into NORMAL where it is asked for WAL.
    @Test func writesEachCommitThrough() async throws {
        try await withFolder { folder in
            let path = DatabaseFile(folder: folder).path
            let store = try BatchStore(path: path, settings: .init(), newNumber: 1)
            let settings = try store.access { db, _ in
                try ["synchronous", "journal_mode", "locking_mode", "secure_delete", "page_size"]
                    .map { try String.fetchOne(db, sql: "PRAGMA \($0)") }
            }
            #expect(settings == ["2", "wal", "exclusive", "0", "512"])
            _ = try store.transaction { _, statements in
                try statements.save(OutboxState(version: 1))
            }
            let after = try store.access { db, _ in
                try Int.fetchOne(db, sql: "PRAGMA synchronous")
            }
            #expect(after == 2)
            #expect(names(in: folder) == ["outbox.db", "outbox.db-wal"])
            store.close()
        }
    }

    @Test func readsWithinTheLimitsAndAtLeastOne() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder)
            for seed in 1...6 { _ = try await outbox.append(.bytes(1_000, seed: UInt64(seed))) }
            func read(after: Int64, limit: Int, bytes: Int) async throws -> [Int64] {
                try await outbox.batches(
                    in: .reading, after: after, limit: limit, maximumBytes: bytes
                ).map(\.sequence)
            }
            #expect(try await read(after: 0, limit: 2, bytes: .max) == [1, 2])
            #expect(try await read(after: 2, limit: 9, bytes: 2_999) == [3, 4])
            #expect(try await read(after: 2, limit: 9, bytes: 3_000) == [3, 4, 5])
            #expect(try await read(after: 4, limit: 9, bytes: 1) == [5])
            #expect(try await read(after: 6, limit: 9, bytes: .max) == [])
            #expect(try await read(after: 0, limit: 0, bytes: .max) == [])
            #expect(try await outbox.all(in: .alarm) == [])
            try await outbox.close()
        }
    }

    @Test func refusesEverythingOnceClosed() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder)
            try await outbox.close()
            try await outbox.close()
            await #expect(throws: OutboxError.closed) { try await outbox.append(.bytes(10)) }
            await #expect(throws: OutboxError.closed) { try await outbox.all(in: .reading) }
            await #expect(throws: OutboxError.closed) { try await outbox.statistics() }
        }
    }

    @Test func saysWhatIsThere() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder)
            try await outbox.addDestination("city")
            for index in 0..<4 {
                _ = try await outbox.append(.bytes(700, at: .start + .seconds(60 * index)))
            }
            _ = try await outbox.append(.bytes(30, .alarm, readings: 1))
            try await outbox.advance(
                "city", in: .reading, through: 3, epoch: outbox.epoch())

            let statistics = try await outbox.statistics()
            let readings = try #require(statistics.lanes.first { $0.lane == .reading })
            #expect(readings.batches == 4)
            #expect(readings.readings == 40)
            #expect(readings.bytes == 2_800)
            #expect(readings.sequences == 1...4)
            #expect(readings.oldest == .start)
            #expect(readings.newest == .start + .seconds(185))
            let lags = statistics.destinations
            #expect(lags.map(\.lane) == [.alarm, .event, .reading])
            #expect(lags.map(\.cursor) == [0, 0, 3])
            #expect(lags.map(\.behind) == [1, 0, 1])
            #expect(lags.map(\.waitingSince) == [.start, nil, .start + .seconds(180)])
            // The tables and the destination are commits too.
            #expect(statistics.written.commits == 6)
            #expect(statistics.written.logBytes > 4 * 700)
            try await outbox.close()
        }
    }
}

import Execution
import FoundationEssentials
import GRDB
import Glibc
import Telemetry
import Testing

@testable import Persistence

/// Caches of older versions of the program, which had all payloads in the rows.
struct OutboxVersionTests {
    @Test(arguments: [4, 5, 6])
    func takesOverACacheOfAnOlderVersion(version: Int) async throws {
        try await withFolder { folder in
            let sealed = try await Self.fill(folder, batches: 60)
            try Self.makeOld(folder, version: version)

            let outbox = try await Outbox.forTest(in: folder, epoch: 2)
            #expect(await outbox.takeReports() == [])
            for lane in Lane.allCases {
                let kept = try await outbox.all(in: lane)
                #expect(kept.map(\.batch) == sealed[lane])
                #expect(kept.allSatisfy { $0.epoch == "0000000000abcdef" })
            }
            #expect(try await outbox.cursor(of: "city", in: .reading) == 7)
            let next = SealedBatch.bytes(900, at: .start + .seconds(100))
            #expect(try await outbox.append(next).sequence == Int64(sealed.reading.count) + 1)
            #expect(try await outbox.statistics().written.payloadBytes > 900)
            try await outbox.close()

            let again = try await Outbox.forTest(in: folder, epoch: 3)
            #expect(await again.takeReports() == [])
            let kept = try await again.all(in: .reading)
            #expect(kept.map(\.batch) == sealed.reading + [next])
            #expect(kept.last?.epoch == "0000000000000002")
            try await again.close()
        }
    }

    /// The process is killed right after it took a cache over: the log knows the new version, the
    /// file still has the old one.
    @Test func isNotTakenForAnotherHalfWay() async throws {
        try await withFolder { folder in
            let sealed = try await Self.fill(folder, batches: 20)
            try Self.makeOld(folder, version: 5)
            let old = try contents(of: folder + "/outbox.db")
            let outbox = try await Outbox.forTest(in: folder, epoch: 2)
            _ = try await outbox.append(.bytes(100, .event))
            let log = try contents(of: folder + "/outbox.db-wal")
            try await outbox.close()
            try write(old, to: folder + "/outbox.db")
            try write(log, to: folder + "/outbox.db-wal")

            let again = try await Outbox.forTest(in: folder, epoch: 3)
            #expect(await again.takeReports() == [])
            #expect(try await again.all(in: .reading).map(\.batch) == sealed.reading)
            try await again.close()
        }
    }

    /// A full cache: the payloads move into their file as the old batches go, none sooner than
    /// it must, and at last the database becomes as small as it can be.
    @Test func aFullCacheMovesIntoItsNewFile() async throws {
        try await withFolder { folder in
            let bytes: Int64 = 1 << 20
            var sealed = try await Self.fill(folder, batches: 300, bytes: bytes).reading
            try Self.makeOld(folder, version: 5)
            let old = try contents(of: folder + "/outbox.db").count
            let outbox = try await Outbox.forTest(in: folder, bytes: bytes)
            let first = try await outbox.all(in: .reading).count
            for index in 0..<700 {
                let batch = SealedBatch.bytes(
                    3_000, at: .start + .seconds(1_000 + index), seed: UInt64(index))
                _ = try await outbox.append(batch)
                sealed.append(batch)
                guard index % 50 == 0 else { continue }
                let kept = try await outbox.all(in: .reading).map(\.batch)
                #expect(kept == sealed.suffix(kept.count))
                #expect(kept.count >= first * 3 / 4)
            }
            let file = try await outbox.statistics().file
            #expect(old > Int(bytes) / 2)
            #expect(file.pages * 512 < old / 4)
            #expect(file.payloadBytes > bytes / 2)
            #expect(file.pages * 512 + file.payloadBytes < bytes)
            try await outbox.close()
            let again = try await Outbox.forTest(in: folder, bytes: bytes)
            #expect(await again.takeReports() == [])
            let kept = try await again.all(in: .reading).map(\.batch)
            #expect(kept == sealed.suffix(kept.count))
            try await again.close()
        }
    }
}

extension OutboxVersionTests {
    private static func fill(
        _ folder: String, batches: Int, bytes: Int64 = 64 << 20
    ) async throws -> PerLane<[SealedBatch]> {
        let outbox = try await Outbox.forTest(in: folder, bytes: bytes, epoch: 0xABCDEF)
        try await outbox.addDestination("city")
        var sealed = PerLane<[SealedBatch]>(repeating: [])
        for index in 0..<batches {
            let lane = index % 10 == 0 ? Lane.alarm : index % 7 == 0 ? .event : .reading
            let batch = SealedBatch.bytes(
                lane == .reading ? 3_000 : 200, lane, at: .start + .seconds(index),
                seed: UInt64(index))
            let sequence = try await outbox.append(batch).sequence
            sealed[lane].append(batch)
            guard lane == .reading, sequence == 7 || bytes < 8 << 20 else { continue }
            try await outbox.advance("city", in: lane, through: sequence, epoch: outbox.epoch())
        }
        try await outbox.close()
        for lane in Lane.allCases where bytes < 8 << 20 { sealed[lane].removeAll() }
        guard bytes < 8 << 20 else { return sealed }
        let again = try await Outbox.forTest(in: folder, bytes: bytes, epoch: 0xABCDEF)
        for lane in Lane.allCases { sealed[lane] = try await again.all(in: lane).map(\.batch) }
        try await again.close()
        return sealed
    }

    /// Turns a database into what an older version would have left.
    private static func makeOld(_ folder: String, version: Int) throws {
        let path = folder + "/outbox.db"
        let payloads = try PayloadFile(path: path + PayloadFile.suffix, number: 0xABCDEF)
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            for row in try Row.fetchAll(db, sql: "SELECT key, payload, state FROM batch") {
                let payload = try row.payload(1, from: payloads)
                var state = try #require(OutboxState(decoding: try row.bytes(2)))
                state.placed = nil
                try db.execute(
                    sql: "UPDATE batch SET payload = ?, state = ? WHERE key = ?",
                    arguments: [Data(payload), Data(state.encoded), try row.integer(0)])
            }
            let store = try #require(try Row.fetchOne(db, sql: "SELECT state FROM store"))
            var state = try #require(OutboxState(decoding: try store.bytes(0)))
            state.placed = nil
            try db.execute(sql: "UPDATE store SET state = ?", arguments: [Data(state.encoded)])
            if version < 6 { try db.execute(sql: "DROP TABLE memory") }
            if version == 4 {
                try db.execute(
                    sql: """
                        DROP TABLE store; DROP TABLE epoch;
                        CREATE TABLE store (id INTEGER PRIMARY KEY, epoch BLOB NOT NULL, \
                        state BLOB NOT NULL)
                        """)
                try db.execute(
                    sql: "INSERT INTO store VALUES (1, x'0000000000ABCDEF', ?)",
                    arguments: [Data(state.encoded)])
            }
            try db.execute(sql: "PRAGMA user_version = \(version << 24 | 0xABCDEF)")
        }
        _ = try queue.writeWithoutTransaction { db in try db.checkpoint(.truncate) }
        try queue.close()
        unlink(path + PayloadFile.suffix)
    }
}

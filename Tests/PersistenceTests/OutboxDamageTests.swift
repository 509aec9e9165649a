import Execution
import GRDB
import Glibc
import Telemetry
import Testing

@testable import Persistence

struct OutboxDamageTests {
    /// Ways in which a file can be no outbox.
    enum Damage: String, CaseIterable, Sendable {
        case garbageHeader, garbage, truncated, cutInTheHeader, empty, directory, socket
        case fromTheFuture, otherProgram, otherTables, noState, badState, logOfAnother, logAlone
        case lostCursors, text
    }

    @Test(arguments: Damage.allCases)
    func setsAsideWhatCannotBeReadAndBeginsAnew(damage: Damage) async throws {
        try await withFolder { folder in
            let file = DatabaseFile(folder: folder)
            try await Self.fill(folder, batches: 30)
            try await Self.inflict(damage, on: file)
            let before = try Self.kept(in: folder)

            let outbox = try await Outbox.forTest(in: folder, epoch: 2)
            let reports = await outbox.takeReports()
            guard case .setAside(let aside, _) = reports.first, reports.count == 1 else {
                Issue.record("reports: \(reports)")
                return
            }
            #expect(aside == folder + "/outbox-set-aside-1.db")
            // Nothing is deleted: the same bytes, under another name.
            for (name, bytes) in before {
                let moved = name.replacing("outbox.db", with: "outbox-set-aside-1.db")
                #expect(try Self.bytes(folder + "/" + moved) == bytes)
            }
            #expect(try await outbox.epoch() == "0000000000000002")
            #expect(try await outbox.all(in: .reading) == [])
            #expect(try await outbox.append(.bytes(100)).sequence == 1)
            try await outbox.close()

            let again = try await Outbox.forTest(in: folder)
            #expect(await again.takeReports() == [])
            #expect(try await again.all(in: .reading).map(\.sequence) == [1])
            try await again.close()
        }
    }

    /// A power cut leaves half a frame at the end of the log, of the page that says whose it is:
    /// its head is of this log, its content of nobody's. SQLite passes it over.
    @Test(arguments: [8, 100, 512])
    func aTornFrameIsNotTheLogOfAnother(reached: Int) async throws {
        try await withFolder { folder in
            let (live, cut) = (folder + "/live", folder + "/cut")
            mkdir(live, 0o700)
            mkdir(cut, 0o700)
            let outbox = try await Outbox.forTest(in: live, epoch: 1)
            for index in 0..<5 { _ = try await outbox.append(.bytes(900, seed: UInt64(index))) }
            for name in names(in: live) where name != "outbox.reserve" {
                try write(contents(of: live + "/" + name), to: cut + "/" + name)
            }
            let before = try await outbox.all(in: .reading)
            try await outbox.close()

            var log = try contents(of: cut + "/outbox.db-wal")
            let salts = log[16..<24]
            // Page 1, of a commit; the salts, no checksum that holds, and what has come of it.
            log += [0, 0, 0, 1, 0, 0, 0, 9] + salts + [UInt8](repeating: 7, count: 8)
            log += [UInt8](repeating: 0xA5, count: reached)
            log += [UInt8](repeating: 0, count: 512 - reached)
            try write(log, to: cut + "/outbox.db-wal")
            let again = try await Outbox.forTest(in: cut, epoch: 2)
            #expect(await again.takeReports() == [])
            #expect(try await again.all(in: .reading) == before)
            try await again.close()
        }
    }

    @Test func setsAsideAgainUnderAnotherName() async throws {
        try await withFolder { folder in
            for number in 1...3 {
                try write(Array("no database".utf8), to: folder + "/outbox.db")
                let outbox = try await Outbox.forTest(in: folder)
                let aside = "\(folder)/outbox-set-aside-\(number).db"
                let reports = await outbox.takeReports()
                #expect(reports.count == 1)
                if case .setAside(let file, _) = reports.first { #expect(file == aside) }
                try await outbox.close()
            }
        }
    }

    /// Single pages overwritten: whatever is still handed out is what was once stored; what is
    /// not is reported; and the outbox goes on.
    @Test(arguments: UInt64(0)..<60)
    func handsOutNoFlippedByte(seed: UInt64) async throws {
        try await withFolder { folder in
            var random = SeededRandom(seed: seed)
            let sealed = try await Self.fill(folder, batches: 60)
            var bytes = try contents(of: folder + "/outbox.db")
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let page = Int.random(in: 0..<bytes.count / 512, using: &random) * 512
                let span = [1, 20, 512].randomElement(using: &random) ?? 1
                let start = page + Int.random(in: 0...512 - span, using: &random)
                for index in start..<start + span {
                    bytes[index] ^= UInt8.random(in: 1...255, using: &random)
                }
            }
            try write(bytes, to: folder + "/outbox.db")
            let path = folder + "/outbox.db" + PayloadFile.suffix
            var payloads = try contents(of: path)
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                payloads[Int.random(in: 4_096..<payloads.count, using: &random)] ^= 4
            }
            try write(payloads, to: path)

            let outbox = try await Outbox.forTest(in: folder, epoch: 2)
            try await outbox.addDestination("city")
            var kept: [StoredBatch] = []
            for lane in Lane.allCases { kept += try await outbox.all(in: lane) }
            for stored in kept {
                #expect(sealed[stored.batch.lane].contains(stored.batch))
            }
            let appended = try await outbox.append(.bytes(500, at: .start + .seconds(9_999)))
            let isReplaced = names(in: folder).contains("outbox-set-aside-1.db")
            let expected = Int64(isReplaced ? 0 : sealed.reading.count) + 1
            #expect(appended.sequence == expected)
            let total = Lane.allCases.reduce(0) { $0 + sealed[$1].count }
            if kept.count < total { #expect(!appended.reports.isEmpty) }
            try await outbox.close()
        }
    }

    /// Damage met while running: the database is replaced under the feet of its users.
    @Test func replacesADatabaseThatBreaksWhileItIsOpen() async throws {
        try await withFolder { folder in
            let sealed = try await Self.fill(folder, batches: 300)
            let outbox = try await Outbox.forTest(in: folder, epoch: 2)
            try await outbox.addDestination("city")
            let file = open(folder + "/outbox.db", O_WRONLY)
            let noise = [UInt8](repeating: 0xA5, count: 512)
            for page in 2..<2_000 { _ = pwrite(file, noise, 512, off_t(page * 512)) }
            close(file)

            let found = try await outbox.all(in: .reading)
            #expect(found.count < sealed.reading.count)
            _ = try await outbox.append(.bytes(10))
            #expect(try await outbox.epoch() == "0000000000000002")
            #expect(await outbox.destinationNames == ["city"])
            #expect(try await outbox.cursor(of: "city", in: .reading) == 0)
            #expect(names(in: folder).contains("outbox-set-aside-1.db"))
            try await outbox.close()
        }
    }

    @Test func takesABatchOutThatIsDamagedAndSaysSo() async throws {
        try await withFolder { folder in
            let sealed = try await Self.fill(folder, batches: 30)
            let path = folder + "/outbox.db" + PayloadFile.suffix
            var bytes = try contents(of: path)
            let lost: Int64 = 4
            let end = Array(sealed.reading[3].payload.suffix(12))
            let place = try #require(
                bytes.indices.first { bytes[$0...].starts(with: end) })
            bytes[place] ^= 1
            try write(bytes, to: path)
            let outbox = try await Outbox.forTest(in: folder)
            try await outbox.addDestination("city")
            let head = await outbox.head(of: .reading)
            let kept = try await outbox.all(in: .reading).map(\.sequence)
            #expect(kept == (1...head).filter { $0 != lost })

            let reports = try await outbox.append(.bytes(10)).reports
            guard case .gap(let gap) = reports.first else {
                Issue.record("no gap")
                return
            }
            #expect(gap.reason == .damaged)
            #expect(gap.sequences == lost...lost)
            #expect(gap.missedBy == ["city"])
            let statistics = try await outbox.statistics()
            #expect(statistics.lanes.map(\.batches).last == head)
            #expect(try await outbox.all(in: .event).last?.batch.clock == .right)
            #expect(try await outbox.append(.bytes(10)).reports == [])
            try await outbox.close()
        }
    }
}

extension OutboxDamageTests {
    /// Fills an outbox and closes it.
    @discardableResult
    private static func fill(
        _ folder: String, batches: Int
    ) async throws -> PerLane<[SealedBatch]> {
        let outbox = try await Outbox.forTest(in: folder, epoch: 0xABCDEF)
        var sealed = PerLane<[SealedBatch]>(repeating: [])
        for index in 0..<batches {
            let lane = index % 10 == 0 ? Lane.alarm : index % 7 == 0 ? .event : .reading
            let batch = SealedBatch.bytes(
                200 + index * 17 % 1_900, lane, at: .start + .seconds(index), seed: UInt64(index))
            _ = try await outbox.append(batch)
            sealed[lane].append(batch)
        }
        try await outbox.close()
        return sealed
    }

    private static func inflict(_ damage: Damage, on file: DatabaseFile) async throws {
        let path = file.path
        var bytes = try contents(of: path)
        switch damage {
        case .garbageHeader:
            bytes.replaceSubrange(0..<100, with: (0..<100).map { UInt8($0) &* 37 })
        case .garbage: bytes = bytes.map { $0 &* 73 &+ 11 }
        case .truncated: bytes.removeLast(bytes.count / 2)
        case .cutInTheHeader: bytes.removeLast(bytes.count - 40)
        case .empty: bytes = []
        case .text: bytes = Array("serial: /dev/ttyS1\n".utf8)
        case .directory:
            unlink(path)
            mkdir(path, 0o700)
            try write([1, 2, 3], to: path + "/inside")
            return
        case .socket:
            unlink(path)
            guard mkfifo(path, 0o600) == 0 else { throw FixtureError(code: errno) }
            return
        case .fromTheFuture: bytes[60] = 0xFF
        case .otherProgram: bytes[68] ^= 0xFF
        case .otherTables: return try execute("ALTER TABLE batch ADD COLUMN extra", path)
        case .noState: return try execute("DELETE FROM store", path)
        case .badState: return try execute("UPDATE batch SET state = x'FFFFFF'", path)
        case .lostCursors:
            return try execute("INSERT INTO destination VALUES (7, 'ghost')", path)
        case .logAlone, .logOfAnother:
            try await withFolder { other in
                let outbox = try await Outbox.forTest(in: other, epoch: 0x123456)
                for _ in 0..<20 { _ = try await outbox.append(.bytes(3_000)) }
                try write(contents(of: other + "/outbox.db-wal"), to: path + "-wal")
                try await outbox.close()
            }
            if damage == .logAlone { unlink(path) }
            return
        }
        try write(bytes, to: path)
    }

    private static func execute(_ sql: String, _ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: sql)
            try db.checkpoint(.truncate)
        }
        try queue.close()
    }

    /// The files of the database and their bytes; `nil` for what is not a file.
    private static func kept(in folder: String) throws -> [(name: String, bytes: [UInt8]?)] {
        try names(in: folder).map { (name: $0, bytes: try bytes(folder + "/" + $0)) }
    }

    private static func bytes(_ path: String) throws -> [UInt8]? {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw FixtureError(code: errno) }
        return status.st_mode & S_IFMT == S_IFREG ? try contents(of: path) : nil
    }
}

import Execution
import Glibc
import Telemetry
import Testing

@testable import Persistence

/// The payloads of readings, which lie in a file beside the database.
struct OutboxPayloadTests {
    private static let limit: Int64 = 512 * 1_024

    /// The file comes round some seven times, in pieces of all sizes, and is opened anew at any
    /// point: what is kept is what was stored, and what went was the oldest.
    @Test(arguments: UInt64(0)..<3)
    func keepsTheNewestWhereverTheFileComesRound(seed: UInt64) async throws {
        try await withFolder { folder in
            var random = SeededRandom(seed: seed)
            var outbox = try await Outbox.forTest(in: folder, bytes: Self.limit)
            var sealed: [SealedBatch] = []
            let longest = [400, 4_000, 40_000][Int(seed % 3)]
            for index in 0..<(1_000_000 / longest) {
                let batch = SealedBatch.bytes(
                    Int.random(in: 1...longest, using: &random),
                    at: .start + .seconds(index), seed: random.next())
                #expect(try await outbox.append(batch).reports == [])
                sealed.append(batch)
                if Int.random(in: 0..<200, using: &random) == 0 {
                    try await outbox.close()
                    outbox = try await Outbox.forTest(in: folder, bytes: Self.limit)
                }
                guard index % 61 == 0 else { continue }
                let kept = try await outbox.all(in: .reading).map(\.batch)
                #expect(kept == sealed.suffix(kept.count))
                #expect(try Self.bytes(of: folder) <= Self.limit)
            }
            let kept = try await outbox.all(in: .reading).map(\.batch)
            #expect(kept == sealed.suffix(kept.count))
            #expect(kept.reduce(0) { $0 + $1.payload.count } > Int(Self.limit) / 4)
            try await outbox.close()
        }
    }

    /// A cut between the payload and its row: whatever part of the payload reached the disk, what
    /// was acknowledged is there, and the next batch takes the place.
    @Test(arguments: [1, 700, 4_096, 6_000])
    func aPayloadWithoutItsRowIsOverwritten(reached: Int) async throws {
        try await withFolder { folder in
            var sealed: [SealedBatch] = []
            for round in 0..<60 {
                let outbox = try await Outbox.forTest(in: folder, bytes: 256 * 1_024)
                for _ in 0..<5 {
                    let batch = SealedBatch.bytes(
                        3_000, at: .start + .seconds(sealed.count), seed: UInt64(sealed.count))
                    _ = try await outbox.append(batch)
                    sealed.append(batch)
                }
                // What the next append does first, but for the row.
                let file = await outbox.file.path + PayloadFile.suffix
                let ring = await outbox.ring
                let end = Int64(try contents(of: file).count)
                try await outbox.close()
                if let place = ring.place(for: 6_000, end: end, limit: end) {
                    let noise = [UInt8](repeating: UInt8(round), count: reached)
                    let descriptor = open(file, O_WRONLY)
                    #expect(pwrite(descriptor, noise, reached, off_t(place.offset)) == reached)
                    close(descriptor)
                }
                let again = try await Outbox.forTest(in: folder, bytes: 256 * 1_024)
                let kept = try await again.all(in: .reading).map(\.batch)
                #expect(kept == sealed.suffix(kept.count))
                #expect(kept.count >= min(sealed.count, 15))
                #expect(await again.takeReports() == [])
                try await again.close()
            }
        }
    }

    /// Ways in which the file can be wrong while the database is right.
    enum Damage: String, CaseIterable, Sendable {
        case missing, empty, cutInTheHead, foreign, ofAnother, directory, link, shortened, older
    }

    @Test(arguments: Damage.allCases)
    func batchesWhosePayloadIsLostBecomeAGap(damage: Damage) async throws {
        try await withFolder { folder in
            let path = folder + "/outbox.db" + PayloadFile.suffix
            let outbox = try await Outbox.forTest(in: folder, bytes: 256 * 1_024)
            try await outbox.addDestination("city")
            for index in Int64(1)...20 {
                let batch = SealedBatch.bytes(
                    3_000, at: .start + .seconds(index), seed: UInt64(index))
                _ = try await outbox.append(batch)
            }
            _ = try await outbox.append(.bytes(300, .alarm))
            let older = try contents(of: path)
            for index in Int64(21)...60 {
                let batch = SealedBatch.bytes(
                    3_000, at: .start + .seconds(index), seed: UInt64(index))
                _ = try await outbox.append(batch)
            }
            let before = try await outbox.all(in: .reading)
            let events = try await outbox.all(in: .event).count
            try await outbox.close()
            try Self.inflict(damage, on: path, older: older)

            let again = try await Outbox.forTest(in: folder, bytes: 256 * 1_024)
            let found = try await again.all(in: .reading)
            let isKept = [Damage.shortened, .older].contains(damage)
            #expect(found.isEmpty == !isKept)
            #expect(found.allSatisfy { before.contains($0) })
            let reports = try await again.append(.bytes(100)).reports
            var missing: Set<Int64> = []
            for case .gap(let gap) in reports {
                #expect(gap.reason == .damaged)
                #expect(gap.missedBy == ["city"])
                missing.formUnion(gap.sequences)
            }
            let lost = Set(before.map(\.sequence)).subtracting(found.map(\.sequence))
            #expect(!lost.isEmpty && missing.isSuperset(of: lost))
            #expect(missing.isDisjoint(with: found.map(\.sequence)))
            let aside = reports.filter { if case .setAside = $0 { true } else { false } }
            #expect(
                aside.count == ([.foreign, .ofAnother, .directory, .link].contains(damage) ? 1 : 0))
            // One event tells of batches side by side, and the alarm has lost nothing.
            let gaps = reports.count - aside.count
            #expect(try await again.all(in: .event).count == events + gaps)
            #expect(gaps == 1 || isKept)
            #expect(try await again.all(in: .alarm).count == 1)
            let statistics = try await again.statistics()
            #expect(statistics.lanes.last?.batches == Int64(found.count) + 1)
            #expect(statistics.written.payloadBytes > 0)
            try await again.close()

            let last = try await Outbox.forTest(in: folder, bytes: 256 * 1_024)
            #expect(await last.takeReports() == [])
            #expect(
                try await last.all(in: .reading).map(\.sequence) == found.map(\.sequence) + [61])
            try await last.close()
        }
    }

    /// The end of a file that has not come round yet is lost: what lies before it is there, and is
    /// not overwritten for that.
    @Test func whatAShortenedFileStillHasIsKept() async throws {
        try await withFolder { folder in
            let path = folder + "/outbox.db" + PayloadFile.suffix
            let outbox = try await Outbox.forTest(in: folder)
            try await outbox.addDestination("city")
            for index in Int64(1)...60 {
                _ = try await outbox.append(
                    .bytes(3_000, at: .start + .seconds(index), seed: UInt64(index)))
            }
            let before = try await outbox.all(in: .reading)
            try await outbox.close()
            let start = Array(before[29].batch.payload.prefix(16))
            let bytes = try contents(of: path)
            let place = try #require(bytes.indices.first { bytes[$0...].starts(with: start) })
            #expect(truncate(path, place + 1_500) == 0)

            let again = try await Outbox.forTest(in: folder)
            var gaps: [ClosedRange<Int64>] = []
            for index in Int64(61)...70 {
                let appended = try await again.append(
                    .bytes(3_000, at: .start + .seconds(index), seed: UInt64(index)))
                for case .gap(let gap) in appended.reports { gaps.append(gap.sequences) }
                if index == 65 { _ = try await again.all(in: .reading) }
            }
            let kept = try await again.all(in: .reading)
            #expect(kept.prefix(29) == before.prefix(29))
            #expect(kept.map(\.sequence) == Array(1...29) + Array(61...70))
            #expect(gaps == [30...60])
            try await again.close()
        }
    }

    /// Events have room as if all lay in one file: readings give way, and so does the file.
    @Test func eventsTakeTheRoomOfReadings() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder, bytes: Self.limit)
            try await outbox.addDestination("city")
            for index in 0..<200 {
                _ = try await outbox.append(.bytes(3_000, at: .start + .seconds(index)))
            }
            let readings = try await outbox.all(in: .reading).count
            for index in 0..<100 {
                _ = try await outbox.append(.bytes(2_000, .event, at: .start + .seconds(index)))
                let blocks = try Self.blocks(of: folder)
                #expect(blocks <= Self.limit * 9 / 8)
            }
            let events = try await outbox.all(in: .event).count { $0.batch.payload.count == 2_000 }
            #expect(events == 100)
            #expect(try await outbox.all(in: .reading).count < readings / 2)
            // And the readings take it back.
            for index in 0..<400 {
                let appended = try await outbox.append(
                    .bytes(3_000, at: .start + .seconds(1_000 + index)))
                let epoch = try await outbox.epoch()
                for lane in [Lane.event, .reading] {
                    try await outbox.advance(
                        "city", in: lane, through: await outbox.head(of: lane), epoch: epoch)
                }
                #expect(appended.sequence == Int64(201 + index))
            }
            #expect(try await outbox.all(in: .reading).count > readings * 3 / 4)
            let blocks = try Self.blocks(of: folder)
            #expect(blocks <= Self.limit * 9 / 8)
            try await outbox.close()
        }
    }

    /// A payload longer than a third of the file lies in its row, as those of the other lanes do.
    @Test func whatIsTooLongForTheFileLiesInItsRow() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder, bytes: Self.limit)
            let sizes = [90_000, 100, 150_000, 3_000]
            let sealed = sizes.enumerated().map { index, size in
                SealedBatch.bytes(size, at: .start + .seconds(index), seed: UInt64(size))
            }
            for batch in sealed { _ = try await outbox.append(batch) }
            let kept = try await outbox.all(in: .reading).map(\.batch)
            #expect(kept == sealed)
            try await outbox.close()
        }
    }
}

extension OutboxPayloadTests {
    private static func inflict(_ damage: Damage, on path: String, older: [UInt8]) throws {
        var bytes = try contents(of: path)
        switch damage {
        case .missing:
            unlink(path)
            return
        case .directory:
            unlink(path)
            mkdir(path, 0o700)
            return
        case .link:
            rename(path, path + ".elsewhere")
            symlink(path + ".elsewhere", path)
            return
        case .empty: bytes = []
        case .cutInTheHead: bytes.removeLast(bytes.count - 100)
        case .foreign: bytes.replaceSubrange(0..<4, with: [1, 2, 3, 4])
        case .ofAnother: bytes[17] ^= 1
        case .shortened: bytes.removeLast(bytes.count / 2)
        case .older: bytes.replaceSubrange(0..<older.count, with: older)
        }
        try write(bytes, to: path)
    }

    /// The lengths of all files.
    private static func bytes(of folder: String) throws -> Int {
        try names(in: folder).reduce(0) { $0 + (try contents(of: folder + "/" + $1).count) }
    }

    /// What all files take on the disk.
    private static func blocks(of folder: String) throws -> Int64 {
        try names(in: folder).reduce(0) { sum, name in
            var status = stat()
            guard stat(folder + "/" + name, &status) == 0 else { throw FixtureError(code: errno) }
            return sum + Int64(status.st_blocks) * 512
        }
    }
}

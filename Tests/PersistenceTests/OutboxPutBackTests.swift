import Execution
import Glibc
import Telemetry
import Testing

@testable import Persistence

/// State folders of which all or a part is put back from an older copy, or from a clone: what does
/// not belong together is a loss that is told, never a wrong reading.
struct OutboxPutBackTests {
    enum What: CaseIterable, Sendable {
        /// The folder as it was, or the database or the payloads alone.
        case both, database, payloads
        /// The database, and the payloads of a clone that went on by itself.
        case payloadsOfAClone
    }

    @Test(arguments: What.allCases, UInt64(0)..<2)
    func whatDoesNotBelongTogetherIsTold(what: What, seed: UInt64) async throws {
        try await withFolder { root in
            var life = PutBackLife(random: SeededRandom(seed: seed))
            let (now, old, clone) = (root + "/now", root + "/old", root + "/clone")
            mkdir(now, 0o700)
            var outbox = try await Outbox.forTest(in: now, bytes: PutBackLife.bytes, epoch: 1)
            try await outbox.addDestination("city")
            try await life.append(Int.random(in: 20...200, using: &life.random), to: outbox)
            try Self.copy(now, to: old)
            try Self.copy(now, to: clone)
            let toldThen = life.told
            // From a few to so many that the file comes round twice.
            try await life.append(Int.random(in: 5...150, using: &life.random), to: outbox)
            if what == .payloadsOfAClone {
                let other = try await Outbox.forTest(in: clone, bytes: PutBackLife.bytes, epoch: 2)
                var life = PutBackLife(random: SeededRandom(seed: ~seed))
                try await life.append(Int.random(in: 5...150, using: &life.random), to: other)
                try await other.close()
            }
            try await outbox.close()

            let database = ["outbox.db", "outbox.db-wal"]
            switch what {
            case .both:
                try Self.put(database + ["outbox.db-payloads"], of: old, into: now)
                life.told = toldThen
            case .database:
                try Self.put(database, of: old, into: now)
                life.told = toldThen
            case .payloads: try Self.put(["outbox.db-payloads"], of: old, into: now)
            case .payloadsOfAClone: try Self.put(["outbox.db-payloads"], of: clone, into: now)
            }

            outbox = try await Outbox.forTest(in: now, bytes: PutBackLife.bytes, epoch: 3)
            let headThen = await outbox.head(of: .reading)
            let found = try await outbox.all(in: .reading).map(\.sequence)
            try await life.check(outbox, through: headThen, isComplete: false)
            if what == .both { #expect(found.count > 15) }
            try await life.append(150, to: outbox)
            try await life.check(outbox, through: headThen, isComplete: true)
            #expect(names(in: now).allSatisfy { !$0.contains("aside") })
            try await outbox.close()
        }
    }

    private static func copy(_ folder: String, to copy: String) throws {
        mkdir(copy, 0o700)
        for name in names(in: folder) where !name.hasSuffix("reserve") {
            try write(contents(of: folder + "/" + name), to: copy + "/" + name)
        }
    }

    private static func put(_ files: [String], of copy: String, into folder: String) throws {
        for name in files {
            unlink(folder + "/" + name)
            guard names(in: copy).contains(name) else { continue }
            try write(contents(of: copy + "/" + name), to: folder + "/" + name)
        }
    }
}

/// What was stored under which key, and what was said to have gone.
private struct PutBackLife {
    static let bytes: Int64 = 256 * 1_024

    var random: SeededRandom
    var stored: [String: [UInt8]] = [:]
    var told: Set<Int64> = []
    private var time = Timestamp.start

    init(random: SeededRandom) { self.random = random }

    mutating func append(_ count: Int, to outbox: Outbox) async throws {
        for _ in 0..<count {
            time = time + .seconds(60)
            let batch = SealedBatch.bytes(
                Int.random(in: 2_500...3_500, using: &random), at: time, seed: random.next())
            let appended = try await outbox.append(batch)
            stored["\(try await outbox.epoch()) \(appended.sequence)"] = batch.payload
            for case .gap(let gap) in appended.reports where gap.lane == .reading {
                told.formUnion(gap.sequences)
            }
        }
    }

    /// Whatever is handed out is what was stored under its key; whatever is missing was told.
    func check(_ outbox: Outbox, through head: Int64, isComplete: Bool) async throws {
        let kept = try await outbox.all(in: .reading)
        for batch in kept {
            #expect(stored["\(batch.epoch) \(batch.sequence)"] == batch.batch.payload)
        }
        guard isComplete else { return }
        let missing = Set(1...head).subtracting(kept.map(\.sequence)).subtracting(told)
        #expect(missing.isEmpty)
    }
}

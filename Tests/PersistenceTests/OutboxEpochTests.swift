import Execution
import Glibc
import Telemetry
import Testing

@testable import Persistence

struct OutboxEpochTests {
    @Test func anEpochBeginsWithEachOpeningAndTheNumbersGoOn() async throws {
        try await withFolder { folder in
            for round in UInt64(1)...4 {
                let outbox = try await Outbox.forTest(in: folder, epoch: round)
                #expect(try await outbox.epoch() == Epochs.text(round))
                // One that nothing is stored in is no epoch.
                if round != 2 { _ = try await outbox.append(.bytes(50)) }
                try await outbox.close()
            }
            let outbox = try await Outbox.forTest(in: folder, epoch: 5)
            let kept = try await outbox.all(in: .reading)
            #expect(kept.map(\.sequence) == [1, 2, 3])
            #expect(kept.map(\.epoch) == [1, 3, 4].map(Epochs.text))
            try await outbox.close()
        }
    }

    @Test func anEpochIsForgottenWithItsLastBatch() async throws {
        try await withFolder { folder in
            for round in UInt64(1)...40 {
                let outbox = try await Outbox.forTest(
                    in: folder, bytes: 256 * 1_024, epoch: round)
                for _ in 0..<8 { _ = try await outbox.append(.bytes(4_000)) }
                try await outbox.close()
            }
            let outbox = try await Outbox.forTest(in: folder, bytes: 256 * 1_024, epoch: 99)
            _ = try await outbox.append(.bytes(10))
            let epochs = await outbox.epochs.all
            let oldest = try #require(try await outbox.all(in: .reading).first)
            #expect(epochs.count < 12)
            #expect(epochs.first.map { Epochs.text($0.name) } == oldest.epoch)
            try await outbox.close()
        }
    }

    /// What a disk that lied, or somebody with a copy, makes of a state folder.
    enum PutBack: CaseIterable, Sendable {
        case olderCopy, logCut, logFlipped, logEmptied, logGone
    }

    /// The platform has later batches than the folder that is put back: no key that it has is ever
    /// used for other content.
    @Test(arguments: PutBack.allCases, UInt64(0)..<5)
    func noKeyIsUsedForOtherContent(what: PutBack, seed: UInt64) async throws {
        try await withFolder { root in
            var random = SeededRandom(seed: seed)
            var platform: [String: [UInt8]] = [:]
            var folder = root + "/0"
            mkdir(folder, 0o700)
            let cursors = root + "/cursors"
            for round in 1...4 {
                let outbox = try await Outbox.forTest(
                    in: folder, bytes: 512 * 1_024, epoch: random.next(), cursorFile: cursors)
                try await outbox.addDestination("city")
                var copy: String?
                let copyAt = Int.random(in: 0..<40, using: &random)
                for step in 0..<40 {
                    if step == copyAt, what == .olderCopy {
                        copy = "\(root)/\(round)"
                        try Self.copy(folder, to: copy ?? "")
                    }
                    try await Self.work(outbox, &platform, &random)
                }
                // The process dies here; what lies on the disk is made older than it was.
                if copy == nil {
                    copy = "\(root)/\(round)"
                    try Self.copy(folder, to: copy ?? "")
                    try Self.damage(what, (copy ?? "") + "/outbox.db-wal", &random)
                }
                try await outbox.close()
                folder = copy ?? folder
            }
            #expect(platform.count > 100)
        }
    }

    private static func work(
        _ outbox: Outbox, _ platform: inout [String: [UInt8]], _ random: inout SeededRandom
    ) async throws {
        let lane = Lane.allCases.randomElement(using: &random) ?? .reading
        _ = try await outbox.append(
            .bytes(Int.random(in: 1...3_000, using: &random), lane, seed: random.next()))
        // At times the network is down.
        guard Int.random(in: 0..<3, using: &random) > 0 else { return }
        let after = try await outbox.cursor(of: "city", in: lane)
        for stored in try await outbox.batches(
            in: lane, after: after, limit: 9, maximumBytes: .max)
        {
            let key = "\(stored.epoch)/\(lane.rawValue)/\(stored.sequence)"
            if let had = platform[key] { #expect(had == stored.batch.payload, "\(key)") }
            platform[key] = stored.batch.payload
            guard Bool.random(using: &random) else { continue }
            try await outbox.advance(
                "city", in: lane, through: stored.sequence, epoch: stored.epoch)
        }
    }

    private static func copy(_ folder: String, to copy: String) throws {
        mkdir(copy, 0o700)
        for name in names(in: folder) where !name.hasSuffix("reserve") {
            try write(contents(of: folder + "/" + name), to: copy + "/" + name)
        }
    }

    private static func damage(
        _ what: PutBack, _ log: String, _ random: inout SeededRandom
    ) throws {
        var bytes = try contents(of: log)
        switch what {
        case .olderCopy: return
        case .logCut: bytes.removeLast(bytes.count * 4 / 10)
        case .logFlipped:
            let place = Int.random(in: max(0, bytes.count - 4_096)..<bytes.count, using: &random)
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case .logEmptied: bytes = []
        case .logGone:
            unlink(log)
            return
        }
        try write(bytes, to: log)
    }
}

extension OutboxEpochTests {
    @Test(arguments: UInt64(0)..<200)
    func findsTheEpochOfEachBatch(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var epochs = Epochs()
        var heads = PerLane<Int64>(repeating: 0)
        var given = PerLane<[UInt64]>(repeating: [])
        for name in UInt64(1)...20 {
            let begun = epochs.begin(name, after: heads)
            #expect(begun?.name == name)
            #expect(epochs.begin(name, after: heads) == nil)
            for lane in Lane.allCases {
                for _ in 0..<Int.random(in: 0...5, using: &random) {
                    heads[lane] += 1
                    given[lane].append(name)
                }
            }
        }
        var oldest = PerLane<Int64>(repeating: 1)
        for lane in Lane.allCases {
            oldest[lane] = Int64.random(in: 1...heads[lane] + 1, using: &random)
        }
        _ = epochs.forget(before: oldest)
        for lane in Lane.allCases {
            for sequence in oldest[lane]..<heads[lane] + 1 {
                #expect(epochs[lane, sequence] == given[lane][Int(sequence) - 1])
            }
        }
    }
}

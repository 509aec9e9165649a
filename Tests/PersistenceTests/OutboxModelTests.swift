import Execution
import Glibc
import Telemetry
import Testing

@testable import Persistence

/// Random lives of an outbox beside a model that is only arrays.
struct OutboxModelTests {
    @Test(arguments: UInt64(0)..<40)
    func agreesWithTheModel(seed: UInt64) async throws {
        try await withFolder { folder in
            var life = try await Life(folder: folder + "/0", seed: seed)
            for _ in 0..<250 { try await life.step() }
            try await life.check()
            try await life.outbox.close()
        }
    }
}

/// An outbox, and what it must hold.
private struct Life {
    var folder: String
    var outbox: Outbox
    var random: SeededRandom
    var time = Timestamp.start
    var moves = 0
    /// All that was ever appended, by lane; events the outbox made itself are `nil`.
    var appended = PerLane<[SealedBatch?]>(repeating: [])
    /// What each destination acknowledged, and what of it was surely written down.
    var cursors: [String: PerLane<Int64>] = [:]
    var saved: [String: PerLane<Int64>] = [:]
    /// The numbers that gaps were reported for.
    var gaps = PerLane<Set<Int64>>(repeating: [])

    init(folder: String, seed: UInt64) async throws {
        self.folder = folder
        random = SeededRandom(seed: seed)
        mkdir(folder, 0o700)
        outbox = try await Self.open(folder)
    }

    static func open(_ folder: String) async throws -> Outbox {
        try await Outbox.forTest(in: folder, bytes: 256 * 1_024, age: .seconds(3_000))
    }

    mutating func step() async throws {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<60: try await append()
        case 60..<80: try await advance()
        case 80..<84: try await changeDestinations()
        case 84..<88:
            try await outbox.flush()
            saved = cursors
        case 88..<90:
            try await outbox.close()
            saved = cursors
            outbox = try await Self.open(folder)
        case 90..<94: try await cutPower()
        default: try await check()
        }
    }

    private mutating func append() async throws {
        let lanes: [Lane] = [.alarm, .event, .reading, .reading, .reading]
        let lane = lanes.randomElement(using: &random)
        time = time + .milliseconds(Int.random(in: 0...60_000, using: &random))
        let batch = SealedBatch.bytes(
            Int.random(in: 0...6_000, using: &random), lane ?? .reading, at: time,
            readings: Int.random(in: 0...99, using: &random), seed: random.next())
        let result = try await outbox.append(batch)
        for case .gap(let gap) in result.reports {
            for sequence in gap.sequences {
                #expect(!gaps[gap.lane].contains(sequence))
                #expect(!gap.missedBy.isEmpty)
                for name in gap.missedBy {
                    #expect((cursors[name]?[gap.lane] ?? .max) < sequence)
                }
                gaps[gap.lane].insert(sequence)
            }
            appended.event.append(nil)
        }
        appended[batch.lane].append(batch)
        #expect(result.sequence == Int64(appended[batch.lane].count))
        saved = cursors
    }

    private mutating func advance() async throws {
        guard let name = cursors.keys.sorted().randomElement(using: &random),
            let lane = Lane.allCases.randomElement(using: &random)
        else { return }
        let target = Int64.random(in: 0...Int64(appended[lane].count), using: &random)
        try await outbox.advance(name, in: lane, through: target, epoch: outbox.epoch())
        let reached = max(target, cursors[name]?[lane] ?? 0)
        cursors[name]?[lane] = reached
    }

    private mutating func changeDestinations() async throws {
        let name = ["city", "gas", "heat"].randomElement(using: &random) ?? ""
        if cursors[name] == nil {
            try await outbox.addDestination(name)
            cursors[name] = PerLane(repeating: 0)
        } else {
            try await outbox.removeDestination(name)
            cursors[name] = nil
        }
        saved = cursors
    }

    /// Goes on with a copy of the files as they are at this moment.
    private mutating func cutPower() async throws {
        moves += 1
        let copy = folder.replacing("/\(moves - 1)", with: "/\(moves)")
        mkdir(copy, 0o700)
        for name in names(in: folder) {
            try write(contents(of: folder + "/" + name), to: copy + "/" + name)
        }
        try await outbox.close()
        folder = copy
        outbox = try await Self.open(folder)
        for (name, written) in saved {
            for lane in Lane.allCases {
                // A cursor may lag, but not behind what was written, nor run ahead.
                let found = try await outbox.cursor(of: name, in: lane)
                #expect(found >= written[lane])
                #expect(found <= cursors[name]?[lane] ?? -1)
                cursors[name]?[lane] = found
            }
        }
    }

    /// What is there is what was appended; what is not was delivered, too old, or is a known gap.
    func check() async throws {
        let statistics = try await outbox.statistics()
        #expect(statistics.file.pages * 512 <= 256 * 1_024)
        #expect(await outbox.takeReports() == [])
        #expect(await Set(outbox.destinationNames) == Set(cursors.keys))
        for lane in Lane.allCases {
            let kept = try await outbox.all(in: lane)
            let head = Int64(appended[lane].count)
            #expect(await outbox.head(of: lane) == head)
            #expect(kept.map(\.sequence) == Array((head - Int64(kept.count) + 1)..<(head + 1)))
            for stored in kept {
                let expected = appended[lane][Int(stored.sequence) - 1]
                if let expected { #expect(stored.batch == expected) }
                #expect(!gaps[lane].contains(stored.sequence))
            }
            for (name, cursor) in cursors {
                #expect(try await outbox.cursor(of: name, in: lane) == cursor[lane])
            }
            let content = try #require(statistics.lanes.first { $0.lane == lane })
            #expect(content.batches == Int64(kept.count))
            #expect(content.readings == kept.reduce(0) { $0 + Int64($1.batch.count) })
            #expect(content.bytes == kept.reduce(0) { $0 + Int64($1.batch.payload.count) })
        }
    }
}

import Execution
import FoundationEssentials
import Glibc
import Telemetry
import Testing

@testable import Persistence

struct CursorFileTests {
    private static func cursors(_ random: inout SeededRandom) -> [CursorFile.Cursor] {
        (0..<Int.random(in: 0...12, using: &random)).map { place in
            CursorFile.Cursor(
                destination: "供热-\(place)", lane: Lane.allCases[place % 3],
                sequence: Int64.random(in: 0...Int64.max, using: &random), epoch: random.next())
        }
    }

    @Test(arguments: UInt64(0)..<200)
    func readsBackAsItWasWrittenOrNothing(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let cursors = Self.cursors(&random)
        var bytes = CursorFile.encode(cursors)
        #expect(CursorFile.decode(bytes) == cursors)
        // What an earlier, longer content leaves behind does not count.
        #expect(CursorFile.decode(bytes + [1, 2, 3]) == cursors)
        for length in 0..<bytes.count {
            #expect(CursorFile.decode(Array(bytes[..<length])) == [])
        }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        let found = CursorFile.decode(bytes)
        #expect(found == [] || found == cursors)
    }

    @Test(arguments: UInt64(0)..<200)
    func survivesAnyBytes(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in
            UInt8.random(in: 0...255, using: &random)
        }
        _ = CursorFile.decode(bytes)
    }

    /// `LINLI_TEST_KILLS=200` for the long form.
    private static let kills =
        ProcessInfo.processInfo.environment["LINLI_TEST_KILLS"].flatMap(Int.init) ?? 30

    /// A process that is killed again and again while a platform acknowledges: what was acknowledged does
    /// not go a second time, and nothing is written to the database for it.
    @Test func whatWasAcknowledgedBeforeAKillDoesNotGoTwice() async throws {
        try await withFolder { root in
            var random = SeededRandom(seed: 7)
            var folder = root + "/0"
            mkdir(folder, 0o700)
            var sent = 0
            var acknowledged: Set<String> = []
            for kill in 1...Self.kills {
                let outbox = try await Outbox.forTest(
                    in: folder, epoch: random.next(), cursorFile: root + "/cursors")
                try await outbox.addDestination("city")
                let commits = try await outbox.statistics().written.commits
                for _ in 0..<3 { _ = try await outbox.append(.bytes(100, seed: random.next())) }
                let after = try await outbox.cursor(of: "city", in: .reading)
                for stored in try await outbox.batches(
                    in: .reading, after: after, limit: .max, maximumBytes: .max)
                {
                    let key = "\(stored.epoch)/\(stored.sequence)"
                    sent += 1
                    #expect(!acknowledged.contains(key))
                    acknowledged.insert(key)
                    try await outbox.advance(
                        "city", in: .reading, through: stored.sequence, epoch: stored.epoch)
                }
                #expect(try await outbox.statistics().written.commits == commits + 3)
                // A copy is what a kill leaves.
                let next = "\(root)/\(kill)"
                mkdir(next, 0o700)
                for name in names(in: folder) where name != "outbox.reserve" {
                    try write(contents(of: folder + "/" + name), to: next + "/" + name)
                }
                let kept = try contents(of: root + "/cursors")
                try await outbox.close()
                try write(kept, to: root + "/cursors")
                for name in names(in: folder) { unlink(folder + "/" + name) }
                folder = next
            }
            #expect(sent == 3 * Self.kills)
        }
    }

    @Test func aDestinationThatIsAddedAgainGetsAllOfIt() async throws {
        try await withFolder { folder in
            let cursors = folder + "/cursors"
            let outbox = try await Outbox.forTest(in: folder, cursorFile: cursors)
            try await outbox.addDestination("city")
            _ = try await outbox.append(.bytes(100))
            try await outbox.advance("city", in: .reading, through: 1, epoch: outbox.epoch())
            try await outbox.removeDestination("city")
            try await outbox.addDestination("city")
            #expect(CursorFile(path: cursors).read() == [])
            try await outbox.close()
            #expect(!names(in: folder).contains("cursors"))
        }
    }
}

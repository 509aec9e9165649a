import Execution
import Metering
import Persistence
import Telemetry
import Testing

struct OutboxHistoryTests {
    private let point = PointIdentifier("b1-u101-elec/energy.active.import")!
    private let other = PointIdentifier("b1-u102-elec/energy.active.import")!

    /// One batch a minute with one reading a second, for `minutes`; values count the seconds.
    private func fill(_ outbox: Outbox, minutes: Int) async throws {
        for minute in 0..<minutes {
            let start = Timestamp.start + .seconds(60 * minute)
            let values = (0..<60).map { Int64(60 * minute + $0) }
            _ = try await outbox.append(
                .readings(minute % 5 == 4 ? other : point, values: values, at: start))
        }
    }

    private func values(_ history: History) -> [Int64] {
        history.samples.compactMap { $0.value?.number?.mantissa }
    }

    @Test(arguments: [false, true])
    func findsTheReadingsOfAPointBetweenTwoTimes(newestFirst: Bool) async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder)
            try await fill(outbox, minutes: 200)
            var random = SeededRandom(seed: 5)
            for _ in 0..<60 {
                let from = Int.random(in: -100...12_100, using: &random)
                let to = from + Int.random(in: 0...1_000, using: &random)
                let limit = Int.random(in: 1...600, using: &random)
                let history = try await outbox.history(
                    of: point, in: .start + .seconds(from) ... .start + .seconds(to),
                    limit: limit, newestFirst: newestFirst)
                let all = (max(0, from)...max(0, to)).filter {
                    $0 >= from && $0 <= to && $0 < 12_000 && $0 / 60 % 5 != 4
                }
                let expected = (newestFirst ? all.reversed() : all).prefix(limit)
                #expect(values(history) == expected.map(Int64.init))
                #expect(history.isTruncated == (all.count > limit))
                #expect(history.unreadableBatches == 0)
            }
            try await outbox.close()
        }
    }

    @Test func countsWhatItCannotReadAndGoesOn() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder)
            _ = try await outbox.append(.readings(point, values: [1, 2], at: .start))
            _ = try await outbox.append(.bytes(300, at: .start + .seconds(10)))
            _ = try await outbox.append(
                .readings(point, values: [3], at: .start + .seconds(20)))
            let history = try await outbox.history(
                of: point, in: .start ... .start + .seconds(99), limit: 10)
            #expect(values(history) == [1, 2, 3])
            #expect(history.unreadableBatches == 1)
            #expect(!history.isTruncated)
            try await outbox.close()
        }
    }

    /// Three boots: one that never had the date, one that got it late, one that had it.
    @Test(arguments: [false, true])
    func knowsTheTrueTimesAcrossBoots(newestFirst: Bool) async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder)
            let start = Timestamp.start.milliseconds
            for (boot, offset, isRight, seconds) in [
                ("lost", 0, false, 0), ("late", 0, false, 10), ("late", 0, false, 3_600),
                ("late", start, true, 7_200), ("fine", start + 86_400_000, true, 30),
            ] as [(String, Int64, Bool, Int64)] {
                let clock = BatchClock(
                    boot: boot, wallMinusMonotonicMilliseconds: offset, isSynchronized: isRight)
                _ = try await outbox.append(
                    .readings(
                        point, values: [seconds],
                        at: Timestamp(milliseconds: offset + seconds * 1_000),
                        clock: clock))
            }
            func found(_ from: Int, _ to: Int) async throws -> [Int64] {
                let history = try await outbox.history(
                    of: point, in: .start + .seconds(from) ... .start + .seconds(to), limit: 10,
                    newestFirst: newestFirst)
                return newestFirst ? values(history).reversed() : values(history)
            }
            #expect(try await found(0, 100) == [10])
            #expect(try await found(0, 4_000) == [10, 3_600])
            #expect(try await found(3_600, 90_000) == [3_600, 7_200, 30])
            #expect(try await found(86_000, 99_000) == [30])
            #expect(try await found(9_000, 80_000) == [])
            let corrected = try await outbox.history(
                of: point, in: .start ... .start + .seconds(100), limit: 1)
            #expect(corrected.samples.first?.time == .start + .seconds(10))
            try await outbox.close()
        }
    }
}

import Execution
import Glibc
import Telemetry
import Testing

@testable import Persistence

struct OutboxLimitTests {
    private static let limit: Int64 = 512 * 1_024

    @Test func alarmsThatSomebodyMissesGiveWayToAlarmsAlone() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder, bytes: 256 * 1_024)
            try await outbox.addDestination("city")
            let bound = Int(
                CacheLimits(maximumBytes: 256 * 1_024, maximumAge: .seconds(1)).contentBytes(
                    pageSize: 512))
            for _ in 0..<bound / 1_000 + 10 { _ = try await outbox.append(.bytes(1_000, .alarm)) }
            let alarms = try await outbox.all(in: .alarm).count
            for _ in 0..<50 {
                _ = try await outbox.append(.bytes(2_000))
                _ = try await outbox.append(.bytes(2_000, .event))
            }
            #expect(try await outbox.all(in: .alarm).count == alarms)
            #expect(try await outbox.all(in: .reading).count < 50)
            let size = try await outbox.statistics().file
            #expect(size.pages * 512 < bound + 16 * 1_024)
            // A newer alarm takes the place of the oldest.
            let last = try await outbox.append(.bytes(1_000, .alarm)).sequence
            #expect(try await outbox.all(in: .alarm).last?.sequence == last)
            try await outbox.close()
        }
    }

    @Test func dropsTheOldestReadingsAndRecordsTheGap() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder, bytes: Self.limit)
            try await outbox.addDestination("city")
            try await outbox.addDestination("heat")
            _ = try await outbox.append(.bytes(300, .alarm))
            _ = try await outbox.append(.bytes(300, .event))
            var gaps: [GapRecord] = []
            var readings = 0
            for index in 0..<400 {
                let time = Timestamp.start + .seconds(index)
                let batch = SealedBatch.bytes(3_000, at: time, readings: index)
                for case .gap(let gap) in try await outbox.append(batch).reports {
                    gaps.append(gap)
                }
                if index == 40 {
                    try await outbox.advance(
                        "city", in: .reading, through: 41, epoch: outbox.epoch())
                }
            }
            let kept = try await outbox.all(in: .reading).map(\.sequence)
            #expect(kept.last == 400)
            #expect(kept == Array(kept[0]...400))
            // All that went was missed by somebody, and each number by one gap.
            #expect(gaps.flatMap { Array($0.sequences) } == Array(1..<kept[0]))
            #expect(gaps.allSatisfy { $0.reason == .size && $0.lane == .reading })
            for gap in gaps {
                let isForBoth = gap.sequences.lowerBound > 41
                #expect(gap.missedBy == (isForBoth ? ["city", "heat"] : ["heat"]))
                #expect(gap.batches == gap.sequences.count)
                #expect(gap.readings == gap.sequences.reduce(0) { $0 + Int($1) - 1 })
                #expect(gap.times.lowerBound == .start + .seconds(gap.sequences.lowerBound - 1))
                readings += gap.readings
            }
            #expect(readings == (1..<kept[0]).reduce(0) { $0 + Int($1) - 1 })
            // Alarms and events are all there, the gaps among the events.
            #expect(try await outbox.all(in: .alarm).count == 1)
            let events = try await outbox.all(in: .event).dropFirst()
            #expect(events.count == gaps.count)
            let told = try events.map { stored in
                try Batch(decoding: Zstandard.decompress(stored.batch.payload))
                    .events[0]
            }
            #expect(told.map(\.kind) == gaps.map { _ in "cache.gap" })
            #expect(told.map(\.subject) == gaps.map { _ in "reading" })
            #expect(told.map { $0.details["first"] } == gaps.map { "\($0.sequences.lowerBound)" })
            #expect(told.map { $0.details["last"] } == gaps.map { "\($0.sequences.upperBound)" })
            #expect(
                told.map { $0.details["missed-by"] }
                    == gaps.map { $0.missedBy.joined(separator: ",") })
            try await outbox.close()
        }
    }

    @Test func dropsWhatAllHaveWithoutAWord() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder, bytes: Self.limit)
            try await outbox.addDestination("city")
            for index in 0..<400 {
                let appended = try await outbox.append(
                    .bytes(3_000, at: .start + .seconds(index)))
                #expect(appended.reports == [])
                try await outbox.advance(
                    "city", in: .reading, through: appended.sequence, epoch: outbox.epoch())
            }
            #expect(try await outbox.all(in: .event) == [])
            #expect(try await outbox.all(in: .reading).count < 200)
            try await outbox.close()
        }
    }

    @Test func staysWithinItsBytesAllFilesTogether() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder, bytes: Self.limit)
            try await outbox.addDestination("city")
            var largest = 0
            for index in 0..<600 {
                _ = try await outbox.append(
                    .bytes(100 + index * 131 % 6_000, at: .start + .seconds(index)))
                let bytes = try names(in: folder).reduce(0) {
                    $0 + (try contents(of: folder + "/" + $1).count)
                }
                largest = max(largest, bytes)
            }
            #expect(largest <= Int(Self.limit))
            #expect(largest >= Int(Self.limit) * 3 / 4)
            try await outbox.close()
        }
    }

    @Test func dropsWhatIsTooOldButNoLaterThanThat() async throws {
        try await withFolder { folder in
            let age = Duration.seconds(100)
            let outbox = try await Outbox.forTest(in: folder, age: age)
            for index in 0..<300 {
                let time = Timestamp.start + .seconds(index)
                _ = try await outbox.append(.bytes(50, at: time))
                let kept = try await outbox.all(in: .reading)
                let oldest = try #require(kept.first?.batch.lastTime)
                #expect(time + .seconds(5) - oldest <= age)
                #expect(kept.count >= min(index, 98))
            }
            try await outbox.trim(
                at: WallTime(.start + .seconds(9_999), isSynchronized: false))
            #expect(try await !outbox.all(in: .reading).isEmpty)
            try await outbox.trim(at: WallTime(.start + .seconds(9_999), isSynchronized: true))
            #expect(try await outbox.all(in: .reading).isEmpty)
            try await outbox.close()

            let again = try await Outbox.forTest(in: folder)
            #expect(try await again.append(.bytes(50)).sequence == 301)
            try await again.close()
        }
    }

    @Test func storesABatchThatIsLargerThanTheCache() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder, bytes: 256 * 1_024)
            _ = try await outbox.append(.bytes(10))
            _ = try await outbox.append(.bytes(400_000))
            #expect(try await outbox.all(in: .reading).map(\.sequence) == [2])
            try await outbox.close()
        }
    }
}

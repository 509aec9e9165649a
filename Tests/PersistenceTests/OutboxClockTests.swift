import Execution
import Persistence
import Telemetry
import Testing

struct OutboxClockTests {
    /// A board that woke up in 1970, and got the date after two batches.
    private static let early = BatchClock(
        boot: "bbbbbbbbbbbbbbbb", wallMinusMonotonicMilliseconds: 0, isSynchronized: false)
    private static let late = BatchClock(
        boot: "bbbbbbbbbbbbbbbb", wallMinusMonotonicMilliseconds: 1_790_000_000_000,
        isSynchronized: true)

    @Test(arguments: [false, true])
    func correctsEarlierBatchesOnceTheDateIsKnown(reopening: Bool) async throws {
        try await withFolder { folder in
            var outbox = try await Outbox.forTest(in: folder)
            let first = SealedBatch.bytes(
                60, at: Timestamp(milliseconds: 9_000), clock: Self.early)
            _ = try await outbox.append(first)
            #expect(try await outbox.all(in: .reading).map(\.batch) == [first])

            _ = try await outbox.append(
                .bytes(70, .event, at: Timestamp(milliseconds: 1_790_000_020_000), clock: Self.late)
            )
            if reopening {
                try await outbox.close()
                outbox = try await Outbox.forTest(in: folder)
            }
            let corrected = try #require(try await outbox.all(in: .reading).first?.batch)
            #expect(corrected.payload == first.payload)
            #expect(corrected.firstTime == Timestamp(milliseconds: 1_790_000_009_000))
            #expect(corrected.lastTime == Timestamp(milliseconds: 1_790_000_014_000))
            #expect(corrected.clock.isCorrected)
            #expect(!corrected.clock.isSynchronized)
            #expect(corrected.clock.boot == Self.early.boot)
            #expect(corrected.clock.wallMinusMonotonicMilliseconds == 1_790_000_000_000)
            try await outbox.close()
        }
    }

    @Test func leavesAnotherBootAsItIs() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder)
            var other = Self.early
            other.boot = "cccccccccccccccc"
            let lost = SealedBatch.bytes(60, at: Timestamp(milliseconds: 9_000), clock: other)
            _ = try await outbox.append(lost)
            _ = try await outbox.append(.bytes(70, clock: Self.late))
            #expect(try await outbox.all(in: .reading).first?.batch == lost)
            try await outbox.close()
        }
    }

    /// Its times say 1970, but it is not 56 years old.
    @Test func doesNotCallABatchOldWhoseTimeIsNotKnown() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder, age: .seconds(3_600))
            var other = Self.early
            other.boot = "cccccccccccccccc"
            _ = try await outbox.append(
                .bytes(60, at: Timestamp(milliseconds: 9_000), clock: other))
            _ = try await outbox.append(.bytes(70, clock: Self.late))
            #expect(try await outbox.all(in: .reading).map(\.sequence) == [1, 2])
            _ = try await outbox.append(
                .bytes(70, at: .start + .seconds(3_700), clock: Self.late))
            #expect(try await outbox.all(in: .reading).map(\.sequence) == [3])
            try await outbox.close()
        }
    }
}

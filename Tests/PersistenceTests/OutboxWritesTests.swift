import Execution
import Glibc
import Persistence
import Telemetry
import Testing

/// What is written to the flash, every page and frame counted. See decision 0003.
struct OutboxWritesTests {
    /// 2400 readings a minute in 3645 bytes, as `BatchSizeTests` finds them, and three
    /// destinations that keep up: while the cache grows, and in the long run, when old batches are
    /// dropped for new ones. The cache is the smallest a site may have.
    @Test func aReadingCostsLessThanTwoBytesOfFlashInTheLongRun() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder, bytes: 16 << 20)
            for name in ["city", "gas", "heat"] { try await outbox.addDestination(name) }
            let growing = try await Self.bytesPerReading(outbox, minutes: 0..<3_000)
            #expect(try await outbox.statistics().file.freePages == 0)
            _ = try await Self.bytesPerReading(outbox, minutes: 3_000..<5_000)
            let steady = try await Self.bytesPerReading(outbox, minutes: 5_000..<9_000)
            #expect(try await outbox.statistics().file.freePages > 0)
            print("flash, bytes a reading: \(growing) while the cache grows, \(steady) when full")
            // 3.7 were asked for; while it grows the file is filled with zeros first.
            #expect(growing < 3.7)
            #expect(steady < 2)
            #expect(steady > 3_645 / 2_400)
            try await outbox.close()
        }
    }

    /// The count is that of the log itself: a file that grows by whole frames.
    @Test func countsTheFramesThatAreInTheLog() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder)
            func logSize() throws -> Int { try contents(of: folder + "/outbox.db-wal").count }
            // Past the end of what the tables left in the file.
            _ = try await outbox.append(.bytes(20_000, .event))
            for size in [10, 400, 3_000, 20_000] {
                let lengthBefore = try logSize()
                let countBefore = try await outbox.statistics().written.logBytes
                _ = try await outbox.append(.bytes(size, .event))
                let counted = try await outbox.statistics().written.logBytes - countBefore
                #expect(Int(counted) == (try logSize()) - lengthBefore)
                #expect(counted > size)
            }
            try await outbox.close()
        }
    }

    private static func bytesPerReading(
        _ outbox: Outbox, minutes: Range<Int>
    ) async throws -> Double {
        var random = SeededRandom(seed: UInt64(minutes.lowerBound))
        let before = try await outbox.statistics().written
        let epoch = try await outbox.epoch()
        for minute in minutes {
            let sequence = try await outbox.append(
                .bytes(
                    Int.random(in: 3_495...3_795, using: &random),
                    at: .start + .seconds(60 * minute), readings: 2_400, seed: random.next())
            ).sequence
            for name in await outbox.destinationNames {
                try await outbox.advance(name, in: .reading, through: sequence, epoch: epoch)
            }
        }
        let after = try await outbox.statistics().written
        return Double(after.bytes - before.bytes) / Double(2_400 * minutes.count)
    }
}

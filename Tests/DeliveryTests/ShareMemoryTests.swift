import Delivery
import Execution
import Metering
import Telemetry
import TestSupport
import Testing

/// What a filter remembers, kept beside the cursor.
@Suite(.timeLimit(.minutes(15))) struct ShareMemoryTests {
    private static func selection(_ seconds: Int64) -> ShareFilter.Selection {
        ShareFilter.Selection(
            kinds: ["heat-meter"], every: LocalIntervals(every: .seconds(seconds), zone: "Asia/X"),
            from: StoredContent.start)
    }

    /// A batch of some points, each read some times, now and then missing.
    private func batch(
        _ number: Int64, points: Int, using random: inout SeededRandom
    ) -> Batch {
        var series: [Series] = []
        for point in 0..<points where Int.random(in: 0..<4, using: &random) > 0 {
            let count = Int64.random(in: 1...3, using: &random)
            var one = StoredContent.series(
                "b1-u\(point)/energy", kind: point % 5 == 4 ? "gas-meter" : "heat-meter",
                Array(number..<number + count), from: .seconds(10 * number), step: .seconds(3))
            for place in one.samples.indices where Int.random(in: 0..<3, using: &random) == 0 {
                one.samples[place].value = nil
                one.samples[place].quality = .missing(.exception(UInt8(place)))
            }
            series.append(one)
        }
        return Batch(clock: StoredContent.clock, series: series)
    }

    /// Wherever it is interrupted, it goes on as if it had not been.
    @Test(arguments: 0..<150 as Range<UInt64>)
    func anyRestartGoesOnAsWithoutOne(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let selection = Self.selection(Int64.random(in: 1...200, using: &random))
        var steady = ShareFilter(selection)
        var restarted = ShareFilter(selection)
        for number in Int64(0)..<60 {
            let points = Int.random(in: 0...12, using: &random)
            let batch = batch(number, points: points, using: &random)
            #expect(restarted.shared(of: batch) == steady.shared(of: batch))
            if Int.random(in: 0..<4, using: &random) == 0 {
                let memory = try #require(steady.memory)
                restarted = ShareFilter(selection)
                let isRecalled = restarted.recall(memory)
                #expect(isRecalled && restarted == steady)
            }
        }
    }

    @Test func whatIsDamagedOrOfAnotherFilterIsNotRecalled() throws {
        var random = SeededRandom(seed: 1)
        var filter = ShareFilter(Self.selection(60))
        for number in Int64(0)..<9 {
            _ = filter.shared(of: batch(number, points: 12, using: &random))
        }
        let memory = try #require(filter.memory)
        var other = ShareFilter(Self.selection(61))
        let isOther = other.recall(memory)
        #expect(!isOther && other == ShareFilter(Self.selection(61)))
        var everything = ShareFilter(nil)
        let isEverything = everything.recall(memory)
        #expect(!isEverything && everything.memory == nil)
        for place in memory.indices {
            var damaged = memory
            damaged[place] ^= 0x10
            var found = ShareFilter(Self.selection(60))
            if !found.recall(damaged) { #expect(found == ShareFilter(Self.selection(60))) }
        }
        let foreign = Zstandard.compress(Array("1 60000 Asia/X\nno point\n".utf8))
        for bytes in [foreign, []] {
            let isRecalled = other.recall(bytes)
            #expect(!isRecalled)
        }
    }

    // MARK: - A start

    /// The keys of all that is delivered of a cache from a cursor on.
    private func deliver(_ cache: MemoryCache, from cursor: Int64) async throws -> [[UInt8]] {
        cache.setCursor(.reading, to: cursor)
        let clock = HandClock(StoredContent.start)
        let settings = DeliverySettings(
            site: "s1", destination: "city", format: .linliJSON, waitsForPlatform: false)
        let uplink = AnsweringUplink(acknowledgingOn: "ack")
        let delivery = DestinationDelivery(
            settings: settings, filter: ShareFilter(Self.selection(300)), source: cache.source,
            uplink: uplink, time: clock.source, seed: 1)
        var payloads: [[UInt8]] = []
        await withDiscardingTaskGroup { group in
            group.addTask { await delivery.run() }
            // The last batch is a gap, which everybody gets.
            for await message in uplink.published {
                payloads.append(message.payload)
                if String(decoding: message.payload, as: UTF8.self).contains("cache.gap") { break }
                clock.pass(.seconds(1))
            }
            group.cancelAll()
        }
        return payloads
    }

    @Test func aStartReadsWhatCameSinceAndNotTheIntervals() async throws {
        var random = SeededRandom(seed: 7)
        let cache = MemoryCache()
        for number in Int64(0)..<1_000 {
            cache.append(batch(number, points: 20, using: &random), to: .reading)
        }
        cache.append(StoredContent.events("cache.gap", of: "reading"), to: .reading)
        var filter = ShareFilter(Self.selection(300))
        for stored in try await cache.source.batches(.reading, 0, 850) {
            _ = filter.shared(of: try stored.decoded())
        }
        let memory = ShareMemory(sequence: 850, content: try #require(filter.memory))

        let clock = ContinuousClock()
        var counts: [Int] = []
        var delivered: [[[UInt8]]] = []
        for kept in [nil, memory, ShareMemory(sequence: 901, content: memory.content)] {
            cache.setMemory(kept)
            let before = cache.readCount
            let begin = clock.now
            delivered.append(try await deliver(cache, from: 900))
            counts.append(cache.readCount - before)
            print("a start, memory of \(kept?.sequence ?? 0): \(counts) read, \(clock.now - begin)")
        }
        #expect(delivered[0].count > 1 && delivered[1] == delivered[0])
        // One that is ahead of the cursor is of no use.
        #expect(delivered[2] == delivered[0])
        #expect(counts[0] - counts[1] > 800 && counts[2] - counts[1] > 800)
    }

    @Test func theMemoryIsKeptNowAndThenAndAtTheEnd() async throws {
        var random = SeededRandom(seed: 9)
        let cache = MemoryCache()
        for number in Int64(0)..<200 {
            cache.append(batch(number, points: 20, using: &random), to: .reading)
        }
        cache.append(StoredContent.events("cache.gap", of: "reading"), to: .reading)
        _ = try await deliver(cache, from: 0)
        let memory = try #require(cache.memory)
        var kept = ShareFilter(Self.selection(300))
        let isRecalled = kept.recall(memory.content)
        #expect(isRecalled)
        var filter = ShareFilter(Self.selection(300))
        for stored in try await cache.source.batches(.reading, 0, Int(memory.sequence)) {
            _ = filter.shared(of: try stored.decoded())
        }
        #expect(kept == filter && memory.sequence >= 137)
    }
}

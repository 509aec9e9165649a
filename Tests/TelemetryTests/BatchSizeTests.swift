import Execution
import Metering
import Telemetry
import Testing

/// What a reading costs on the wire, names, key and all. The bytes do not depend on the machine.
@Suite struct BatchSizeTests {
    @Test(arguments: [400, 1_000, 2_400, 12_000])
    func aDeliveredReadingCostsAtMostTwoBytes(count: Int) throws {
        var community = Community(seed: 7)
        let readings = community.readings(count)
        let encoder = BatchEncoder(catalog: community.catalog)
        let clock = BatchClock(
            boot: "00f1e2d3c4b5a697", wallMinusMonotonicMilliseconds: 1_795_000_000_000,
            isSynchronized: true)
        let stored = encoder.seal(readings, clock: clock)
        let key = IdempotencyKey(
            site: "jn-lixia-0042", destination: "city", epoch: "00112233aabbccdd",
            lane: .reading, sequences: 123_456...123_456)
        let sealed = SealedBatch(
            lane: .reading, payload: stored, names: encoder.names, clock: clock,
            firstTime: readings[0].time, lastTime: readings[count - 1].time, count: count)
        let message = LinliFormat.encode(key, batch: try sealed.content())
        let cost = Double(message.count) / Double(count)
        print(
            "linli, \(count) readings: \(message.count) bytes, \(cost) a reading; "
                + "stored \(Double(stored.count) / Double(count))")
        if count >= 1_000 { #expect(cost <= 2.0) }
        let decoded = try LinliFormat.decode(message)
        #expect(decoded.key == key)
        #expect(decoded.batch.readingCount == count)
    }

    /// Names, units, kinds and codes are said once: what is left is a value and a comma.
    @Test(arguments: [(10, 85.0), (100, 22), (1_000, 11), (9_000, 8)])
    func readableFormsSayOnceWhatRepeats(count: Int, most: Double) throws {
        var community = Community(seed: 7)
        let readings = community.readings(count)
        let clock = BatchClock(
            boot: "00f1e2d3c4b5a697", wallMinusMonotonicMilliseconds: 1_795_000_000_000,
            isSynchronized: true)
        let content = BatchEncoder(catalog: community.catalog).encode(readings, clock: clock)
        let message = Message(
            key: IdempotencyKey(
                site: "jn-lixia-0042", destination: "city", epoch: "00112233aabbccdd",
                lane: .reading, sequences: 123_456...123_456),
            batch: try Batch(decoding: content))
        func cost(_ format: TestFormat) -> Double {
            let bytes = format.encode(message).reduce(0) { $0 + $1.count }
            return Double(bytes) / Double(count)
        }
        let (now, first) = (cost(.linliJSON), cost(.firstLinliJSON))
        let theirs = cost(.thingsBoard)
        print("JSON, \(count) readings: \(now) bytes a value, /1 \(first), ThingsBoard \(theirs)")
        #expect(now <= most)
        #expect(now <= first / 2)
        if count >= 100 { #expect(now <= theirs * 3 / 4) }
        if count >= 1_000 { #expect(now <= theirs / 2) }
    }

    /// What compressing 2400 readings takes, once for the cache and once for the wire.
    @Test func compressingGivesTheSameBytesEachTime() throws {
        var community = Community(seed: 7)
        let readings = community.sweep(at: Timestamp(milliseconds: 1_795_461_420_000))
        let encoder = BatchEncoder(catalog: community.catalog)
        let clock = BatchClock(
            boot: "00f1e2d3c4b5a697", wallMinusMonotonicMilliseconds: 1_795_000_000_000,
            isSynchronized: true)
        let content = encoder.encode(readings, clock: clock)
        for (place, names) in [("cache", encoder.names), ("wire", .none)] {
            let first = Zstandard.compress(content, names: names)
            // Another dictionary in between, as the two alternate in a gateway.
            _ = Zstandard.compress(content, names: names == .none ? encoder.names : .none)
            let duration = ContinuousClock().measure {
                for _ in 0..<100 { _ = Zstandard.compress(content, names: names) }
            }
            print("zstd, \(readings.count) readings, \(place): \(duration / 100)")
            #expect(Zstandard.compress(content, names: names) == first)
            #expect(try Zstandard.decompress(first, names: names) == content)
        }
    }

    /// What was kept for a large batch does not stay.
    @Test func aBatchOfManyTimesTheSizeIsCompressedAsWell() throws {
        var random = SeededRandom(seed: 3)
        let large = (0..<6 << 20).map { _ in UInt8(random.next() & 0x3F) }
        #expect(try Zstandard.decompress(Zstandard.compress(large)) == large)
        #expect(try Zstandard.decompress(Zstandard.compress([1, 2, 3])) == [1, 2, 3])
    }
}

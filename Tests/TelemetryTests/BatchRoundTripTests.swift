import Execution
import Metering
import Telemetry
import Testing

/// What is encoded comes back, to the last digit; what is damaged is refused.
@Suite struct BatchRoundTripTests {
    @Test(arguments: 0..<300 as Range<UInt64>)
    func aBatchComesBackFromItsBytes(seed: UInt64) throws {
        var source = RandomBatch(seed: seed)
        let batch = source.next()
        #expect(try Batch(decoding: batch.encoded()).inOrder == batch.inOrder)
        #expect(try Batch(decoding: Zstandard.decompress(batch.sealed())).inOrder == batch.inOrder)
    }

    @Test(arguments: [TestFormat.linli, .linliJSON, .firstLinliJSON], 0..<150 as Range<UInt64>)
    func aMessageComesBackFromItsPayload(format: TestFormat, seed: UInt64) throws {
        var source = RandomBatch(seed: seed)
        let message = Message(key: source.key(), batch: source.next())
        let payloads = format.encode(message)
        let payload = try #require(payloads.first)
        #expect(payloads.count == 1)
        let decoded =
            format == .linli ? try LinliFormat.decode(payload) : try LinliJSON.decode(payload)
        #expect(decoded.key == message.key)
        #expect(decoded.batch.inOrder == message.batch.inOrder)
    }

    /// The way readings take: sealed beside the names of a catalog, read back with them.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func sealedReadingsComeBackWithTheirNames(seed: UInt64) throws {
        var community = Community(seed: seed)
        var readings = community.sweep(at: Timestamp(milliseconds: 1_795_461_420_000))
        var random = SeededRandom(seed: seed)
        readings = Array(
            readings.shuffled(using: &random).prefix(Int.random(in: 1...2_400, using: &random)))
        let encoder = BatchEncoder(catalog: community.catalog)
        let clock = BatchClock(
            boot: "00f1e2d3c4b5a697", wallMinusMonotonicMilliseconds: 1, isSynchronized: true)
        let sealed = SealedBatch(
            lane: .reading, payload: encoder.seal(readings, clock: clock), names: encoder.names,
            clock: clock, firstTime: readings[0].time, lastTime: readings[0].time,
            count: readings.count)
        let batch = try Batch(decoding: sealed.content())
        #expect(batch.readingCount == readings.count)
        var values: [PointIdentifier: Sample] = [:]
        for series in batch.series {
            #expect(community.catalog.points.contains(series.point))
            values[series.point.identifier] = series.samples.first
        }
        for reading in readings {
            let sample = values[community.catalog[reading.point].identifier]
            #expect(sample == Sample(time: reading.time, value: reading.value, quality: .good))
        }

        // Without its names it is nothing: an error, or at least not taken for sound names.
        var nameless = sealed
        nameless.names = .none
        #expect(throws: BatchError.self) { try Batch(decoding: nameless.content()) }
    }

    /// Whatever a broker hands over is understood or refused, within bounds.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func damagedBytesAreRefusedOrUnderstood(seed: UInt64) throws {
        var source = RandomBatch(seed: seed)
        var random = SeededRandom(seed: seed)
        let message = Message(key: source.key(), batch: source.next())
        let plain = message.batch.encoded()
        var refused = 0
        for format in [TestFormat.linli, .linliJSON, .firstLinliJSON] {
            let payload = format.encode(message)[0]
            for _ in 0..<20 {
                let bytes = damaged(payload, using: &random)
                do throws(BatchError) {
                    let found =
                        format == .linli
                        ? try LinliFormat.decode(bytes) : try LinliJSON.decode(bytes)
                    #expect(found.batch.readingCount <= 4_000_000)
                } catch {
                    refused += 1
                }
            }
        }
        for _ in 0..<40 {
            do throws(BatchError) {
                _ = try Batch(decoding: damaged(plain, using: &random))
            } catch {
                refused += 1
            }
        }
        #expect(refused > 0)
    }

    @Test func aPayloadThatIsNotCompressedOrTooLargeIsRefused() {
        #expect(throws: BatchError.notCompressed) { try Zstandard.decompress([]) }
        #expect(throws: BatchError.notCompressed) { try Zstandard.decompress(Array("{}".utf8)) }
        // A frame that claims 65 MiB: magic, a descriptor with 4 bytes of content size, no blocks.
        let bomb: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xA0, 0, 0, 0x10, 0x04, 1, 0, 0]
        #expect(throws: BatchError.tooLarge) { try Zstandard.decompress(bomb) }
    }

    private func damaged(_ bytes: [UInt8], using random: inout SeededRandom) -> [UInt8] {
        var bytes = bytes
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
        case 1:
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] ^=
                    1 << UInt8.random(in: 0..<8, using: &random)
            }
        default:
            bytes = (0..<bytes.count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        }
        return bytes
    }
}

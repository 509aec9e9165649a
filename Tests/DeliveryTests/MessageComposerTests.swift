import Delivery
import Execution
import Metering
import Telemetry
import Testing

@Suite struct MessageComposerTests {
    private let composer = MessageComposer(
        settings: DeliverySettings(
            site: "s1", destination: "city", format: .linli, waitsForPlatform: true))
    private let heat = ShareFilter(ShareFilter.Selection(kinds: ["heat-meter"]))

    /// Composes all that is due, reading the cache a few batches at a time.
    private func compose(
        _ cache: [StoredBatch], from position: MessageComposer.Position, limit: Int = 32
    ) -> [MessageComposer.Composed] {
        var position = position
        var messages: [MessageComposer.Composed] = []
        while true {
            let found = cache.filter { $0.sequence > position.scanned }.prefix(limit)
            guard !found.isEmpty else { return messages }
            if let message = composer.compose(Array(found), lane: .reading, from: &position) {
                messages.append(message)
            }
        }
    }

    private func position(
        _ sequence: Int64 = 0, _ filter: ShareFilter = ShareFilter(nil)
    ) -> MessageComposer.Position {
        MessageComposer.Position(at: sequence, filter: filter)
    }

    private func batch(_ sequence: Int64, kind: String = "heat-meter") -> StoredBatch {
        StoredContent.stored(
            StoredContent.readings(
                StoredContent.series(
                    "b1-u1/energy", kind: kind, [sequence], from: .seconds(10 * sequence))),
            sequence)
    }

    // MARK: - What a message covers

    @Test func whereAllIsSharedEachBatchIsAMessage() throws {
        let cache = (1...5).map { batch($0) }
        let messages = compose(cache, from: position())
        #expect(messages.map(\.key.sequences) == [1...1, 2...2, 3...3, 4...4, 5...5])
        let message = try LinliFormat.decode(messages[2].payloads[0])
        #expect(message.key.description == "s1/city/5eed5eed5eed5eed/reading/3-3")
        #expect(try message.batch.content == cache[2].decoded().content)
    }

    @Test func aMessageCoversTheBatchesBeforeItThatShareNothing() throws {
        let kinds = ["gas-meter", "gas-meter", "heat-meter", "gas-meter", "heat-meter"]
        let cache = kinds.enumerated().map { batch(Int64($0 + 1), kind: $1) }
        let messages = compose(cache, from: position(0, heat))
        #expect(messages.map(\.key.sequences) == [1...3, 4...5])
        let message = try LinliFormat.decode(messages[0].payloads[0])
        #expect(try message.batch.content == cache[2].decoded().content)
    }

    @Test func batchesThatShareNothingMakeAMessageOf256() throws {
        let cache = (1...600).map { batch($0, kind: "gas-meter") }
        let messages = compose(cache, from: position(0, heat))
        #expect(messages.map(\.key.sequences) == [1...256, 257...512])
        #expect(try LinliFormat.decode(messages[0].payloads[0]).batch.series.isEmpty)
    }

    @Test func numbersThatAreMissingAreNeverCovered() {
        let kept: [Int64] = [1, 2, 5, 6, 9]
        let cache = kept.map { batch($0) }
        #expect(
            compose(cache, from: position()).map(\.key.sequences)
                == [1...1, 2...2, 5...5, 6...6, 9...9])
        let kinds: [Int64: String] = [1: "heat-meter", 9: "heat-meter"]
        let thin = kept.map { batch($0, kind: kinds[$0] ?? "gas-meter") }
        // 2 shares nothing and ends at the gap; 5 and 6 end at the next.
        #expect(
            compose(thin, from: position(0, heat)).map(\.key.sequences)
                == [1...1, 2...2, 5...6, 9...9])
    }

    @Test func aMessageKnowsHowManyReadingsItHolds() {
        let two = StoredContent.stored(
            StoredContent.readings(
                StoredContent.series("b1-u1/energy", kind: "heat-meter", [1, 2]),
                StoredContent.series("b1-u2/energy", kind: "gas-meter", [5])), 1)
        #expect(compose([two], from: position()).map(\.readings) == [3])
        #expect(compose([two], from: position(0, heat)).map(\.readings) == [2])
    }

    @Test func aFormatWithNothingToSayOfABatchCoversItWithTheNext() {
        let composer = MessageComposer(
            settings: DeliverySettings(
                site: "s1", destination: "tb", format: .thingsBoard, waitsForPlatform: false))
        var missing = StoredContent.series("b1-u1/energy", [1])
        missing.samples[0].value = nil
        missing.samples[0].quality = .missing(.timeout)
        let cache = [StoredContent.stored(StoredContent.readings(missing), 1), batch(2)]
        var position = position()
        let message = composer.compose(cache, lane: .reading, from: &position)
        #expect(message?.key.sequences == 1...2)
    }

    // MARK: - Keys

    /// Wherever a restart begins, and however many batches are read at once: the same messages.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func keysFollowFromTheStoredBatchesAlone(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var sequence: Int64 = 0
        let cache = (0..<300).map { _ in
            sequence += Int.random(in: 0..<60, using: &random) == 0 ? 3 : 1
            if Int.random(in: 0..<50, using: &random) == 0 {
                return StoredContent.damaged(sequence)
            }
            let isShared = Int.random(in: 0..<4, using: &random) == 0
            return batch(sequence, kind: isShared && seed % 3 != 0 ? "heat-meter" : "gas-meter")
        }
        let filter = ShareFilter(
            ShareFilter.Selection(
                kinds: ["heat-meter"],
                every: seed % 2 == 0 ? LocalIntervals(every: .seconds(300)) : nil))
        let all = compose(cache, from: position(0, filter))
        #expect(!all.isEmpty)
        for _ in 0..<4 {
            let limit = Int.random(in: 1...64, using: &random)
            let begin = Int.random(in: 0..<all.count, using: &random)
            let again = compose(cache, from: all[begin].position, limit: limit)
            #expect(again.map(\.key) == all[(begin + 1)...].map(\.key))
            #expect(again.map(\.payloads) == all[(begin + 1)...].map(\.payloads))
        }
        let covered = all.flatMap { Array($0.key.sequences) }
        #expect(covered == covered.sorted() && Set(covered).count == covered.count)
        #expect(Set(covered).isSubset(of: cache.map(\.sequence)))
    }

    @Test func aBatchOfAnEarlierDatabaseKeepsItsEpoch() {
        let cache = [
            StoredContent.stored(StoredContent.events("a"), 1, epoch: "aaaa"),
            StoredContent.stored(StoredContent.events("b"), 2, epoch: "bbbb"),
        ]
        #expect(compose(cache, from: position()).map(\.key.epoch) == ["aaaa", "bbbb"])
    }

    /// Batches of which nothing is shared, before and after a restart: no message is of both.
    @Test(arguments: [1, 32])
    func aMessageIsOfOneEpoch(limit: Int) {
        let epochs = ["aaaa", "aaaa", "bbbb", "bbbb", "bbbb", "cccc"]
        let cache = epochs.enumerated().map { place, epoch in
            var stored = batch(Int64(place + 1), kind: "gas-meter")
            stored.epoch = epoch
            return stored
        }
        let messages = compose(cache, from: position(0, heat), limit: limit)
        #expect(messages.map(\.key.epoch) == ["aaaa", "bbbb"])
        #expect(messages.map(\.key.sequences) == [1...2, 3...5])
    }

    // MARK: - Batches that cannot be read, or whose clock was wrong

    @Test(arguments: [1, 32])
    func anUnreadableBatchIsCoveredAndReported(limit: Int) {
        let cache = [batch(1), StoredContent.damaged(2), StoredContent.damaged(3), batch(4)]
        let messages = compose(cache, from: position(), limit: limit)
        #expect(messages.map(\.key.sequences) == [1...1, 2...4])
        #expect(messages.map(\.unreadable) == [[], [2, 3]])
    }

    @Test func unreadableBatchesAloneMakeAMessageOf256() {
        let cache = (1...300).map { StoredContent.damaged($0) }
        let messages = compose(cache, from: position())
        #expect(messages.map(\.key.sequences) == [1...256])
        #expect(messages.first?.unreadable == Array(1...256))
    }

    @Test(arguments: [nil, ShareFilter.Selection(subjects: ["b1-u1"])])
    func timesOfABootWithoutTheDateAreShifted(selection: ShareFilter.Selection?) throws {
        let offset: Int64 = 86_400_000 * 365
        var batch = StoredContent.readings(StoredContent.series("b1-u1/energy", [1, 2]))
        batch.events = [Event("device.silent", of: "b1-u1", at: StoredContent.start)]
        batch.clock.isSynchronized = false
        var stored = StoredContent.stored(batch, 1)
        stored.batch.clock.wallMinusMonotonicMilliseconds += offset
        stored.batch.clock.isCorrected = true
        var position = position(0, ShareFilter(selection))
        let composed = composer.compose([stored], lane: .reading, from: &position)
        let message = try LinliFormat.decode(try #require(composed).payloads[0])
        let moved = StoredContent.start + .milliseconds(offset)
        #expect(message.batch.series[0].samples.map(\.time) == [moved, moved + .seconds(1)])
        #expect(message.batch.events.map(\.time) == [moved])
        #expect(message.batch.clock == stored.batch.clock)
    }
}

import Delivery
import Execution
import Metering
import Synchronization
import Telemetry
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct DestinationDeliveryTests {
    private let settings: DeliverySettings
    private let cache = MemoryCache()
    private let clock = HandClock(StoredContent.start)

    init() {
        var settings = DeliverySettings(
            site: "s1", destination: "city", format: .linli, waitsForPlatform: true)
        // Hours may pass by hand between a message and its answer.
        settings.acceptTimeout = .seconds(1_000_000)
        settings.acknowledgeTimeout = .seconds(1_000_000)
        settings.connectTimeout = .seconds(1_000_000)
        self.settings = settings
    }

    private func readings(_ value: Int64, at seconds: Int64 = 0) -> Batch {
        StoredContent.readings(
            StoredContent.series("b1-u1/energy", [value], from: .seconds(seconds)))
    }

    private func uplink(topic: String? = nil, faults: [UplinkFault] = []) -> AnsweringUplink {
        AnsweringUplink(
            acknowledgingOn: topic ?? settings.acknowledgementTopic, faults: faults)
    }

    /// Runs the delivery while `body` looks on.
    private func withDelivery(
        to uplink: AnsweringUplink, filter: ShareFilter = ShareFilter(nil),
        holdBack: @escaping @Sendable (StoredBatch) -> Bool = { _ in false },
        _ body: (AsyncStream<DeliveryChange>, DestinationDelivery) async throws -> Void
    ) async throws {
        let (changes, changed) = AsyncStream<DeliveryChange>.makeStream()
        let delivery = DestinationDelivery(
            settings: settings, filter: filter, source: cache.source, uplink: uplink,
            time: clock.source, seed: 1, holdBack: holdBack, onChange: { changed.yield($0) })
        try await withThrowingTaskGroup { group in
            group.addTask { await delivery.run() }
            try await body(changes, delivery)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// The keys of the next messages, without site, destination and epoch.
    private func keys(_ count: Int, of uplink: AnsweringUplink) async -> [String] {
        var keys: [String] = []
        var messages = uplink.published.makeAsyncIterator()
        while keys.count < count, let message = await messages.next() {
            keys.append(message.key.split(separator: "/").suffix(2).joined(separator: "/"))
        }
        return keys
    }

    /// Lets the hand-moved time pass until something is so.
    private func pass(_ step: Duration = .seconds(1), until condition: () -> Bool) async {
        while !condition(), !Task.isCancelled {
            clock.pass(step)
            await Task.yield()
        }
    }

    @Test func deliversTheCacheAndWhatIsAppendedLater() async throws {
        for value in Int64(0)..<3 { cache.append(readings(value), to: .reading) }
        cache.append(StoredContent.events("door.forced"), to: .alarm)
        let uplink = uplink()
        try await withDelivery(to: uplink) { _, _ in
            #expect(
                await keys(4, of: uplink) == [
                    "alarm/1-1", "reading/1-1", "reading/2-2", "reading/3-3",
                ])
            cache.append(readings(4), to: .reading)
            #expect(await keys(1, of: uplink) == ["reading/4-4"])
            for await (lane, through) in cache.advances where lane == .reading && through == 4 {
                break
            }
        }
        #expect(uplink.isClosed)
    }

    @Test func acknowledgementsElsewhereMoveNoCursor() async throws {
        cache.append(readings(1), to: .reading)
        let uplink = uplink(topic: "linli/v1/s1/other/ack")
        try await withDelivery(to: uplink) { _, delivery in
            #expect(await keys(1, of: uplink) == ["reading/1-1"])
            // What was answered is handled once the next message is out, in another lane.
            while delivery.report.accepted == 0, !Task.isCancelled { await Task.yield() }
            cache.append(StoredContent.events("door.forced"), to: .alarm)
            #expect(await keys(1, of: uplink) == ["alarm/1-1"])
            #expect(delivery.report.messages == 0)
        }
    }

    @Test func aLaneWhoseBatchesWereDroppedHoldsUpNoOther() async throws {
        cache.append(StoredContent.events("device.silent"), to: .event)
        cache.drop(.event)
        cache.append(readings(1), to: .reading)
        let uplink = uplink()
        try await withDelivery(to: uplink) { _, _ in
            #expect(await keys(1, of: uplink) == ["reading/1-1"])
        }
    }

    @Test func aReplacedCacheIsDeliveredFromItsBeginning() async throws {
        for value in Int64(0)..<3 { cache.append(readings(value), to: .reading) }
        cache.append(StoredContent.events("door.forced"), to: .alarm)
        let uplink = uplink()
        try await withDelivery(to: uplink) { _, _ in
            #expect(await keys(4, of: uplink).last == "reading/3-3")
            cache.replace(epoch: "0123456789abcdef")
            cache.append(readings(1), to: .reading)
            cache.append(StoredContent.events("door.forced"), to: .alarm)
            #expect(Set(await keys(2, of: uplink)) == ["alarm/1-1", "reading/1-1"])
        }
    }

    @Test func anUnreadableBatchIsReported() async throws {
        cache.store(StoredContent.damaged(1))
        cache.append(readings(2), to: .reading)
        let uplink = uplink()
        try await withDelivery(to: uplink) { changes, _ in
            #expect(await keys(1, of: uplink) == ["reading/1-2"])
            for await change in changes where change == .unreadable(.reading, 1) { break }
        }
    }

    @Test func aConnectionThatTakesNothingIsMadeAnew() async throws {
        cache.append(readings(1), to: .reading)
        let uplink = uplink(faults: [.notConnected])
        try await withDelivery(to: uplink) { _, _ in
            // It is broken off at once, not when a time-out has passed.
            while uplink.disconnects == 0, !Task.isCancelled { await Task.yield() }
            await pass { uplink.connects == 2 }
            #expect(await keys(1, of: uplink) == ["reading/1-1"])
        }
        #expect(uplink.disconnects == 1)
    }

    /// A single reading cannot be made smaller.
    @Test func aMessageThatIsTooLargeIsToldKeptAndSentWhenItMay() async throws {
        for value in Int64(0)..<2 { cache.append(readings(value), to: .reading) }
        let uplink = uplink(faults: Array(repeating: .tooLarge(limit: 10), count: 5))
        try await withDelivery(to: uplink) { changes, delivery in
            await pass(.seconds(1)) { delivery.report.refusals == 5 }
            #expect(delivery.report.standing.map(\.key.sequences) == [1...1])
            await pass(.seconds(10)) { delivery.report.accepted > 0 }
            #expect(await keys(1, of: uplink) == ["reading/1-1"])
            var tellings: [ClosedRange<Int64>] = []
            for await change in changes {
                if case .standing(let key, .tooLarge) = change { tellings.append(key.sequences) }
                if case .goingOn(let key, _) = change {
                    #expect(key.sequences == 1...1)
                    break
                }
            }
            #expect(tellings == [1...1])
        }
    }

    @Test func readingsAreHeldBackAndAlarmsAreNot() async throws {
        let isHeld = Mutex(true)
        let uplink = uplink()
        cache.append(readings(1), to: .reading)
        cache.append(StoredContent.events("device.silent"), to: .event)
        let holdBack: @Sendable (StoredBatch) -> Bool = { stored in
            stored.batch.lane != .alarm && isHeld.withLock { $0 }
        }
        try await withDelivery(to: uplink, holdBack: holdBack) { _, delivery in
            for sequence in 1...3 {
                cache.append(StoredContent.events("door.forced"), to: .alarm)
                #expect(await keys(1, of: uplink) == ["alarm/\(sequence)-\(sequence)"])
            }
            isHeld.withLock { $0 = false }
            await pass { delivery.report.messages == 5 }
            #expect(await keys(2, of: uplink) == ["event/1-1", "reading/1-1"])
        }
    }

    /// The readings before the cursor were shared by an earlier run.
    @Test func thinningGoesOnWhereItWasBeforeARestart() async throws {
        for (number, seconds) in [0, 30, 61].enumerated() {
            cache.append(readings(Int64(number), at: Int64(seconds)), to: .reading)
        }
        cache.setCursor(.reading, to: 1)
        let uplink = uplink()
        let filter = ShareFilter(ShareFilter.Selection(every: LocalIntervals(every: .seconds(60))))
        try await withDelivery(to: uplink, filter: filter) { _, _ in
            #expect(await keys(1, of: uplink) == ["reading/2-3"])
        }
    }
}

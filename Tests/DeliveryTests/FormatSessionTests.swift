import Delivery
import Execution
import MQTT
import Telemetry
import Testing
import TestSupport

/// A format that is born with each connection and dies with it, as Sparkplug's are: a conformer of
/// its own, since those of the gateway say nothing of themselves.
private struct BornFormat: WireFormat {
    private var births: UInt8 = 0
    let waitsForPlatform = true
    let hasParts = true

    var subscriptions: [TopicFilter] { [TopicFilter(topic: "stored")] }
    var will: OutgoingMessage? {
        OutgoingMessage(topic: "state", payload: [0], isRetained: true, kind: .session)
    }

    mutating func connected() -> [FormatAction] {
        births += 1
        return [.say(OutgoingMessage(topic: "state", payload: [births], isRetained: true))]
    }

    func encode(_ message: Message, limit: Int?, isDated: Bool) -> [OutgoingMessage] {
        [OutgoingMessage(topic: "data", payload: [1], key: message.key.description)]
    }

    mutating func received(_ message: ReceivedMessage) -> [FormatAction] {
        [.acknowledged(Acknowledgement.keys(in: message.payload))]
    }
}

@Suite(.timeLimit(.minutes(15))) struct FormatSessionTests {
    private let cache = MemoryCache()
    private let clock = HandClock(StoredContent.start)

    private func delivery(
        to uplink: AnsweringUplink, _ changed: AsyncStream<DeliveryChange>.Continuation? = nil
    ) -> DestinationDelivery {
        var settings = DeliverySettings(site: "s1", destination: "city", format: BornFormat())
        // Hours may pass by hand between a message and its answer.
        settings.acceptTimeout = .seconds(1_000_000)
        settings.acknowledgeTimeout = .seconds(1_000_000)
        settings.connectTimeout = .seconds(1_000_000)
        return DestinationDelivery(
            settings: settings, filter: ShareFilter(nil), source: cache.source, uplink: uplink,
            time: clock.source,
            seed: 1, onChange: { _ = changed?.yield($0) })
    }

    private func running(
        _ delivery: DestinationDelivery, _ body: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { await delivery.run() }
            try await body()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func aFormatIsBornWithEachConnectionAndItsDeathIsTheWill() async throws {
        cache.append(StoredContent.events("door.forced"), to: .alarm)
        let uplink = AnsweringUplink(acknowledgingOn: "stored")
        let delivery = delivery(to: uplink)
        try await running(delivery) {
            var messages = uplink.published.makeAsyncIterator()
            var birth = await messages.next()
            #expect(birth?.topic == "state" && birth?.payload == [1] && birth?.isRetained == true)
            #expect(birth?.kind == .session)
            let first = await messages.next()
            #expect(first?.topic == "data" && first?.kind == .delivery)
            var advances = cache.advances.makeAsyncIterator()
            #expect(await advances.next()?.through == 1)
            uplink.happen(.disconnected(.refused("gone")))
            while uplink.connects < 2 {
                clock.pass(.seconds(1))
                await Task.yield()
            }
            birth = await messages.next()
            #expect(birth?.payload == [2])
        }
        let terms = ConnectionTerms(
            subscriptions: [Subscription(TopicFilter(topic: "stored"))], will: BornFormat().will)
        #expect(uplink.terms == [terms, terms])
    }

    @Test func whatIsSaidOfTheSessionAndRefusedIsToldAndNothingWaits() async throws {
        cache.append(StoredContent.events("door.forced"), to: .alarm)
        let fault = UplinkFault.notAuthorized("not here")
        let uplink = AnsweringUplink(acknowledgingOn: "stored", faults: [fault])
        let (changes, changed) = AsyncStream<DeliveryChange>.makeStream()
        try await running(delivery(to: uplink, changed)) {
            var changes = changes.makeAsyncIterator()
            #expect(await changes.next() == .connected)
            #expect(await changes.next() == .ignored(fault))
            var messages = uplink.published.makeAsyncIterator()
            #expect(await messages.next()?.topic == "data")
        }
    }

    @Test func oneConnectionHasManyListeners() async throws {
        let uplink = AnsweringUplink(acknowledgingOn: "stored")
        let (changes, changed) = AsyncStream<DeliveryChange>.makeStream()
        let delivery = delivery(to: uplink, changed)
        let all = try #require(TopicFilter("to/#"))
        let one = try #require(TopicFilter("to/+/door"))
        let commands = delivery.listeners.listen(to: [one, all], as: "commands")
        let doors = delivery.listeners.listen(to: [one], as: "doors")
        try await running(delivery) {
            var changes = changes.makeAsyncIterator()
            #expect(await changes.next() == .connected)
            let subscriptions = uplink.terms.first?.subscriptions
            #expect(subscriptions?.map(\.filter.description) == ["stored", "to/+/door", "to/#"])
            #expect(subscriptions?.map(\.isRequired) == [true, false, false])
            for topic in ["to/a", "other", "to/a/door"] {
                uplink.receive(ReceivedMessage(topic: topic, payload: [1], isRetained: true))
            }
            var commands = commands.makeAsyncIterator()
            var doors = doors.makeAsyncIterator()
            #expect(await commands.next()?.topic == "to/a")
            // Once, though two of its filters pass it.
            #expect(await commands.next()?.topic == "to/a/door")
            let last = await doors.next()
            #expect(last?.topic == "to/a/door" && last?.isRetained == true)
            uplink.happen(.notSubscribed(all, .notAuthorized("no")))
            #expect(await changes.next() == .ignored(.notAuthorized("no")))
        }
    }

    @Test func aListenerThatIsSlowIsBoundedAndToldOnce() async throws {
        let uplink = AnsweringUplink(acknowledgingOn: "stored")
        let (changes, changed) = AsyncStream<DeliveryChange>.makeStream()
        let delivery = delivery(to: uplink, changed)
        let filter = try #require(TopicFilter("to/+"))
        let slow = delivery.listeners.listen(to: [filter], as: "commands", room: 3)
        try await running(delivery) {
            var changes = changes.makeAsyncIterator()
            #expect(await changes.next() == .connected)
            for number in UInt8(0)..<100 {
                uplink.receive(ReceivedMessage(topic: "to/a", payload: [number]))
            }
            cache.append(StoredContent.events("door.forced"), to: .alarm)
            guard case .ignored(.refused(let words)) = await changes.next() else {
                Issue.record("not told")
                return
            }
            #expect(words.hasPrefix("more comes to to/a than commands takes"))
            // The delivery goes on meanwhile, and behind all that came.
            var advances = cache.advances.makeAsyncIterator()
            #expect(await advances.next()?.through == 1)
            uplink.happen(.ignored(.notConnected))
            #expect(await changes.next() == .ignored(.notConnected))
            var slow = slow.makeAsyncIterator()
            for number in UInt8(0)..<3 { #expect(await slow.next()?.payload == [number]) }
            uplink.receive(ReceivedMessage(topic: "to/a", payload: [200]))
            #expect(await slow.next()?.payload == [200])
        }
    }
}

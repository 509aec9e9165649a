import Execution
import Glibc
import MQTT
@testable import MQTTUplink
import Telemetry
import Testing

/// What a connection begins with, and the kinds of messages, against a real broker.
@Suite(
    .enabled(if: TestBroker.isInstalled, "needs mosquitto and openssl"), .timeLimit(.minutes(15)))
struct ConnectionTermsTests {
    private static let will = OutgoingMessage(
        topic: "state/gateway", payload: Array("away".utf8), isRetained: true, kind: .session)

    private func withWitness(
        _ broker: TestBroker, _ body: (EventReader) async throws -> Void
    ) async throws {
        try await withUplink(broker.settings(.v5, clientID: "witness")) { witness, told in
            await witness.connect(listeningTo: "state/#", "end")
            #expect(await told.next() == .connected)
            try await body(told)
        }
    }

    @Test(arguments: ProtocolVersion.allCases)
    func theBrokerSaysTheWillOfAConnectionThatIsCut(_ version: ProtocolVersion) async throws {
        try await TestBroker.run { broker in
            var terms = ConnectionTerms.listening(to: ["ack"])
            terms.will = Self.will
            try await withUplink(broker.settings(version)) { uplink, events in
                try await withWitness(broker) { told in
                    let others = socketsOfThisProcess(to: broker.port)
                    await uplink.connect(terms)
                    #expect(await events.next() == .connected)
                    for socket in socketsOfThisProcess(to: broker.port).subtracting(others) {
                        shutdown(socket, CInt(SHUT_RDWR))
                    }
                    #expect(
                        await told.next()
                            == .received(topic: "state/gateway", payload: Array("away".utf8)))
                }
                // It was retained: whoever comes later is told, and that it is not new.
                try await withWitness(broker) { told in
                    guard case .received(let message) = await told.next() else {
                        Issue.record("nothing is retained")
                        return
                    }
                    #expect(message.isRetained && message.topic == "state/gateway")
                }
            }
        }
    }

    @Test(arguments: ProtocolVersion.allCases)
    func aPoliteEndHasNoWill(_ version: ProtocolVersion) async throws {
        try await TestBroker.run { broker in
            try await withWitness(broker) { told in
                try await withUplink(broker.settings(version)) { uplink, events in
                    await uplink.connect(ConnectionTerms(will: Self.will))
                    #expect(await events.next() == .connected)
                    await uplink.disconnect()
                    #expect(await events.next() == .disconnected(.notConnected))
                    await uplink.connect()
                    #expect(await events.next() == .connected)
                    try await uplink.publish(message(1, "end", [1]))
                    #expect(await told.next() == .received(topic: "end", payload: [1]))
                }
            }
        }
    }

    @Test(arguments: ProtocolVersion.allCases)
    func aMessageAtMostOnceIsSentAndHasNoAnswer(_ version: ProtocolVersion) async throws {
        try await TestBroker.run { broker in
            try await withWitness(broker) { told in
                try await withUplink(broker.settings(version)) { uplink, events in
                    await uplink.connect()
                    #expect(await events.next() == .connected)
                    let once = OutgoingMessage(
                        token: 5, topic: "state/x", payload: [5], quality: .atMostOnce)
                    try await uplink.publish(once)
                    #expect(await events.next() == .accepted(5))
                    #expect(await told.next() == .received(topic: "state/x", payload: [5]))
                }
            }
        }
    }

    /// The rules of the standard are those of the broker: what it sends is what the filter passes.
    @Test(arguments: 0..<2 as Range<UInt64>)
    func aFilterPassesWhatTheBrokerSends(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        func words(_ all: [String]) -> String {
            (0..<Int.random(in: 1...4, using: &random))
                .map { _ in all.randomElement(using: &random) ?? "" }.joined(separator: "/")
        }
        var filters: [TopicFilter] = []
        while filters.count < 12 {
            guard let filter = TopicFilter(words(["a", "b", "", "+", "+", "#", "$a", "A"])) else {
                continue
            }
            filters.append(filter)
        }
        let topics = (0..<60).map { _ in words(["a", "b", "", "$a", "A"]) }
            .filter(TopicFilter.isTopic)
        try await TestBroker.run { broker in
            for (number, filter) in filters.enumerated() {
                let settings = broker.settings(.v311, clientID: "g\(number)")
                try await withUplink(settings) { uplink, events in
                    await uplink.connect(listeningTo: filter.description, "the/very/end/of/it")
                    #expect(await events.next() == .connected)
                    for (token, topic) in (topics + ["the/very/end/of/it"]).enumerated() {
                        try await uplink.publish(message(UInt64(token), topic, [7]))
                    }
                    var heard: [String] = []
                    while let event = await events.next() {
                        guard case .received(let message) = event else { continue }
                        if message.topic == "the/very/end/of/it" { break }
                        heard.append(message.topic)
                    }
                    #expect(heard == topics.filter(filter.matches), "\(filter)")
                }
            }
        }
    }

    // MARK: - A broker that refuses, by hand

    @Test(arguments: ProtocolVersion.allCases)
    func aSubscriptionThatIsNotRequiredMayBeRefused(_ version: ProtocolVersion) throws {
        let filter = try #require(TopicFilter("commands/#"))
        var terms = ConnectionTerms.listening(to: ["ack"])
        terms.subscriptions.append(Subscription(filter, isRequired: false))
        var world = SessionWorld(version, terms)
        let isV5 = version == .v5
        world.broker(isV5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0])
        world.confirm()
        #expect(world.session.takeEvents() == [])
        world.broker(isV5 ? [0x90, 4, 0, 2, 0, 0x87] : [0x90, 3, 0, 2, 0x80])
        let events = world.session.takeEvents()
        #expect(events.first == .connected && events.count == 2)
        guard case .notSubscribed(filter, .notAuthorized(let words)) = events.last else {
            Issue.record("\(events)")
            return
        }
        #expect(words.hasPrefix("the broker forbids to subscribe to commands/#"))
    }

    /// MQTT 5: CONNACK with "retain available" 0.
    @Test func aBrokerThatRetainsNothingIsNotAsked() {
        var world = SessionWorld(.v5)
        world.broker([0x20, 5, 0, 0, 2, 0x25, 0])
        world.confirm()
        var retained = message(1, "up", [1])
        retained.isRetained = true
        guard case .unacceptable = world.session.publish(retained, at: world.now) else {
            Issue.record("it was taken")
            return
        }
        #expect(world.session.publish(message(2, "up", [1]), at: world.now) == nil)
    }
}

/// The sockets of this process that are connected to a port.
private func socketsOfThisProcess(to port: UInt16) -> Set<CInt> {
    Set(
        (3..<1_024).filter { descriptor in
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let status = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    getpeername(descriptor, $0, &length)
                }
            }
            return status == 0 && address.sin_port == port.bigEndian
        })
}

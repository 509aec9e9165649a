import Execution
import Receiving
import Simulation
import Telemetry
import Testing

@Suite(
    .serialized,
    .enabled(if: RealBroker.isInstalled, "mosquitto and its clients are not installed"))
struct SimulatedPlatformTests {
    static let root = "linli/v1/s/city"
    static let now = Timestamp(milliseconds: 1_790_000_000_000)

    static func message(_ sequences: ClosedRange<Int64>) -> Message {
        let clock = BatchClock(
            boot: "00112233aabbccdd", wallMinusMonotonicMilliseconds: 0, isSynchronized: true)
        return Message(
            key: IdempotencyKey(
                site: "s", destination: "city", epoch: "e1", lane: .reading, sequences: sequences),
            batch: Batch(clock: clock, events: [Event("cache.gap", of: "reading", at: now)]))
    }

    static func withPlatform(
        _ broker: RealBroker, acknowledges: Bool = true,
        _ body: (SimulatedPlatform) async throws -> Void
    ) async throws {
        let address = try #require(BrokerAddress("mqtt://127.0.0.1:\(broker.port)"))
        var settings = PlatformSettings(broker: address, site: "s", destination: "city")
        settings.store = broker.folder
        settings.acknowledges = acknowledges
        let platform = SimulatedPlatform(
            settings, wall: { now }, executor: ThreadExecutor(name: "platform"),
            notify: { _ in })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await platform.run() }
            try await body(platform)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func storesAndAcknowledgesBothFormats() async throws {
        try await RealBroker.run { broker in
            let messages = [
                Self.message(1...4), Self.message(5...6),
            ]
            let acknowledged = try await broker.collect(2, of: Self.root + "/ack") {
                // Each run of the platform acknowledges one; the session keeps what comes between.
                try await Self.withPlatform(broker) { platform in
                    await eventually { platform.report.isConnected }
                    try broker.publish(
                        LinliFormat.encode(messages[0]), to: Self.root + "/reading")
                    await eventually { platform.report.tally.messages >= 1 }
                }
                try broker.publish(LinliJSON.encode(messages[1]), to: Self.root + "/reading")
                try await Self.withPlatform(broker) { platform in
                    await eventually { platform.report.tally.messages >= 1 }
                    #expect(platform.report.tally.batches == 2)
                }
            }
            #expect(acknowledged == messages.map(\.key.description))
            var keys: [String] = []
            _ = try MessageStore(folder: broker.folder) { keys.append($0) }
            #expect(keys == messages.map(\.key.description))
        }
    }

    @Test func whatIsStoredIsKnownAfterARestart() async throws {
        try await RealBroker.run { broker in
            let payload = LinliFormat.encode(Self.message(1...4))
            for expected in 0...1 {
                try await Self.withPlatform(broker, acknowledges: false) { platform in
                    await eventually { platform.report.isConnected }
                    try broker.publish(payload, to: Self.root + "/reading")
                    await eventually {
                        platform.report.tally.messages + platform.report.tally.duplicates > 0
                    }
                    #expect(platform.report.tally.duplicates == expected)
                }
            }
        }
    }

    @Test func whatCannotBeReadIsRefused() async throws {
        try await RealBroker.run { broker in
            try await Self.withPlatform(broker) { platform in
                await eventually { platform.report.isConnected }
                try broker.publish([1, 2, 3], to: Self.root + "/reading")
                try broker.publish([0x28, 0xB5, 0x2F, 0xFD, 9], to: Self.root + "/reading")
                await eventually { platform.report.tally.refused >= 2 }
                #expect(platform.report.tally.messages == 0)
            }
        }
    }
}

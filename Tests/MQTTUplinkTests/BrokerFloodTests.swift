import MQTT
@testable import MQTTUplink
import Telemetry
import TestSupport
import Testing

/// Messages too large, and messages without end, cost little memory and hold nothing up.
@Suite(.timeLimit(.minutes(10)))
struct BrokerFloodTests {
    /// The same message would come again with each connection: it is let go and acknowledged.
    @Test(arguments: [UInt8(0x30), 0x32, 0x34])
    func aMessageOf200MegabytesIsLetGoWhileItComes(_ first: UInt8) async throws {
        try await confirmModest {
            try await HostileBroker.run(at: TestBroker.freePort()) { connection in
                connection.welcome(4)
                connection.sendLargeMessage(first)
                if first != 0x30 {
                    let answer: UInt8 = first == 0x32 ? 0x40 : 0x50
                    guard connection.readPacket() == [answer, 2, 0, 7] else { return }
                }
                connection.send([0x30, 6, 0, 3, 0x61, 0x63, 0x6B, 0x2E])
                connection.fallSilent()
            } _: { broker in
                try await withUplink(HostileBroker.settings(broker.port, .v311)) { uplink, events in
                    await uplink.connect(listeningTo: "ack")
                    #expect(await events.next() == .connected)
                    let words =
                        "127.0.0.1:\(broker.port) sent a message of 209715200 bytes to ack; the "
                        + "gateway takes 262144 and has let it go"
                    let ignored = await events.next()
                    try #require(ignored == .ignored(.refused(words)))
                    #expect(await events.next() == .received(topic: "ack", payload: [0x2E]))
                }
            }
        }
    }

    @Test(arguments: ProtocolVersion.allCases)
    func aFloodOfMessagesIsTakenSlowlyAndDoesNotHoldUpTheEnd(
        _ version: ProtocolVersion
    ) async throws {
        try await confirmModest {
            try await HostileBroker.run(at: TestBroker.freePort()) { connection in
                connection.welcome(version == .v5 ? 5 : 4)
                // 100 000 bytes each.
                let header: [UInt8] =
                    version == .v5
                    ? [0x30, 0xA6, 0x8D, 0x06, 0, 3, 0x61, 0x63, 0x6B, 0]
                    : [0x30, 0xA5, 0x8D, 0x06, 0, 3, 0x61, 0x63, 0x6B]
                connection.sendForever(header + [UInt8](repeating: 0x2E, count: 100_000))
            } _: { broker in
                try await withUplink(HostileBroker.settings(broker.port, version)) {
                    uplink, events in
                    let clock = ContinuousClock()
                    await uplink.connect(listeningTo: "ack")
                    #expect(await events.next() == .connected)
                    let start = clock.now
                    // 2 MiB at once, and 256 KiB a second from then on.
                    for _ in 1...28 {
                        let next = await events.next()
                        guard case .received(let message) = next, message.payload.count == 100_000
                        else {
                            Issue.record("\(String(describing: next))")
                            return
                        }
                    }
                    #expect(clock.now - start > .seconds(2))
                }
            }
        }
    }
}

import Glibc
import MQTT
import MQTTUplink
import Telemetry
import Testing

/// The reason codes of MQTT 5, from a broker that follows a script.
@Suite(.timeLimit(.minutes(15)))
struct ReasonCodeTests {
    @Test(
        arguments: [
            (UInt8(0x8E), UplinkFault.takenOver),
            (0x95, .tooLarge(limit: nil)),
            (0x87, .notAuthorized("Not authorized")),
            (0x8B, .refused("Server shutting down")),
        ] as [(UInt8, UplinkFault)])
    func aDisconnectTellsItsReason(_ code: UInt8, _ fault: UplinkFault) async throws {
        try await withScript { broker, uplink, events in
            try broker.send([0xE0, 1, code])
            #expect(await events.next() == .disconnected(fault))
        }
    }

    @Test(
        arguments: [
            (UInt8(0x00), UplinkEvent.accepted(9)),
            (0x10, .accepted(9)),  // Nobody has subscribed: taken all the same.
            (0x87, .refused(9, .notAuthorized("Not authorized"))),
            (0x80, .refused(9, .refused("Unspecified error"))),
            (0x83, .refused(9, .refused("Implementation specific error"))),
            (0x90, .refused(9, .unacceptable("Topic Name invalid"))),
            (0x91, .refused(9, .refused("Packet Identifier in use"))),
            (0x97, .refused(9, .refused("Quota exceeded"))),
            (0x99, .refused(9, .unacceptable("Payload format invalid"))),
            (0x95, .refused(9, .tooLarge(limit: nil))),
        ] as [(UInt8, UplinkEvent)])
    func anAcknowledgementTellsItsReason(_ code: UInt8, _ event: UplinkEvent) async throws {
        try await withScript { broker, uplink, events in
            try await uplink.publish(message(9, "up", [1]))
            let packet = try broker.readPacket()
            // Topic, identifier, then the key as the only property, then the payload.
            #expect(packet[2..<6] == [0, 2, 0x75, 0x70])
            #expect(packet[8...] == [10, 0x26, 0, 3, 0x6B, 0x65, 0x79, 0, 2, 0x6B, 0x39, 1])
            try broker.send([0x40, 3, packet[6], packet[7], code])
            #expect(await events.next() == event)
        }
    }

    private func withScript(
        _ body: (ScriptedBroker, MQTTUplink, EventReader) async throws -> Void
    ) async throws {
        let broker = try ScriptedBroker()
        let settings = MQTTConnectionSettings(
            BrokerAccess(host: "127.0.0.1", port: broker.port, version: .v5, clientID: "gateway"))
        try await withUplink(settings) { uplink, events in
            await uplink.connect()
            try broker.welcome()
            #expect(await events.next() == .connected)
            try await body(broker, uplink, events)
        }
    }
}

import Glibc
import MQTT
@testable import MQTTUplink
import Telemetry
import TestSupport
import Testing

/// What a broker can do to the gateway: end the connection, with its reason, and nothing else.
@Suite(
    .enabled(if: TestBroker.isInstalled, "needs mosquitto and openssl"), .timeLimit(.minutes(15)))
struct HostileBrokerTests {
    typealias Version = ProtocolVersion

    /// A hostility of a broker that has accepted the client, and what is said of it.
    struct Hostility: CustomTestStringConvertible {
        var testDescription: String
        var version: Version
        var words: String
        var script: @Sendable (HostileConnection) -> Void

        init(
            _ name: String, over version: Version = .v5, _ words: String,
            _ script: @escaping @Sendable (HostileConnection) -> Void
        ) {
            testDescription = name
            self.version = version
            self.words = words
            self.script = script
        }
    }

    static let hostilities: [Hostility] =
        Version.allCases.flatMap { version in
            [
                Hostility("PUBACKs", over: version, "sends PUBACK without end") {
                    $0.sendForever([0x40, 2, 0x12, 0x34])
                },
                Hostility("PUBRECs", over: version, "sends PUBREC without end") {
                    $0.sendForever([0x50, 2, 0x12, 0x34])
                },
                Hostility("PUBRELs", over: version, "sends PUBREL without end") {
                    $0.sendForever([0x62, 2, 0x12, 0x34])
                },
                Hostility("PUBCOMPs", over: version, "sends PUBCOMP without end") {
                    $0.sendForever([0x70, 2, 0x12, 0x34])
                },
                Hostility("PINGRESPs", over: version, "sends PINGRESP without end") {
                    $0.sendForever([0xD0, 0])
                },
                Hostility("SUBACKs", over: version, "sends SUBACK without end") {
                    $0.sendForever(
                        version == .v5 ? [0x90, 4, 0x12, 0x34, 0, 1] : [0x90, 3, 0x12, 0x34, 1])
                },
                Hostility("CONNACKs", over: version, "sent CONNACK, which it may not send now") {
                    $0.sendForever(version == .v5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0])
                },
                Hostility("type 0", over: version, "sent something that is not MQTT") {
                    $0.send([0, 0])
                },
                Hostility("a length without end", over: version, "sent a malformed PUBLISH") {
                    $0.send([0x30] + [UInt8](repeating: 0xFF, count: 64))
                },
                Hostility("a PUBLISH of QoS 3", over: version, "sent something that is not MQTT") {
                    $0.send([0x36, 5, 0, 1, 0x61, 0, 1])
                },
                Hostility("a topic that is no text", over: version, "sent a malformed PUBLISH") {
                    $0.send([0x30, 5, 0, 2, 0xC0, 0x80, 0])
                },
                Hostility("a topic beyond its packet", over: version, "sent a malformed PUBLISH") {
                    $0.send([0x30, 3, 0xFF, 0xFF, 0])
                },
                Hostility("a SUBACK of 200 MB", over: version, "sent a SUBACK of 209715200 bytes") {
                    $0.send([0x90, 0x80, 0x80, 0x80, 0x64])
                    $0.sendForever([UInt8](repeating: 0, count: 4_096))
                },
                Hostility("messages of QoS 2", over: version, "sends more messages than") {
                    for identifier in UInt8(1)...200
                    where $0.send([0x34, 6, 0, 1, 0x61, 0, identifier, 0]) {}
                    $0.fallSilent()
                },
                Hostility("a PINGREQ", over: version, "sent something that is not MQTT") {
                    $0.send([0xC0, 0])
                },
                Hostility("hanging up", over: version, "the broker closed the connection") { _ in },
            ]
        } + [
            Hostility("a DISCONNECT", over: .v311, "sent something that is not MQTT") {
                $0.send([0xE0, 0])
            },
            Hostility("an AUTH", "sent AUTH, which it may not send now") {
                $0.send([0xF0, 2, 0x18, 0])
            },
            Hostility("a DISCONNECT without a reason", "the broker ended the connection") {
                $0.send([0xE0, 0])
            },
            Hostility("a DISCONNECT with an odd reason", "reason 77 (Wartung)") {
                $0.send([0xE0, 12, 77, 10, 0x1F, 0, 7, 0x57, 0x61, 0x72, 0x74, 0x75, 0x6E, 0x67])
            },
            Hostility("an unknown property", "sent a malformed PUBLISH") {
                $0.send([0x30, 6, 0, 1, 0x61, 2, 0x7E, 0])
            },
            Hostility("properties beyond their packet", "sent a malformed PUBACK") {
                $0.send([0x40, 6, 0, 1, 0, 0x7F, 0x26, 0])
            },
            Hostility("a topic alias", "sent a malformed PUBLISH") {
                $0.send([0x30, 7, 0, 1, 0x61, 3, 0x23, 0, 1])
            },
            Hostility("a message of 200 MB", "sent a PUBLISH of 209715200 bytes") {
                $0.sendLargeMessage(properties: [0])
            },
        ]

    @Test(arguments: hostilities)
    func aBrokerThatTurnsHostileIsLetGoAndAnHonestOneTakenAfterIt(
        _ hostility: Hostility
    ) async throws {
        let version: UInt8 = hostility.version == .v5 ? 5 : 4
        try await confirmModest {
            try await Self.meet(hostility.version, expecting: [.connected], hostility.words) {
                $0.welcome(version)
                hostility.script($0)
            }
        }
    }

    static let greetings: [Hostility] = [
        Hostility("nothing", "accepted the connection and sent no CONNACK for ") {
            $0.fallSilent()
        },
        Hostility("nothing", over: .v311, "is this a port for MQTT, and does it expect TLS?") {
            $0.fallSilent()
        },
        Hostility("a byte now and then", "accepted the connection and sent no CONNACK for ") {
            $0.readPacket()
            for byte: UInt8 in [0x20, 3, 0, 0] where $0.send([byte]) { usleep(50_000) }
            $0.fallSilent()
        },
        Hostility("half a CONNACK", "accepted the connection and sent no CONNACK for ") {
            $0.send([0x20, 3, 0])
            $0.fallSilent()
        },
        Hostility("no SUBACK", "did not confirm its subscription to ack within ") {
            $0.readPacket()
            $0.send([0x20, 3, 0, 0, 0])
            $0.fallSilent()
        },
        Hostility("a SUBACK that refuses", "forbids to subscribe to ack (Quota exceeded)") {
            $0.readPacket()
            $0.send([0x20, 3, 0, 0, 0])
            let subscribe = $0.readPacket()
            $0.send([0x90, 4] + subscribe[2..<4] + [0, 0x97])
        },
        Hostility("a SUBACK that refuses", over: .v311, "forbids to subscribe to ack") {
            $0.readPacket()
            $0.send([0x20, 2, 0, 0])
            let subscribe = $0.readPacket()
            $0.send([0x90, 3] + subscribe[2..<4] + [0x80])
        },
        Hostility("messages before CONNACK", "sent PUBLISH, which it may not send now") {
            $0.sendForever([0x30, 4, 0, 1, 0x61, 0])
        },
        Hostility("messages before SUBACK", "sends more messages than") {
            $0.readPacket()
            $0.send([0x20, 3, 0, 0, 0])
            $0.sendForever([0x30, 4, 0, 1, 0x61, 0])
        },
        Hostility("the words of a web server", "does not speak MQTT") {
            $0.send(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
        },
        Hostility("the words of a shell", over: .v311, "does not speak MQTT") {
            $0.send(Array("SSH-2.0-OpenSSH_9.2\r\n".utf8))
        },
        Hostility("an alert of TLS", "expects TLS: write mqtts://") {
            $0.send([0x15, 3, 3, 0, 2, 2, 70])
        },
        Hostility("MQTT 3.1.1 alone", "does not speak MQTT 5: write version: 3.1.1") {
            $0.readPacket()
            $0.send([0x20, 2, 0, 1])
        },
        Hostility("QoS 0 alone", "takes no messages that it has to acknowledge") {
            $0.readPacket()
            $0.send([0x20, 5, 0, 0, 2, 0x24, 0])
        },
        Hostility("an unknown property", "sent a malformed CONNACK") {
            $0.readPacket()
            $0.send([0x20, 5, 0, 0, 2, 0x7E, 0])
        },
        Hostility("an end", "closed the connection without an answer; does it expect TLS?") {
            $0.readPacket()
        },
    ]

    @Test(arguments: greetings)
    func aBrokerThatDoesNotGreetIsLetGoAndAnHonestOneTakenAfterIt(
        _ hostility: Hostility
    ) async throws {
        try await confirmModest {
            try await Self.meet(
                hostility.version, expecting: [], hostility.words, hostility.script)
        }
    }

    static let handshakes: [Hostility] = [
        Hostility("nothing", "did not end the TLS handshake within ") { $0.fallSilent() },
        Hostility("half a record", "did not end the TLS handshake within ") {
            $0.send([0x16, 3, 3, 0x3F])
            $0.fallSilent()
        },
        Hostility("a byte now and then", "did not end the TLS handshake within ") {
            for byte: UInt8 in [0x16, 3, 3, 0x3F] where $0.send([byte]) { usleep(50_000) }
            $0.fallSilent()
        },
        Hostility("noise", "does not speak TLS") {
            $0.sendForever((0..<4_096).map { UInt8(truncatingIfNeeded: $0 &* 167 + 13) })
        },
        Hostility("a CONNACK", "does not speak TLS") {
            $0.sendForever([0x20, 3, 0, 0, 0])
        },
        Hostility("an alert", "none is set (") { $0.send([0x15, 3, 3, 0, 2, 2, 40]) },
        Hostility("an alert of its version", "broke TLS off (tlsv1 alert protocol version)") {
            $0.send([0x15, 3, 3, 0, 2, 2, 70])
        },
        Hostility("an end", "closed the connection without an answer; does it speak TLS") {
            $0.readPacket()
        },
    ]

    @Test(arguments: handshakes)
    func aBrokerThatDoesNotShakeHandsIsLetGo(_ hostility: Hostility) async throws {
        let certificates = TestCertificates()
        try await TestBroker.run(certificates: certificates) { broker in
            try await confirmModest {
                try await HostileBroker.run(at: TestBroker.freePort(), hostility.script) {
                    hostile in
                    var settings = HostileBroker.settings(hostile.port, .v5)
                    settings.tls = TLSFiles(
                        authority: CredentialFile(path: broker.folder + "/authority.pem"))
                    try await withUplink(settings) { uplink, events in
                        await uplink.connect(listeningTo: "ack")
                        try Self.expect(await events.next(), hostility.words)
                    }
                }
            }
        }
    }

    /// What TLS takes by itself, without anything for the client, is counted as well.
    @Test func aBrokerThatSendsTicketsWithoutEndIsLetGo() async throws {
        try await TestBroker.run(certificates: TestCertificates()) { broker in
            let port = try TestBroker.freePort()
            let server = try TestBroker.spawn([
                "/usr/bin/openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-num_tickets",
                "4000", "-cert", broker.folder + "/broker.pem", "-key",
                broker.folder + "/broker.key", "-quiet",
            ])
            defer {
                kill(server, SIGKILL)
                var status: CInt = 0
                waitpid(server, &status, 0)
            }
            var settings = HostileBroker.settings(port, .v5)
            settings.answerTimeout = .seconds(20)
            settings.tls = TLSFiles(
                authority: CredentialFile(path: broker.folder + "/authority.pem"))
            try await withUplink(settings) { uplink, events in
                var event: UplinkEvent?
                repeat {
                    await uplink.connect(listeningTo: "ack")
                    event = await events.next()
                } while event == .disconnected(settings.fault(lost: ECONNREFUSED))
                try Self.expect(event, "sends TLS records without end that hold nothing")
            }
        }
    }

    // MARK: - Scenes

    /// Connects to a hostile broker, and to an honest one after it at the same port.
    private static func meet(
        _ version: Version, expecting first: [UplinkEvent], _ words: String,
        _ script: @escaping @Sendable (HostileConnection) -> Void
    ) async throws {
        let port = try TestBroker.freePort()
        var kept: MQTTUplink?
        try await HostileBroker.run(at: port, script) { broker in
            let uplink = MQTTUplink(HostileBroker.settings(broker.port, version))
            kept = uplink
            let events = EventReader(uplink.events)
            await uplink.connect(listeningTo: "ack")
            for event in first { #expect(await events.next() == event) }
            var next = await events.next()
            while case .received = next { next = await events.next() }
            try expect(next, words)
        }
        try await TestBroker.run(port: port) { broker in
            let uplink = try #require(kept)
            let events = EventReader(uplink.events)
            // Its time to answer is short, and a slow machine may need more.
            var next: UplinkEvent?
            for _ in 0..<20 where next != .connected {
                await uplink.connect(listeningTo: "ack")
                next = await events.next()
            }
            #expect(next == .connected)
            try await uplink.publish(message(1, "up", [1]))
            #expect(await events.next() == .accepted(1))
        }
        await kept?.close()
    }

    private static func expect(_ event: UplinkEvent?, _ words: String) throws {
        let event = try #require(event)
        switch event {
        case .disconnected(.refused(let told)), .disconnected(.unreachable(let told)),
            .disconnected(.notAuthorized(let told)), .disconnected(.certificate(let told)):
            #expect(told.contains(words), "\(told)")
        default: Issue.record("\(event)")
        }
    }
}

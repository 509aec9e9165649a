import Glibc
import MQTT
import MQTTUplink
import Telemetry
import Testing

/// An uplink against a real broker.
@Suite(
    .enabled(if: TestBroker.isInstalled, "needs mosquitto and openssl"), .timeLimit(.minutes(15)))
struct MQTTUplinkTests {
    typealias Version = ProtocolVersion

    @Test(arguments: Version.allCases)
    func messagesAreAcceptedAndOnesOfASubscriptionReceived(_ version: Version) async throws {
        try await TestBroker.run { broker in
            try await withUplink(broker.settings(version)) { uplink, events in
                await uplink.connect(listeningTo: "to/+")
                #expect(await events.next() == .connected)
                try await uplink.publish(message(7, "to/me", [1, 2, 0, 255]))
                let news = Set([await events.next(), await events.next()])
                #expect(
                    news == [.accepted(7), .received(topic: "to/me", payload: [1, 2, 0, 255])])
            }
        }
    }

    @Test(arguments: Version.allCases)
    func manyMessagesAreAcceptedInOrder(_ version: Version) async throws {
        try await TestBroker.run { broker in
            try await withUplink(broker.settings(version)) { uplink, events in
                await uplink.connect()
                #expect(await events.next() == .connected)
                for token in UInt64(0)..<500 {
                    try await uplink.publish(
                        message(token, "up", [UInt8](repeating: 7, count: 2_000)))
                }
                for token in UInt64(0)..<500 { #expect(await events.next() == .accepted(token)) }
            }
        }
    }

    @Test func nothingIsTakenWithoutAConnection() async throws {
        let uplink = MQTTUplink(
            MQTTConnectionSettings(
                BrokerAccess(
                    host: "127.0.0.1", port: try TestBroker.freePort(), version: .v5,
                    clientID: "g")))
        await #expect(throws: UplinkFault.notConnected) {
            try await uplink.publish(message(1, "up", [1]))
        }
        await uplink.close()
    }

    @Test(arguments: Version.allCases)
    func aSessionOutlivesItsConnection(_ version: Version) async throws {
        try await TestBroker.run { broker in
            try await withUplink(broker.settings(version)) { uplink, events in
                await uplink.connect(listeningTo: "ack")
                #expect(await events.next() == .connected)
                await uplink.disconnect()
                #expect(await events.next() == .disconnected(.notConnected))
                try await withUplink(broker.settings(.v311, clientID: "platform")) { other, told in
                    await other.connect()
                    #expect(await told.next() == .connected)
                    try await other.publish(message(1, "ack", [9]))
                    #expect(await told.next() == .accepted(1))
                }
                await uplink.connect(listeningTo: "ack")
                #expect(await events.next() == .connected)
                #expect(await events.next() == .received(topic: "ack", payload: [9]))
            }
        }
    }

    @Test func aBrokerThatIsNotThereIsUnreachable() async throws {
        let port = try TestBroker.freePort()
        let settings = MQTTConnectionSettings(
            BrokerAccess(host: "127.0.0.1", port: port, version: .v5, clientID: "g"))
        try await withUplink(settings) { uplink, events in
            await uplink.connect()
            let words = "127.0.0.1:\(port) cannot be reached: Connection refused"
            #expect(await events.next() == .disconnected(.unreachable(words)))
        }
    }

    @Test func anUnknownNameIsUnreachable() async throws {
        let settings = MQTTConnectionSettings(
            BrokerAccess(host: "broker.invalid", port: 1883, version: .v5, clientID: "g"))
        try await withUplink(settings) { uplink, events in
            await uplink.connect()
            guard case .disconnected(.unreachable(let words)) = await events.next() else {
                Issue.record("not unreachable")
                return
            }
            #expect(words.hasPrefix("broker.invalid is not found: "))
        }
    }

    @Test(arguments: Version.allCases)
    func aKilledBrokerIsNoticedAndFoundAgain(_ version: Version) async throws {
        try await TestBroker.run { broker in
            try await withUplink(broker.settings(version)) { uplink, events in
                await uplink.connect(listeningTo: "ack")
                #expect(await events.next() == .connected)
                broker.end(SIGKILL)
                guard case .disconnected = await events.next() else {
                    Issue.record("not disconnected")
                    return
                }
                await #expect(throws: UplinkFault.notConnected) {
                    try await uplink.publish(message(1, "up", [1]))
                }
                try broker.start()
                await uplink.connect()
                #expect(await events.next() == .connected)
                try await uplink.publish(message(2, "up", [1]))
                #expect(await events.next() == .accepted(2))
            }
        }
    }

    @Test func aFrozenBrokerIsBrokenOffWithoutResending() async throws {
        try await TestBroker.run { broker in
            try await withUplink(broker.settings(.v5)) { uplink, events in
                await uplink.connect()
                #expect(await events.next() == .connected)
                broker.signal(SIGSTOP)
                try await uplink.publish(message(1, "up", [1]))
                await uplink.disconnect()
                #expect(await events.next() == .disconnected(.notConnected))
                broker.signal(SIGCONT)
                await uplink.connect()
                #expect(await events.next() == .connected)
                try await uplink.publish(message(2, "up", [2]))
                // Were the first sent again, its acknowledgement would come before.
                #expect(await events.next() == .accepted(2))
            }
        }
    }

    @Test func aFrozenBrokerIsGivenUpAfterTheTimeToConnect() async throws {
        try await TestBroker.run { broker in
            broker.signal(SIGSTOP)
            var settings = broker.settings(.v311)
            settings.connectTimeout = .milliseconds(300)
            try await withUplink(settings) { uplink, events in
                await uplink.connect()
                guard case .disconnected(.unreachable(let words)) = await events.next() else {
                    Issue.record("not given up")
                    return
                }
                #expect(
                    words.hasPrefix(
                        "127.0.0.1:\(broker.port) accepted the connection and sent no CONNACK for ")
                )
                #expect(words.hasSuffix(": is this a port for MQTT, and does it expect TLS?"))
            }
        }
    }

    @Test func aFrozenBrokerIsNoticedByTheKeepAlive() async throws {
        try await TestBroker.run { broker in
            var settings = broker.settings(.v311)
            settings.keepAlive = .seconds(5)
            try await withUplink(settings) { uplink, events in
                await uplink.connect()
                #expect(await events.next() == .connected)
                broker.signal(SIGSTOP)
                let words = "127.0.0.1:\(broker.port) has not answered within the keep-alive time"
                #expect(await events.next() == .disconnected(.unreachable(words)))
            }
        }
    }

    @Test(arguments: Version.allCases)
    func anotherClientOfTheSameNameIsNamedWhenItComesAgain(_ version: Version) async throws {
        try await TestBroker.run { broker in
            try await withUplink(broker.settings(version)) { uplink, events in
                // Mosquitto gives no reason.
                let once = UplinkEvent.disconnected(.refused("the broker closed the connection"))
                for end in [once, once, .disconnected(.takenOver), .disconnected(.takenOver)] {
                    await uplink.connect()
                    #expect(await events.next() == .connected)
                    try await withUplink(broker.settings(version)) { other, told in
                        await other.connect()
                        #expect(await told.next() == .connected)
                        #expect(await events.next() == end)
                    }
                }
            }
        }
    }

    @Test func aMessageAboveTheBrokersPacketSizeIsNotTaken() async throws {
        try await TestBroker.run(["allow_anonymous true", "max_packet_size 1000"]) { broker in
            try await withUplink(broker.settings(.v5)) { uplink, events in
                await uplink.connect()
                #expect(await events.next() == .connected)
                // Fixed header 3, topic 4, identifier 2, properties 1 + 11 for the key "k1".
                for excess in 1...8 {
                    await #expect(throws: UplinkFault.tooLarge(limit: 1_000)) {
                        try await uplink.publish(
                            message(1, "up", [UInt8](repeating: 1, count: 980 + excess)))
                    }
                }
                try await uplink.publish(message(2, "up", [UInt8](repeating: 1, count: 980)))
                #expect(await events.next() == .accepted(2))
            }
        }
    }

    @Test func aMessageAboveTheBrokersPayloadSizeIsRefused() async throws {
        try await TestBroker.run(["allow_anonymous true", "message_size_limit 100"]) { broker in
            try await withUplink(broker.settings(.v5)) { uplink, events in
                await uplink.connect()
                #expect(await events.next() == .connected)
                try await uplink.publish(message(1, "up", [UInt8](repeating: 1, count: 101)))
                #expect(await events.next() == .refused(1, .tooLarge(limit: nil)))
                try await uplink.publish(message(2, "up", [UInt8](repeating: 1, count: 100)))
                #expect(await events.next() == .accepted(2))
            }
        }
    }

    @Test(arguments: Version.allCases)
    func aWrongPasswordIsNotAuthorizedUntilTheFileIsRight(_ version: Version) async throws {
        try await TestBroker.run { broker in
            try broker.write("gateway:secret-word\n", to: "users")
            try TestBroker.spawnAndWait([
                "/usr/bin/mosquitto_passwd", "-U", broker.folder + "/users",
            ])
            broker.end(SIGKILL)
            try broker.configure(["allow_anonymous false", "password_file FOLDER/users"])
            try broker.start()
            try broker.write("wrong-word\n", to: "password")
            var settings = broker.settings(version)
            settings.login = BrokerAccess.Login(
                user: "gateway", password: CredentialFile(path: broker.folder + "/password"))
            try await withUplink(settings) { uplink, events in
                await uplink.connect()
                guard case .disconnected(.notAuthorized(let words)) = await events.next() else {
                    Issue.record("not refused as unauthorized")
                    return
                }
                #expect(!words.contains("word-"))
                #expect(!words.contains("wrong-word"))
                try broker.write("secret-word\n", to: "password")
                await uplink.connect()
                #expect(await events.next() == .connected)
            }
        }
    }

    @Test func aForbiddenSubscriptionIsNotAuthorized() async throws {
        try await TestBroker.run { broker in
            try broker.write("topic readwrite up\n", to: "acl")
            broker.end(SIGKILL)
            try broker.configure(["allow_anonymous true", "acl_file FOLDER/acl"])
            try broker.start()
            try await withUplink(broker.settings(.v5)) { uplink, events in
                await uplink.connect(listeningTo: "#")
                let first = await events.next()
                // Some brokers grant what they will never send; this one may, too.
                let words = "the broker forbids to subscribe to # (Not authorized)"
                #expect([.connected, .disconnected(.notAuthorized(words))].contains(first))
            }
        }
    }

    @Test func closingLeavesNothingBehind() async throws {
        try await TestBroker.run { broker in
            let uplink = MQTTUplink(broker.settings(.v5))
            await uplink.connect()
            var events = uplink.events.makeAsyncIterator()
            #expect(await events.next() == .connected)
            await uplink.close()
            #expect(await events.next() == .disconnected(.notConnected))
            #expect(await events.next() == nil)
            await #expect(throws: UplinkFault.notConnected) {
                try await uplink.publish(message(1, "up", [1]))
            }
            await uplink.close()
            #expect(socketsConnected(to: broker.port) == 0)
        }
    }
}

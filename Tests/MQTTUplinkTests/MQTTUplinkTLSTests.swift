import Glibc
import MQTT
import MQTTUplink
import Telemetry
import Testing

/// An uplink against a real broker that asks for certificates.
@Suite(
    .enabled(if: TestBroker.isInstalled, "needs mosquitto and openssl"), .timeLimit(.minutes(15)))
struct MQTTUplinkTLSTests {
    static let mutual = [
        "allow_anonymous true", "cafile FOLDER/authority.pem", "certfile FOLDER/broker.pem",
        "keyfile FOLDER/broker.key", "require_certificate true",
    ]

    @Test(arguments: ProtocolVersion.allCases)
    func mutualCertificatesAreAccepted(
        _ version: ProtocolVersion
    ) async throws {
        try await TestBroker.run(Self.mutual, certificates: TestCertificates()) { broker in
            try await withUplink(broker.secureSettings(version)) { uplink, events in
                await uplink.connect(listeningTo: "to/me")
                #expect(await events.next() == .connected)
                let payload = [UInt8](repeating: 5, count: 200_000)
                try await uplink.publish(message(1, "to/me", payload))
                let news = Set([await events.next(), await events.next()])
                #expect(news == [.accepted(1), .received(topic: "to/me", payload: payload)])
            }
        }
    }

    @Test func aFileThatIsPutRightWorksWithoutANewUplink() async throws {
        try await TestBroker.run(Self.mutual, certificates: TestCertificates()) { broker in
            var settings = broker.secureSettings()
            let authority = broker.folder + "/trusted.pem"
            settings.tls?.authority = CredentialFile(path: authority)
            try await withUplink(settings) { uplink, events in
                await uplink.connect()
                #expect(
                    await events.next()
                        == .disconnected(
                            .certificate("\(authority) cannot be read: No such file or directory")))
                symlink(broker.folder + "/stranger.pem", authority)
                await uplink.connect()
                let untrusted = await events.next()
                #expect(
                    untrusted
                        == .disconnected(
                            .certificate(
                                "the broker's certificate is not signed by \(authority) "
                                    + "(self-signed certificate in certificate chain)")))
                unlink(authority)
                symlink(broker.folder + "/authority.pem", authority)
                await uplink.connect()
                #expect(await events.next() == .connected)
            }
        }
    }

    @Test func aCertificateForAnotherNameIsNotTrusted() async throws {
        let certificates = TestCertificates(brokerName: "DNS:elsewhere.example")
        try await TestBroker.run(Self.mutual, certificates: certificates) { broker in
            try await withUplink(broker.secureSettings()) { uplink, events in
                await uplink.connect()
                let words = "the broker's certificate is not for the name 127.0.0.1"
                let end = await events.next()
                #expect(end == .disconnected(.certificate(words)))
            }
        }
    }

    @Test func aMissingCertificateIsNamed() async throws {
        try await TestBroker.run(Self.mutual, certificates: TestCertificates()) { broker in
            var settings = broker.secureSettings()
            settings.tls?.identity = nil
            try await withUplink(settings) { uplink, events in
                await uplink.connect()
                let end = await events.next()
                let missing =
                    "the broker asks for a certificate of the gateway, and none is set "
                    + "(tlsv13 alert certificate required)"
                // The broker resets the connection: its alert can be lost on the way.
                let lost =
                    "127.0.0.1:\(broker.port) closed the connection without an answer; "
                    + "does it speak TLS, and accept the gateway's certificate?"
                #expect(
                    [.disconnected(.certificate(missing)), .disconnected(.refused(lost))]
                        .contains(end))
            }
        }
    }

    @Test func aKeyOfAnotherCertificateIsNamed() async throws {
        try await TestBroker.run(Self.mutual, certificates: TestCertificates()) { broker in
            var settings = broker.secureSettings()
            let (certificate, key) = (broker.folder + "/gateway.pem", broker.folder + "/broker.key")
            settings.tls?.identity = TLSFiles.Identity(
                certificate: CredentialFile(path: certificate), key: CredentialFile(path: key))
            try await withUplink(settings) { uplink, events in
                await uplink.connect()
                let words = "\(key) is not the key of \(certificate)"
                #expect(await events.next() == .disconnected(.certificate(words)))
            }
        }
    }

    @Test func aPortWithoutTLSIsNamed() async throws {
        try await TestBroker.run(certificates: TestCertificates()) { broker in
            try await withUplink(broker.secureSettings()) { uplink, events in
                await uplink.connect()
                let end = await events.next()
                let words =
                    "127.0.0.1:\(broker.port) closed the connection without an answer; "
                    + "does it speak TLS, and accept the gateway's certificate?"
                #expect(end == .disconnected(.refused(words)))
            }
        }
    }

    @Test func nothingListeningIsUnreachable() async throws {
        try await TestBroker.run(Self.mutual, certificates: TestCertificates()) { broker in
            broker.end(SIGKILL)
            try await withUplink(broker.secureSettings()) { uplink, events in
                await uplink.connect()
                let words = "127.0.0.1:\(broker.port) cannot be reached: Connection refused"
                let end = await events.next()
                #expect(end == .disconnected(.unreachable(words)))
                try broker.start()
                await uplink.connect()
                #expect(await events.next() == .connected)
            }
        }
    }
}

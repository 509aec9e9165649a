import Glibc
import MQTT
import MQTTUplink
import Telemetry

/// An uplink for as long as `body` runs, and its events.
func withUplink(
    _ settings: MQTTConnectionSettings,
    _ body: (MQTTUplink, EventReader) async throws -> Void
) async throws {
    let uplink = MQTTUplink(settings)
    do {
        try await body(uplink, EventReader(uplink.events))
    } catch {
        await uplink.close()
        throw error
    }
    await uplink.close()
}

extension ConnectionTerms {
    /// Terms that ask for these topics.
    static func listening(to filters: [String]) -> ConnectionTerms {
        ConnectionTerms(
            subscriptions: filters.compactMap(TopicFilter.init).map { Subscription($0) })
    }
}

extension MQTTUplink {
    func connect(listeningTo filters: String...) async { await connect(.listening(to: filters)) }
}

extension UplinkEvent {
    static func received(topic: String, payload: [UInt8]) -> UplinkEvent {
        .received(ReceivedMessage(topic: topic, payload: payload))
    }
}

/// Reads events one after the other.
final class EventReader {
    private var iterator: AsyncStream<UplinkEvent>.Iterator

    init(_ events: AsyncStream<UplinkEvent>) {
        iterator = events.makeAsyncIterator()
    }

    func next() async -> UplinkEvent? {
        await iterator.next(isolation: #isolation)
    }
}

func message(_ token: UInt64, _ topic: String, _ payload: [UInt8]) -> OutgoingMessage {
    OutgoingMessage(token: token, topic: topic, payload: payload, key: "k\(token)")
}

extension TestBroker {
    func settings(
        _ version: ProtocolVersion, clientID: String = "gateway"
    ) -> MQTTConnectionSettings {
        MQTTConnectionSettings(
            BrokerAccess(host: "127.0.0.1", port: port, version: version, clientID: clientID))
    }

    /// With the broker's own authority and the gateway's certificate.
    func secureSettings(
        _ version: ProtocolVersion = .v5
    ) -> MQTTConnectionSettings {
        var settings = settings(version)
        settings.tls = TLSFiles(
            authority: CredentialFile(path: folder + "/authority.pem"),
            identity: TLSFiles.Identity(
                certificate: CredentialFile(path: folder + "/gateway.pem"),
                key: CredentialFile(path: folder + "/gateway.key")))
        return settings
    }
}

/// How many sockets of this process are connected to a port, by `/proc/self/net/tcp`.
func socketsConnected(to port: UInt16) -> Int {
    guard let file = fopen("/proc/self/net/tcp", "r") else { return -1 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 512)
    var count = 0
    let hexadecimal = String(port, radix: 16, uppercase: true)
    let remote = "0100007F:" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
    while fgets(&line, CInt(line.count), file) != nil {
        let text = String(
            decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let fields = text.split(separator: " ")
        // State 01: established.
        if fields.count > 3, fields[2] == remote, fields[3] == "01" { count += 1 }
    }
    return count
}

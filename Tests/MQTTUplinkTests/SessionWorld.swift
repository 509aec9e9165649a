import Execution
import MQTT
@testable import MQTTUplink
import Telemetry

/// A session, the time it lives in, and what it has said.
struct SessionWorld {
    let version: ProtocolVersion
    var session: ClientSession
    var now = MonotonicTime(nanoseconds: 0)
    /// What the session wanted written, since it was last cleared.
    var said: [UInt8] = []
    var isReading = true

    init(
        _ version: ProtocolVersion, _ terms: ConnectionTerms = .listening(to: ["ack"])
    ) {
        self.version = version
        let settings = MQTTConnectionSettings(
            BrokerAccess(host: "broker", port: 1_883, version: version, clientID: "gateway"))
        session = ClientSession(
            settings, terms, login: nil, at: now, deadline: now.advanced(by: .seconds(25)))
        listen()
        said = []
    }

    /// Greeted and subscribed.
    static func ready(_ version: ProtocolVersion) -> SessionWorld {
        var world = SessionWorld(version)
        world.broker(version == .v5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0])
        world.confirm()
        world.said = []
        precondition(world.session.takeEvents() == [.connected], "not ready")
        return world
    }

    var seconds: Int64 { now.nanoseconds / 1_000_000_000 }

    /// The broker says something, and reads what is answered.
    mutating func broker(_ bytes: [UInt8]) {
        deliver(bytes)
        listen()
    }

    /// The broker says something.
    mutating func deliver(_ bytes: [UInt8]) {
        guard session.fault == nil else { return }
        session.receive(bytes[...], at: now)
    }

    /// The broker reads.
    mutating func listen() {
        said += session.takeOutput()
    }

    /// The broker confirms the subscription, which is always the first.
    mutating func confirm() {
        broker(version == .v5 ? [0x90, 4, 0, 1, 0, 1] : [0x90, 3, 0, 1, 1])
    }

    @discardableResult
    mutating func publish(_ token: UInt64) -> UplinkFault? {
        defer { listen() }
        return session.publish(message(token, "up", [1, 2, 3]), at: now)
    }

    mutating func wait(_ duration: Duration) {
        now = now.advanced(by: duration)
        session.tick(at: now, isReading: isReading)
        listen()
    }

    /// How many packets of a type were said; all of them short.
    func packets(of type: PacketType) -> Int {
        var rest = said[...]
        var count = 0
        while let first = rest.popFirst(), let length = rest.popFirst() {
            if first >> 4 == type.rawValue { count += 1 }
            rest = rest.dropFirst(Int(length))
        }
        return count
    }
}

/// Packets as a broker might send them, and some that it might not.
enum RandomPackets {
    static func next(
        _ version: ProtocolVersion, _ random: inout SeededRandom
    ) -> [UInt8] {
        var bytes = packet(version, &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0 where !bytes.isEmpty:  // One bit wrong.
            let place = Int.random(in: 0..<bytes.count, using: &random)
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
        case 2: bytes += noise(&random, count: Int.random(in: 0..<20, using: &random))
        default: break
        }
        return bytes
    }

    private static func packet(
        _ version: ProtocolVersion, _ random: inout SeededRandom
    ) -> [UInt8] {
        let identifier = UInt8.random(in: 0..<40, using: &random)
        switch Int.random(in: 0..<12, using: &random) {
        case 0..<4: return [0x40, 2, 0, identifier]
        case 4 where version == .v5: return [0x40, 3, 0, identifier, 0x97]
        case 5:
            let properties: [UInt8] = version == .v5 ? [3, 0x0B, 0x80, 0x01] : []
            let body =
                [0, 3, 0x61, 0x63, 0x6B, 0, identifier] + properties
                + noise(&random, count: 5)
            return [0x32, UInt8(body.count)] + body
        case 6: return [0x34, 8, 0, 3, 0x61, 0x63, 0x6B, 0, identifier, 0]
        case 7: return [0x62, 2, 0, identifier]
        case 8: return [0xD0, 0]
        case 9: return noise(&random, count: Int.random(in: 0..<60, using: &random))
        case 10 where version == .v5: return [0x40, 8, 0, identifier, 0x10, 4, 0x1F, 0, 1, 0x61]
        default: return []
        }
    }

    private static func noise(_ random: inout SeededRandom, count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
}

import Execution
import MQTT
@testable import MQTTUplink
import Telemetry

/// What a broker says to the gateway, in pieces: the first byte chooses the version and whether the
/// client is greeted already, the second how long a piece is.
func converse(_ bytes: [UInt8]) {
    guard bytes.count > 2 else { return }
    let settings = MQTTConnectionSettings(
        BrokerAccess(
            host: "broker", port: 1_883, version: bytes[0] & 1 == 0 ? .v311 : .v5,
            clientID: "gateway"))
    let terms = ConnectionTerms(subscriptions: [Subscription(TopicFilter(topic: "ack"))])
    var now = MonotonicTime(nanoseconds: 0)
    var session = ClientSession(
        settings, terms, login: nil, at: now, deadline: now.advanced(by: .seconds(25)))
    if bytes[0] & 2 == 0 {
        let isV5 = settings.version == .v5
        session.receive(isV5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0], at: now)
        session.receive(isV5 ? [0x90, 4, 0, 1, 0, 1] : [0x90, 3, 0, 1, 1], at: now)
    }
    let piece = Int(bytes[1]) + 1
    var rest = bytes[2...]
    var token: UInt64 = 0
    while !rest.isEmpty, session.fault == nil {
        token += 1
        _ = session.publish(
            OutgoingMessage(token: token, topic: "up", payload: [1], key: "k"), at: now)
        session.receive(rest.prefix(piece), at: now)
        rest = rest.dropFirst(piece)
        now = now.advanced(by: .milliseconds(piece * 10))
        session.tick(at: now, isReading: session.readsAgain(after: now) == nil)
        precondition(session.takeOutput().count < 1 << 16, "what is said is bounded")
        precondition(session.takeEvents().count <= bytes.count, "what is told is bounded")
        precondition(session.nextTick(after: now) >= now, "time does not go back")
    }
}

/// What a broker has sent that MQTT forbids, or that is more than the gateway takes.
///
/// A broker is the outside: nothing it sends may cost more memory or time than is set aside for
/// it. The connection ends with the first breach, and the delivery waits before the next.
enum ProtocolBreach: Error, Hashable {
    /// The first byte of a packet names no packet of MQTT.
    case unknown(firstByte: UInt8)
    /// A packet that a broker may never send, or not now.
    case unexpected(PacketType)
    case malformed(PacketType)
    /// Larger than the gateway takes; in bytes, the fixed header not counted.
    case tooLarge(PacketType, bytes: Int)
    /// One answer too many to what the gateway has never sent.
    case unasked(PacketType)
    /// Messages faster than they are taken, for longer than is waited.
    case flood
    /// A packet was begun and not ended in its time.
    case unfinished(PacketType?)
    /// TLS records without end that hold nothing.
    case barren

    /// What the broker did, as the predicate of a sentence.
    var words: String {
        switch self {
        case .unknown: "sent something that is not MQTT"
        case .unexpected(let type): "sent \(type.name), which it may not send now"
        case .malformed(let type): "sent a malformed \(type.name)"
        case .tooLarge(let type, let bytes):
            "sent a \(type.name) of \(bytes) bytes; the gateway takes "
                + "\(ReceivingLimits.packetBytes)"
        case .unasked(let type): "sends \(type.name) without end for what was never sent to it"
        case .flood: "sends more messages than the gateway can have asked for"
        case .unfinished(let type):
            "began a \(type.map { "\($0.name) " } ?? "")packet and did not end it"
        case .barren: "sends TLS records without end that hold nothing"
        }
    }

    /// What a broker of MQTT 5 is told in DISCONNECT. Source: MQTT 5.0, section 3.14.2.1.
    var reasonCode: ReasonCode {
        switch self {
        case .unknown, .malformed, .unfinished: .malformedPacket
        case .unexpected, .unasked, .barren: .protocolError
        case .tooLarge: .packetTooLarge
        case .flood: .messageRateTooHigh
        }
    }
}

import MQTT

/// A control packet of a broker, understood.
enum ReceivedPacket: Hashable {
    case connack(code: UInt8, PacketProperties)
    case publish(Publication)
    case puback(UInt16, ReasonCode, words: String?)
    case pubrec(UInt16)
    case pubrel(UInt16)
    case pubcomp(UInt16)
    case suback(UInt16, codes: [UInt8], words: String?)
    case unsuback(UInt16)
    case pingresp
    case disconnect(ReasonCode, words: String?)

    struct Publication: Hashable {
        var topic: String
        /// Present from QoS 1 on.
        var identifier: UInt16?
        var isTwice: Bool
        var isRetained: Bool
        var isRepeated: Bool
        var payload: [UInt8]
        /// How long the packet was where it was let go.
        var letGo: Int?
    }

    /// - Throws: ``ProtocolBreach``, whatever the bytes are: nothing traps.
    init(
        _ frame: Frame, version: ProtocolVersion
    ) throws(ProtocolBreach) {
        var reader = PacketReader(frame.body[...], of: frame.type)
        switch frame.type {
        case .connack: self = try Self.connack(&reader, version)
        case .publish: self = .publish(try Self.publication(frame, &reader, version))
        case .puback:
            let (identifier, code, words) = try Self.answer(&reader, version)
            self = .puback(identifier, code, words: words)
        case .pubrec: self = .pubrec(try Self.answer(&reader, version).0)
        case .pubrel: self = .pubrel(try Self.answer(&reader, version).0)
        case .pubcomp: self = .pubcomp(try Self.answer(&reader, version).0)
        case .suback:
            let identifier = try reader.identifier()
            let words = version == .v5 ? try reader.properties().reason : nil
            self = .suback(identifier, codes: Array(reader.rest()), words: words)
        case .unsuback: self = .unsuback(try reader.identifier())
        case .pingresp:
            guard reader.isAtEnd else { throw .malformed(.pingresp) }
            self = .pingresp
        case .disconnect:
            let code = reader.isAtEnd ? .success : ReasonCode(rawValue: try reader.byte())
            let words = reader.isAtEnd ? nil : try reader.properties().reason
            self = .disconnect(code, words: words)
        case .connect, .subscribe, .unsubscribe, .pingreq, .auth: throw .unexpected(frame.type)
        }
    }

    private static func connack(
        _ reader: inout PacketReader, _ version: ProtocolVersion
    ) throws(ProtocolBreach) -> ReceivedPacket {
        guard try reader.byte() & 0xFE == 0 else { throw .malformed(.connack) }
        let code = try reader.byte()
        // A broker that knows only 3.1.1 refuses MQTT 5 without properties.
        let properties =
            version == .v5 && !(reader.isAtEnd && code != 0)
            ? try reader.properties() : PacketProperties()
        guard reader.isAtEnd else { throw .malformed(.connack) }
        return .connack(code: code, properties)
    }

    private static func publication(
        _ frame: Frame, _ reader: inout PacketReader,
        _ version: ProtocolVersion
    ) throws(ProtocolBreach) -> Publication {
        let topic = try reader.text()
        let qos = frame.flags >> 1 & 0x03
        let identifier = qos > 0 ? try reader.identifier() : nil
        // The gateway has announced no topic aliases.
        if version == .v5, try reader.properties().hasTopicAlias { throw .malformed(.publish) }
        guard !topic.isEmpty else { throw .malformed(.publish) }
        return Publication(
            topic: topic, identifier: identifier, isTwice: qos == 2,
            isRetained: frame.flags & 1 != 0, isRepeated: frame.flags & 8 != 0,
            payload: frame.isWhole ? Array(reader.rest()) : [],
            letGo: frame.isWhole ? nil : frame.length)
    }

    private static func answer(
        _ reader: inout PacketReader, _ version: ProtocolVersion
    ) throws(ProtocolBreach) -> (UInt16, ReasonCode, String?) {
        let identifier = try reader.identifier()
        guard version == .v5, !reader.isAtEnd else { return (identifier, .success, nil) }
        let code = ReasonCode(rawValue: try reader.byte())
        guard !reader.isAtEnd else { return (identifier, code, nil) }
        return (identifier, code, try reader.properties().reason)
    }
}

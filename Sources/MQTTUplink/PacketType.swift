import MQTT

/// The control packets of MQTT. Source: MQTT 5.0, section 2.1.2.
enum PacketType: UInt8 {
    case connect = 1
    case connack
    case publish
    case puback
    case pubrec
    case pubrel
    case pubcomp
    case subscribe
    case suback
    case unsubscribe
    case unsuback
    case pingreq
    case pingresp
    case disconnect
    case auth

    /// As the standard writes it.
    var name: String { "\(self)".uppercased() }

    /// Whether a broker may send it to a client that has announced no authentication of its own.
    func isFromBroker(_ version: ProtocolVersion) -> Bool {
        switch self {
        case .connect, .subscribe, .unsubscribe, .pingreq, .auth: false
        case .disconnect: version == .v5
        default: true
        }
    }

    /// Whether the low half of the first byte is one that the standard allows.
    func allows(flags: UInt8) -> Bool {
        switch self {
        case .publish: flags & 0x06 != 0x06
        case .pubrel, .subscribe, .unsubscribe: flags == 0x02
        default: flags == 0
        }
    }
}

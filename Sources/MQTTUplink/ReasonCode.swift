/// A reason code of MQTT 5. Source: MQTT 5.0, section 2.4.
struct ReasonCode: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt8

    static let success = ReasonCode(rawValue: 0x00)
    static let malformedPacket = ReasonCode(rawValue: 0x81)
    static let protocolError = ReasonCode(rawValue: 0x82)
    static let unsupportedProtocolVersion = ReasonCode(rawValue: 0x84)
    static let clientIdentifierNotValid = ReasonCode(rawValue: 0x85)
    static let badUserNameOrPassword = ReasonCode(rawValue: 0x86)
    static let notAuthorized = ReasonCode(rawValue: 0x87)
    static let banned = ReasonCode(rawValue: 0x8A)
    static let badAuthenticationMethod = ReasonCode(rawValue: 0x8C)
    static let sessionTakenOver = ReasonCode(rawValue: 0x8E)
    static let topicNameInvalid = ReasonCode(rawValue: 0x90)
    static let packetTooLarge = ReasonCode(rawValue: 0x95)
    static let messageRateTooHigh = ReasonCode(rawValue: 0x96)
    static let payloadFormatInvalid = ReasonCode(rawValue: 0x99)

    var isFailure: Bool { rawValue >= 0x80 }

    /// The standard's name for it.
    var words: String { Self.names[rawValue] ?? "reason \(rawValue)" }

    private static let names: [UInt8: String] = [
        0x00: "Success", 0x04: "Disconnect with Will Message", 0x10: "No matching subscribers",
        0x11: "No subscription existed", 0x80: "Unspecified error", 0x81: "Malformed Packet",
        0x82: "Protocol Error", 0x83: "Implementation specific error",
        0x84: "Unsupported Protocol Version", 0x85: "Client Identifier not valid",
        0x86: "Bad User Name or Password", 0x87: "Not authorized", 0x88: "Server unavailable",
        0x89: "Server busy", 0x8A: "Banned", 0x8B: "Server shutting down",
        0x8C: "Bad authentication method", 0x8D: "Keep Alive timeout", 0x8E: "Session taken over",
        0x8F: "Topic Filter invalid", 0x90: "Topic Name invalid",
        0x91: "Packet Identifier in use", 0x92: "Packet Identifier not found",
        0x93: "Receive Maximum exceeded", 0x94: "Topic Alias invalid", 0x95: "Packet too large",
        0x96: "Message rate too high", 0x97: "Quota exceeded", 0x98: "Administrative action",
        0x99: "Payload format invalid", 0x9A: "Retain not supported", 0x9B: "QoS not supported",
        0x9C: "Use another server", 0x9D: "Server moved",
        0x9E: "Shared Subscriptions not supported", 0x9F: "Connection rate exceeded",
        0xA0: "Maximum connect time", 0xA1: "Subscription Identifiers not supported",
        0xA2: "Wildcard Subscriptions not supported",
    ]
}

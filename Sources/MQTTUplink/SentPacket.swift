import MQTT
import Telemetry

/// Writes the control packets of a client. Source: MQTT 3.1.1 and 5.0, chapter 3.
enum SentPacket {
    typealias Version = ProtocolVersion

    /// How long a broker of MQTT 5 keeps the session of a gateway that is away, in seconds.
    static let sessionExpirySeconds: UInt32 = 86_400
    /// The name of the property that carries a message's idempotency key.
    static let keyName = "key"
    /// The longest text, and the longest packet without its fixed header.
    static let longestText = 0xFFFF
    static let longestPacket = 0xFFF_FFFF

    static let pingreq: [UInt8] = [0xC0, 0]

    static func connect(
        _ settings: MQTTConnectionSettings, login: (user: String, password: String?)?,
        will: OutgoingMessage?
    ) -> [UInt8] {
        var body: [UInt8] = []
        body.append(text: "MQTT")
        let isV5 = settings.version == .v5
        // Never a clean start: the session keeps what the platform says while nobody is there.
        var flags: UInt8 = (login == nil ? 0 : 0x80) | (login?.password == nil ? 0 : 0x40)
        if let will { flags |= 0x04 | will.quality.rawValue << 3 | (will.isRetained ? 0x20 : 0) }
        body += [isV5 ? 5 : 4, flags]
        body.append(word: UInt16(clamping: settings.keepAlive.components.seconds))
        if isV5 {
            body.append(variableInteger: 5 + 3 + 5)
            body.append(0x11)
            body.append(longWord: sessionExpirySeconds)
            body.append(0x21)
            body.append(word: UInt16(ReceivingLimits.receiveMaximum))
            body.append(0x27)
            body.append(longWord: UInt32(ReceivingLimits.packetBytes))
        }
        body.append(text: settings.clientID)
        if let will {
            // It is said at once: without a delay, and without other properties.
            if isV5 { body.append(0) }
            body.append(text: will.topic)
            body.append(word: UInt16(clamping: will.payload.count))
            body += will.payload
        }
        if let login {
            body.append(text: login.user)
            if let password = login.password { body.append(text: password) }
        }
        return packet(0x10, body)
    }

    static func subscribe(_ filter: String, _ identifier: UInt16, _ version: Version) -> [UInt8] {
        var body: [UInt8] = []
        body.append(word: identifier)
        if version == .v5 { body.append(0) }
        body.append(text: filter)
        body.append(1)
        return packet(0x82, body)
    }

    /// With its key as a user property in MQTT 5.
    ///
    /// - Parameter identifier: `nil` at QoS 0.
    static func publish(
        _ message: OutgoingMessage, _ identifier: UInt16?, _ version: Version,
        into output: inout [UInt8]
    ) {
        output.append(0x30 | message.quality.rawValue << 1 | (message.isRetained ? 1 : 0))
        output.append(variableInteger: remainingLength(of: message, version))
        output.append(text: message.topic)
        if let identifier { output.append(word: identifier) }
        if version == .v5 {
            output.append(variableInteger: propertiesLength(of: message))
            if !message.key.isEmpty {
                output.append(0x26)
                output.append(text: keyName)
                output.append(text: message.key)
            }
        }
        output += message.payload
    }

    /// The whole packet, with its fixed header.
    static func size(of message: OutgoingMessage, _ version: Version) -> Int {
        let remaining = remainingLength(of: message, version)
        return 1 + lengthOfVariableInteger(remaining) + remaining
    }

    /// PUBACK, PUBREC or PUBCOMP, without a reason.
    static func answer(_ type: PacketType, _ identifier: UInt16) -> [UInt8] {
        [type.rawValue << 4, 2, UInt8(identifier >> 8), UInt8(identifier & 0xFF)]
    }

    static func disconnect(_ code: ReasonCode, _ version: Version) -> [UInt8] {
        version == .v5 && code != .success ? [0xE0, 1, code.rawValue] : [0xE0, 0]
    }

    private static func remainingLength(of message: OutgoingMessage, _ version: Version) -> Int {
        let identifier = message.quality == .atLeastOnce ? 2 : 0
        let length = 2 + message.topic.utf8.count + identifier + message.payload.count
        guard version == .v5 else { return length }
        let properties = propertiesLength(of: message)
        return length + lengthOfVariableInteger(properties) + properties
    }

    private static func propertiesLength(of message: OutgoingMessage) -> Int {
        message.key.isEmpty ? 0 : 1 + 2 + keyName.utf8.count + 2 + message.key.utf8.count
    }

    private static func packet(_ first: UInt8, _ body: [UInt8]) -> [UInt8] {
        var packet: [UInt8] = [first]
        packet.append(variableInteger: body.count)
        return packet + body
    }

    private static func lengthOfVariableInteger(_ value: Int) -> Int {
        switch value {
        case ..<0x80: 1
        case ..<0x4000: 2
        case ..<0x20_0000: 3
        default: 4
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(word: UInt16) {
        append(UInt8(word >> 8))
        append(UInt8(word & 0xFF))
    }

    fileprivate mutating func append(longWord: UInt32) {
        append(word: UInt16(longWord >> 16))
        append(word: UInt16(longWord & 0xFFFF))
    }

    fileprivate mutating func append(variableInteger value: Int) {
        var value = value
        repeat {
            append(UInt8(value & 0x7F) | (value > 0x7F ? 0x80 : 0))
            value >>= 7
        } while value > 0
    }

    fileprivate mutating func append(text: String) {
        let length = text.utf8.count
        precondition(length <= SentPacket.longestText, "checked before anything is sent")
        append(word: UInt16(length))
        self += text.utf8
    }
}

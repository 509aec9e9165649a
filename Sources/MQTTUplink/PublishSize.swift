import Telemetry

/// How many bytes a PUBLISH packet takes on the wire.
///
/// libmosquitto 2.0.11 checks the broker's limit too, but counts up to five bytes too few: a
/// message just above the limit would end the connection each time it is sent.
/// Source: MQTT 5.0, sections 2.1 and 3.3.
enum PublishSize {
    static let keyName = "key"

    /// The whole packet, with its fixed header, at QoS 1.
    static func bytes(
        of message: OutgoingMessage, version: MQTTConnectionSettings.ProtocolVersion
    ) -> Int {
        var remaining = 2 + message.topic.utf8.count + 2 + message.payload.count
        if version == .v5 {
            let properties = 1 + 2 + keyName.utf8.count + 2 + message.key.utf8.count
            remaining += bytesOfVariableInteger(properties) + properties
        }
        return 1 + bytesOfVariableInteger(remaining) + remaining
    }

    private static func bytesOfVariableInteger(_ value: Int) -> Int {
        switch value {
        case ..<128: 1
        case ..<16_384: 2
        case ..<2_097_152: 3
        default: 4
        }
    }
}

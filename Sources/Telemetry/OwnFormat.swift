package import MQTT

/// What the gateway's own formats have in common: a topic for each lane, a key in each message, and
/// a topic on which the keys come back.
package protocol OwnFormat: WireFormat {
    var address: DestinationAddress { get }

    init(_ address: DestinationAddress, waitsForPlatform: Bool)

    /// The payload of a message.
    static func encode(_ message: Message) -> [UInt8]
}

extension OwnFormat {
    package var subscriptions: [TopicFilter] {
        waitsForPlatform ? [TopicFilter(topic: address.acknowledgementTopic)] : []
    }
    package var hasParts: Bool { true }

    package func encode(_ message: Message, limit: Int?, isDated: Bool) -> [OutgoingMessage] {
        [outgoing(message.key, Self.encode(message))]
    }

    package mutating func received(_ message: ReceivedMessage) -> [FormatAction] {
        [.acknowledged(Acknowledgement.keys(in: message.payload))]
    }

    func outgoing(_ key: IdempotencyKey, _ payload: [UInt8]) -> OutgoingMessage {
        OutgoingMessage(
            topic: address.topic(of: key.lane), payload: payload, key: key.description)
    }
}

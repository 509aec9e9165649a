package import MQTT

/// How one destination is spoken to: what is listened to and said on a connection, what a message
/// looks like, and what comes back means. A pure value with the memory of a session.
///
/// It decides what is said; the delivery decides when, and keeps order, keys and limits.
package protocol WireFormat: Sendable {
    /// What has to be listened to before anything is delivered: the same on each connection.
    var subscriptions: [TopicFilter] { get }
    /// What the broker says for the gateway when its connection is lost.
    var will: OutgoingMessage? { get }
    /// Whether the receiver says itself what it has stored, as ``FormatAction/acknowledged(_:)``;
    /// otherwise the broker's word is enough.
    var waitsForPlatform: Bool { get }
    /// Whether a message too large is sent in parts, each under a key of its own.
    var hasParts: Bool { get }

    /// There is a connection, all subscriptions are confirmed, and nothing was delivered on it.
    mutating func connected() -> [FormatAction]

    /// What says a message: one, or several below a size limit, all under its key; nothing where
    /// the format has nothing to say of it.
    ///
    /// - Parameters:
    ///   - limit: The most bytes of a payload. A format with parts need not keep to it.
    ///   - isDated: Whether it is known when things happened.
    func encode(_ message: Message, limit: Int?, isDated: Bool) -> [OutgoingMessage]

    /// Whether a batch goes out as it is stored, without being read.
    var takesStored: Bool { get }

    /// A message around a batch as it is stored; `nil` where the format has to read it.
    func encode(_ key: IdempotencyKey, batch: [UInt8]) -> OutgoingMessage?

    /// Something came that was listened to.
    mutating func received(_ message: ReceivedMessage) -> [FormatAction]
}

/// What a format wants done.
package enum FormatAction: Hashable, Sendable {
    /// The destination has stored these messages.
    case acknowledged([IdempotencyKey])
    /// Say this beside what is delivered. Where it is refused that is told, and nothing waits.
    case say(OutgoingMessage)
}

extension WireFormat {
    package var subscriptions: [TopicFilter] { [] }
    package var will: OutgoingMessage? { nil }
    package mutating func connected() -> [FormatAction] { [] }
    package var takesStored: Bool { false }
    package func encode(_ key: IdempotencyKey, batch: [UInt8]) -> OutgoingMessage? { nil }
    package mutating func received(_ message: ReceivedMessage) -> [FormatAction] { [] }
}

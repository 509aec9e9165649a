import Execution

/// How much of a broker is taken.
///
/// What the gateway asks for is small: acknowledgements of a hundred bytes, a CONNACK, a SUBACK.
/// The figures leave room for thousands of acknowledgements that a broker has kept while the
/// gateway was away, and bound what one connection may cost to some 2 MB and 2 % of a core.
enum ReceivingLimits {
    /// The largest packet: announced in MQTT 5, where larger ones end the connection. In 3.1.1 a
    /// broker cannot know it: what is larger is let go while it comes.
    static let packetBytes = 1 << 18
    /// What a packet costs beside its bytes, counted as bytes.
    static let packetCost = 256
    /// What may come at once, in bytes and costs of packets.
    static let burst = Double(1 << 21)
    /// What may come each second from then on: 1000 small messages, or 256 KiB.
    static let perSecond = Double(1 << 18)
    /// What may come beside it for each message sent: its acknowledgement.
    static let perMessageSent = 1_024.0
    /// How long a broker may send as much as it can, before it is let go.
    static let floodPatience: Duration = .seconds(30)
    /// How many bytes that are let go anyway count as one.
    static let skippedBytesPerByte = 64
    /// Answers that nobody asked for: how many are overlooked, and how many more each second.
    static let unasked = 64.0
    static let unaskedPerSecond = 1.0
    /// How many messages of QoS 2 may wait for their PUBREL.
    static let receiveMaximum = 20
    /// Messages that come before the subscription is confirmed, in bytes and costs of packets.
    static let early = 1 << 20
    /// How long a packet may take from its first byte to its last; a large one a second more for
    /// each 16 KiB.
    static let packetTime: Duration = .seconds(30)
    static let packetBytesPerSecond = 1 << 14
    /// Answers that the broker does not read: from here on nothing more is read from it.
    static let unreadAnswers = 1 << 14
    /// Bytes of TLS that hold nothing.
    static let barrenBytes = 1 << 18
}

package import MQTT

/// What a connection begins with; the next one may begin with something else.
package struct ConnectionTerms: Hashable, Sendable {
    /// Made anew each time, whatever the receiver's side remembers, before anything is sent.
    package var subscriptions: [Subscription]
    /// What the receiver's side says to others when the connection ends and the gateway has not
    /// said good-bye.
    package var will: OutgoingMessage?

    package init(subscriptions: [Subscription] = [], will: OutgoingMessage? = nil) {
        self.subscriptions = subscriptions
        self.will = will
    }
}

/// Something to be told of, at least once.
package struct Subscription: Hashable, Sendable {
    package var filter: TopicFilter
    /// Whether the connection is of no use without it. Otherwise a refusal is told, and the
    /// connection goes on.
    package var isRequired: Bool

    package init(_ filter: TopicFilter, isRequired: Bool = true) {
        self.filter = filter
        self.isRequired = isRequired
    }
}

/// One message on its way out.
package struct OutgoingMessage: Hashable, Sendable {
    /// Names the message in events, and is never used twice; 0 before it is sent.
    package var token: UInt64
    package var topic: String
    package var payload: [UInt8]
    /// The idempotency key, for transports that can carry it beside the payload; empty for none.
    package var key: String
    package var quality: QualityOfService
    /// Whether the receiver's side keeps it for whoever comes later.
    package var isRetained: Bool
    package var kind: Kind

    package enum Kind: Hashable, Sendable {
        /// Part of what is stored: it is sent until it has arrived, and holds up what follows.
        case delivery
        /// Said of the session itself: nothing waits for it.
        case session
    }

    package init(
        token: UInt64 = 0, topic: String, payload: [UInt8], key: String = "",
        quality: QualityOfService = .atLeastOnce, isRetained: Bool = false, kind: Kind = .delivery
    ) {
        self.token = token
        self.topic = topic
        self.payload = payload
        self.key = key
        self.quality = quality
        self.isRetained = isRetained
        self.kind = kind
    }
}

/// One message that came for the gateway.
///
/// It comes at least once: again after a lost answer, and once for each of several subscriptions
/// that it matches, as the broker likes. Whoever listens must know it again by what it says.
package struct ReceivedMessage: Hashable, Sendable {
    package var topic: String
    package var payload: [UInt8]
    /// Whether it was kept for whoever comes later: nobody knows how old it is.
    package var isRetained: Bool
    /// Whether the broker has sent it before, as far as the broker knows.
    package var isRepeated: Bool

    package init(
        topic: String, payload: [UInt8], isRetained: Bool = false, isRepeated: Bool = false
    ) {
        self.topic = topic
        self.payload = payload
        self.isRetained = isRetained
        self.isRepeated = isRepeated
    }
}

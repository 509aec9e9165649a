package import MQTT

/// A way to one destination: MQTT, and later HTTPS.
///
/// Made for one destination and one consumer. It never reconnects by itself: the delivery decides
/// when, so that back-off and jitter are in one place.
package protocol Uplink: Sendable {
    /// What happens, in order. Bounded; a consumer that reads it at all loses nothing, since no
    /// more messages are under way than were published.
    var events: AsyncStream<UplinkEvent> { get }

    /// Begins to connect. The outcome comes as ``UplinkEvent/connected`` or
    /// ``UplinkEvent/disconnected(_:)``. Does nothing where it is connected or connecting.
    ///
    /// - Parameter terms: What the connection begins with.
    func connect(_ terms: ConnectionTerms) async

    /// Sends a message at least once. Its fate comes as an event with its token.
    ///
    /// - Throws: ``UplinkFault`` where it was not taken; no event follows then.
    func publish(_ message: OutgoingMessage) async throws(UplinkFault)

    /// Breaks the connection off, forgetting what is under way. An event follows where there was
    /// a connection.
    func disconnect() async

    /// Ends the uplink for good, politely where that takes no longer than a second.
    func close() async
}

/// What happens on an uplink.
package enum UplinkEvent: Hashable, Sendable {
    /// Connected and subscribed.
    case connected
    /// The connection ended, or could not be made.
    case disconnected(UplinkFault)
    /// The receiver's side has taken the message over (MQTT: PUBACK); at most once: it is sent.
    case accepted(UInt64)
    /// The receiver's side has not taken this message; ``UplinkFault/kind`` says what helps.
    case refused(UInt64, UplinkFault)
    /// A message for the gateway.
    case received(ReceivedMessage)
    /// A subscription that the connection does without was refused.
    case notSubscribed(TopicFilter, UplinkFault)
    /// Something came for the gateway that it has not taken, and that somebody should know of.
    case ignored(UplinkFault)
}

/// Why an uplink does not work, as an installer can act on it.
package enum UplinkFault: Error, Hashable, Sendable {
    /// Nobody listens there, the name is unknown, or the way is cut; the system's words.
    case unreachable(String)
    /// The certificates do not fit: whose, and why.
    case certificate(String)
    /// The receiver knows this gateway not, or forbids it: its words.
    case notAuthorized(String)
    /// Another client has taken the place of this one under the same name.
    case takenOver
    /// The message is larger than the receiver takes; its limit in bytes, where it told it.
    case tooLarge(limit: Int?)
    /// The receiver broke off or refused, for a reason of its own: for the time being.
    case refused(String)
    /// The receiver will not have this one message as it is: its topic or its content.
    case unacceptable(String)
    /// There is no connection at the moment.
    case notConnected
}

extension UplinkFault {
    /// What helps against a fault, where a message was refused for it.
    package enum Kind: Hashable, Sendable {
        /// It may pass by itself, or when somebody mends the receiver's side: waiting helps.
        case transient
        /// The same message will be refused again, until its receiver is set up otherwise.
        case permanent
        /// The message must be made smaller.
        case size
    }

    /// A right that is missing may be a list that is just being mended, so it passes.
    package var kind: Kind {
        switch self {
        case .unacceptable: .permanent
        case .tooLarge: .size
        case .unreachable, .certificate, .notAuthorized, .takenOver, .refused, .notConnected:
            .transient
        }
    }
}

/// How a message is handed over. Source: MQTT 3.1.1, section 4.3.
///
/// Exactly once is not among them: the keys of messages make once of at least once, between the
/// gateway and whoever stores, and not between two neighbours on the way alone.
package enum QualityOfService: UInt8, Hashable, Sendable, CaseIterable {
    /// It arrives, or is lost.
    case atMostOnce = 0
    /// It arrives, perhaps twice.
    case atLeastOnce = 1
}

/// The versions of the protocol. The raw value is the word of the site document.
package enum ProtocolVersion: String, Hashable, Sendable, CaseIterable {
    case v311 = "3.1.1"
    case v5 = "5"
}

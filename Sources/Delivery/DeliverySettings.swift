package import Telemetry

/// How one destination wants its messages.
package struct DeliverySettings: Sendable {
    package var site: String
    package var destination: String
    /// How it is spoken to, as a session begins.
    package var format: any WireFormat
    /// The most messages of a lane that the broker has and the platform has not acknowledged.
    package var window = 6
    /// How long the broker may take to accept a message, before the connection is given up.
    package var acceptTimeout: Duration = .seconds(30)
    /// How long the platform may take to acknowledge, before a message is sent again; twice as
    /// long from the second time on. An alarm is sent again after a sixth of it.
    package var acknowledgeTimeout: Duration = .seconds(60)
    /// How long the platform may take to acknowledge, before nothing new is sent: what it might
    /// not get would then come after what it does get.
    package var stallTimeout: Duration = .seconds(2)
    /// The most backlog messages a second, beside the live ones.
    package var drainPerSecond: Int = 20
    /// How often a receiver that does not answer is tried: at the latest this long after the
    /// attempt before.
    package var reconnectWithin: Duration = .seconds(10)
    /// How long a connection may take to be made.
    package var connectTimeout: Duration = .seconds(30)
    /// How long batches that share nothing wait for one that does, before a message says so.
    package var emptyAfter: Duration = .seconds(600)
    /// Whether what was read while nobody knew the date is left out.
    package var needsDates = false
    /// The most bytes of a payload, where the receiver is known not to take more.
    package var largestPayload: Int?

    package init(site: String, destination: String, format: any WireFormat) {
        self.site = site
        self.destination = destination
        self.format = format
    }

    /// Whether the platform says itself what it has stored, or the broker's word is enough.
    package var waitsForPlatform: Bool { format.waitsForPlatform }
}

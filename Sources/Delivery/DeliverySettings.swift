package import Telemetry

/// How one destination wants its messages.
package struct DeliverySettings: Hashable, Sendable {
    package var site: String
    package var destination: String
    package var format: WireFormat
    /// Whether the platform says itself what it has stored, or the broker's word is enough.
    package var waitsForPlatform: Bool
    /// What stands before the site in topics, for example `linli/v1`.
    package var topicRoot: String
    /// The most messages sent and not yet acknowledged.
    package var window = 6
    /// How long the broker may take to accept a message, before the connection is given up.
    package var acceptTimeout: Duration = .seconds(30)
    /// How long the platform may take to acknowledge, before a message is sent again; doubles up
    /// to ten times this.
    package var acknowledgeTimeout: Duration = .seconds(60)
    /// The most backlog messages a second, beside the live ones.
    package var drainPerSecond: Int = 20
    /// The pauses between attempts to connect.
    package var pauses: ClosedRange<Duration> = .seconds(1) ... .seconds(120)
    /// How long a connection may take to be made.
    package var connectTimeout: Duration = .seconds(30)

    package init(
        site: String, destination: String, format: WireFormat, waitsForPlatform: Bool,
        topicRoot: String = "linli/v1"
    ) {
        self.site = site
        self.destination = destination
        self.format = format
        self.waitsForPlatform = waitsForPlatform
        self.topicRoot = topicRoot
    }

    /// Where the messages of a lane go.
    package func topic(of lane: Lane) -> String {
        format == .thingsBoard
            ? "v1/gateway/telemetry" : "\(topicRoot)/\(site)/\(destination)/\(lane.rawValue)"
    }

    /// Where the platform acknowledges; `nil` where it does not.
    package var acknowledgementTopic: String? {
        waitsForPlatform ? "\(topicRoot)/\(site)/\(destination)/ack" : nil
    }
}

/// Whose messages they are, as their topics say it: `root/site/destination/…`.
package struct DestinationAddress: Hashable, Sendable {
    /// For example `linli/v1`.
    package let root: String
    package let site: String
    package let destination: String

    package init(root: String = "linli/v1", site: String, destination: String) {
        self.root = root
        self.site = site
        self.destination = destination
    }

    /// Where the messages of a lane go.
    package func topic(of lane: Lane) -> String {
        "\(root)/\(site)/\(destination)/\(lane.rawValue)"
    }

    /// Where the platform acknowledges.
    package var acknowledgementTopic: String { "\(root)/\(site)/\(destination)/ack" }
}

/// What makes a message the same message when it is sent again.
///
/// Written `site/destination/epoch/lane/first-last`.
package struct IdempotencyKey: Hashable, Sendable, CustomStringConvertible {
    package let site: String
    package let destination: String
    /// The name of the database the batches were first stored in.
    package let epoch: String
    package let lane: Lane
    /// The batches the message covers, also those of which nothing was shared.
    package let sequences: ClosedRange<Int64>

    package init(
        site: String, destination: String, epoch: String, lane: Lane,
        sequences: ClosedRange<Int64>
    ) {
        self.site = site
        self.destination = destination
        self.epoch = epoch
        self.lane = lane
        self.sequences = sequences
    }

    package var description: String {
        "\(site)/\(destination)/\(epoch)/\(lane.rawValue)/"
            + "\(sequences.lowerBound)-\(sequences.upperBound)"
    }

    /// - Returns: `nil` where the text is no key.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 5, parts.allSatisfy({ !$0.isEmpty }),
            let lane = Lane(rawValue: String(parts[3]))
        else { return nil }
        let bounds = parts[4].split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, let first = Int64(bounds[0]), let last = Int64(bounds[1]),
            first >= 1, first <= last
        else { return nil }
        self.init(
            site: String(parts[0]), destination: String(parts[1]), epoch: String(parts[2]),
            lane: lane, sequences: first...last)
    }
}

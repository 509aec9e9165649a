/// What makes a message the same message when it is sent again.
///
/// Written `site/destination/epoch/lane/first-last`, and for a part of a message that was too large
/// as a whole `site/destination/epoch/lane/first-last.1of2`.
package struct IdempotencyKey: Hashable, Sendable, CustomStringConvertible {
    package let site: String
    package let destination: String
    /// The name of the database the batches were first stored in.
    package let epoch: String
    package let lane: Lane
    /// The batches the message covers, also those of which nothing was shared.
    package let sequences: ClosedRange<Int64>
    /// Which part of what is shared of them; `nil` for the whole.
    package let part: MessagePart?

    package init(
        site: String, destination: String, epoch: String, lane: Lane,
        sequences: ClosedRange<Int64>, part: MessagePart? = nil
    ) {
        self.site = site
        self.destination = destination
        self.epoch = epoch
        self.lane = lane
        self.sequences = sequences
        self.part = part
    }

    package var description: String {
        "\(site)/\(destination)/\(epoch)/\(lane.rawValue)/"
            + "\(sequences.lowerBound)-\(sequences.upperBound)" + (part.map { ".\($0)" } ?? "")
    }

    /// - Returns: `nil` where the text is no key.
    package init?(_ text: String) {
        let words = text.split(separator: "/", omittingEmptySubsequences: false)
        guard words.count == 5, words.allSatisfy({ !$0.isEmpty }),
            let lane = Lane(rawValue: String(words[3]))
        else { return nil }
        let range = words[4].split(separator: ".", omittingEmptySubsequences: false)
        let part = range.count == 2 ? MessagePart(range[1]) : nil
        guard range.count == 1 || part != nil else { return nil }
        let bounds = range[0].split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, let first = Int64(bounds[0]), let last = Int64(bounds[1]),
            first >= 1, first <= last
        else { return nil }
        self.init(
            site: String(words[0]), destination: String(words[1]), epoch: String(words[2]),
            lane: lane, sequences: first...last, part: part)
    }

    /// The key of one part of the same message.
    package func part(_ part: MessagePart?) -> IdempotencyKey {
        IdempotencyKey(
            site: site, destination: destination, epoch: epoch, lane: lane, sequences: sequences,
            part: part)
    }
}

/// What a destination's filter remembers of the readings up to a batch.
package struct ShareMemory: Hashable, Sendable {
    /// The last batch of readings that the filter has seen.
    package let sequence: Int64
    package let content: [UInt8]

    /// More is not kept.
    package static let mostBytes = 1 << 20

    package init(sequence: Int64, content: [UInt8]) {
        self.sequence = sequence
        self.content = content
    }
}

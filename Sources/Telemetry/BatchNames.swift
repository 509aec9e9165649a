/// The names of a catalog, known to whoever compresses or reads a batch beforehand.
///
/// The cache keeps them once, and each of its batches without them. On the wire there are none:
/// a message stands for itself, with the help of ``Vocabulary`` alone.
package struct BatchNames: Hashable, Sendable {
    /// The names as they stand in a batch that has a reading of every point.
    package let content: [UInt8]

    /// Nothing but the vocabulary.
    package static let none = BatchNames(content: [])

    package init(content: [UInt8]) {
        self.content = content
    }

    /// What zstd is given: the likeliest last, where references to it are shortest.
    var dictionary: [UInt8] {
        content.isEmpty ? Vocabulary.bytes : Vocabulary.bytes + content
    }
}

/// The words that zstd takes for known in every batch and message: `Schema/vocabulary.txt`.
///
/// Kinds of devices, and points as they stand in a batch, the commonest last. The words are part
/// of version 1 of the wire format and never change, for a receiver has a copy of the file:
/// `zstd -d -D vocabulary.txt`. What is not among them only costs a few bytes more.
enum Vocabulary {
    static let bytes: [UInt8] = PackageResources.vocabulary_txt
}

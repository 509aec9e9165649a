/// Why bytes are not a batch or message.
package enum BatchError: Error, Hashable, Sendable {
    /// Not what zstd wrote, or cut short.
    case notCompressed
    /// Larger than a batch may be.
    case tooLarge
    /// Not what the schema says.
    case malformed
}

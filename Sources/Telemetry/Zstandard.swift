internal import CZstd
import Synchronization

/// Compression by zstd, with the words of ``Vocabulary`` known beforehand.
package enum Zstandard {
    /// Kept from batch to batch: to make it anew costs ten times what compressing does.
    private static let compressor = Mutex(ZstandardCompressor())

    /// Compresses bytes. The result states the size of what is in it.
    ///
    /// - Parameter boundary: Where the kind of the bytes changes, from names to packed bits for
    ///   instance. Each side gets a code of its own, which saves some percent; a reader does not
    ///   notice.
    /// - Parameter names: Names known beforehand; a reader needs the same ones.
    package static func compress(
        _ bytes: [UInt8], boundary: Int? = nil, names: BatchNames = .none
    ) -> [UInt8] {
        compressor.withLock { $0.compress(bytes, boundary: boundary, names: names) }
    }

    /// The most a compressed batch or message may hold.
    package static let largestContent = 64 << 20

    /// Restores bytes.
    ///
    /// - Throws: `.notCompressed`, or `.tooLarge` above ``largestContent``, before room for them
    ///   is made.
    package static func decompress(
        _ bytes: [UInt8], names: BatchNames = .none
    ) throws(BatchError) -> [UInt8] {
        let size = ZSTD_getFrameContentSize(bytes, bytes.count)
        // The two largest numbers stand for "unknown" and "no frame".
        guard size < UInt64.max - 1 else { throw .notCompressed }
        guard size <= UInt64(largestContent) else { throw .tooLarge }
        guard let context = ZSTD_createDCtx() else { preconditionFailure("no memory for zstd") }
        defer { ZSTD_freeDCtx(context) }
        let known = names.dictionary
        var written = 0
        let content = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            written = ZSTD_decompress_usingDict(
                context, buffer.baseAddress, buffer.count, bytes, bytes.count, known, known.count)
            count = ZSTD_isError(written) == 0 ? written : 0
        }
        guard ZSTD_isError(written) == 0, content.count == Int(size) else { throw .notCompressed }
        return content
    }
}

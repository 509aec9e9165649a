internal import CZstd

/// Compression by zstd, with the words of ``Vocabulary`` known beforehand.
package enum Zstandard {
    /// The level batches are compressed with: above it they do not shrink, below it by up to 4 % less.
    package static let level = 15

    /// Compresses bytes. The result states the size of what is in it.
    ///
    /// - Parameter boundary: Where the kind of the bytes changes, from names to packed bits for
    ///   instance. Each side gets a code of its own, which saves some percent; a reader does not
    ///   notice.
    /// - Parameter names: Names known beforehand; a reader needs the same ones.
    package static func compress(
        _ bytes: [UInt8], level: Int = Zstandard.level, boundary: Int? = nil,
        names: BatchNames = .none
    ) -> [UInt8] {
        guard let context = ZSTD_createCCtx() else { preconditionFailure("no memory for zstd") }
        defer { ZSTD_freeCCtx(context) }
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(level))
        // No header: the words as they are, so that any zstd can read them from a file.
        let known = names.dictionary
        ZSTD_CCtx_loadDictionary(context, known, known.count)
        ZSTD_CCtx_setPledgedSrcSize(context, UInt64(bytes.count))
        // A block more than one pass would need, for the flush in between.
        let bound = ZSTD_compressBound(bytes.count) + 512
        return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            bytes.withUnsafeBytes { source in
                var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
                var input = ZSTD_inBuffer(src: source.baseAddress, size: boundary ?? 0, pos: 0)
                if boundary != nil {
                    let rest = ZSTD_compressStream2(context, &output, &input, ZSTD_e_flush)
                    precondition(rest == 0, "the buffer holds the first part")
                }
                input.size = bytes.count
                let rest = ZSTD_compressStream2(context, &output, &input, ZSTD_e_end)
                precondition(rest == 0, "the buffer holds it all")
                count = output.pos
            }
        }
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

internal import CZstd

/// A context of zstd and the dictionaries that it has digested, for one caller at a time.
///
/// Some 0.6 MB for batches of 12 000 readings, the two dictionaries included another 0.7 MB.
struct ZstandardCompressor: ~Copyable {
    /// Where names are known, no level above shrinks a batch by more than a fifth of a percent.
    private static let levelBesideNames: Int32 = 9
    /// Where a message stands for itself: a lower level gives back up to a percent.
    private static let levelAlone: Int32 = 15
    /// What a context may keep after a batch that was larger than any of a site's.
    private static let largestContext = 2 << 20

    private var context: OpaquePointer
    private let vocabulary = Digest(.none, level: levelAlone)
    private var newest: Digest?

    init() {
        context = Self.newContext()
    }

    deinit { ZSTD_freeCCtx(context) }

    /// See ``Zstandard/compress(_:boundary:names:)``.
    mutating func compress(_ bytes: [UInt8], boundary: Int?, names: BatchNames) -> [UInt8] {
        defer { shrink() }
        ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters)
        ZSTD_CCtx_refCDict(context, dictionary(of: names))
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

    private mutating func dictionary(of names: BatchNames) -> OpaquePointer {
        guard names != .none else { return vocabulary.bytes }
        if let newest, newest.names == names { return newest.bytes }
        let next = Digest(names, level: Self.levelBesideNames)
        newest = next
        return next.bytes
    }

    private mutating func shrink() {
        guard ZSTD_sizeof_CCtx(context) > Self.largestContext else { return }
        ZSTD_freeCCtx(context)
        context = Self.newContext()
    }

    private static func newContext() -> OpaquePointer {
        guard let context = ZSTD_createCCtx() else { preconditionFailure("no memory for zstd") }
        return context
    }
}

extension ZstandardCompressor {
    /// Names as zstd has digested them.
    private final class Digest {
        let names: BatchNames
        let bytes: OpaquePointer

        init(_ names: BatchNames, level: Int32) {
            let words = names.dictionary
            // No header: the words as they are, so that any zstd can read them from a file.
            guard let bytes = ZSTD_createCDict(words, words.count, level) else {
                preconditionFailure("no memory for zstd")
            }
            (self.names, self.bytes) = (names, bytes)
        }

        deinit { ZSTD_freeCDict(bytes) }
    }
}

import Glibc

/// The write-ahead log beside a database, read as bytes.
///
/// Source: sqlite.org/fileformat2.html, section 4, "The Write-Ahead Log". Reading it takes no lock
/// and drops none: SQLite locks the database file alone.
struct LogFile {
    static let headerSize = 32
    static let frameHeaderSize = 24

    let path: String

    init(path: String) {
        self.path = path
    }

    /// How many different pages the first `frames` frames hold: what moving them will write.
    func distinctPages(frames: Int) -> Int {
        var pages: Set<UInt32> = []
        withFrames { page, index, _, _ in
            if index < frames { pages.insert(page) }
            return index < frames
        }
        return pages.count
    }

    /// The user versions in the copies of page 1 in the log, as far as SQLite would believe it: a
    /// power cut leaves torn frames at its end.
    func userVersions() -> Set<UInt32> {
        var versions: Set<UInt32> = []
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { Glibc.close(file) }
        var sum = LogChecksum(isBigEndian: Self.word(file, at: 0) == Self.bigEndianMagic)
        guard let header = Self.bytes(file, at: 0, count: Self.headerSize),
            sum.add(header[..<24]) == header.words(at: 24)
        else { return [] }
        withFrames { page, _, place, size in
            guard let frame = Self.bytes(file, at: place, count: Self.frameHeaderSize + size)
            else { return false }
            sum.add(frame[..<8])
            guard sum.add(frame[Self.frameHeaderSize...]) == frame.words(at: 16) else {
                return false
            }
            if page == 1 { versions.insert(frame.words(at: Self.frameHeaderSize + 60).0) }
            return true
        }
        return versions
    }

    private static let bigEndianMagic: UInt32 = 0x377F_0683

    /// Calls `body` with the page number, the index, the place and the page size of each frame of
    /// the newest generation, until it returns `false`.
    private func withFrames(
        _ body: (_ page: UInt32, _ index: Int, _ place: Int, _ pageSize: Int) -> Bool
    ) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { Glibc.close(file) }
        guard let pageSize = Self.word(file, at: 8), let salt = Self.word(file, at: 16),
            let secondSalt = Self.word(file, at: 20), (512...65_536).contains(pageSize)
        else { return }
        var index = 0
        while true {
            let frame = Self.headerSize + index * (Self.frameHeaderSize + Int(pageSize))
            guard let page = Self.word(file, at: frame),
                Self.word(file, at: frame + 8) == salt,
                Self.word(file, at: frame + 12) == secondSalt
            else { return }
            guard body(page, index, frame, Int(pageSize)) else { return }
            index += 1
        }
    }

    private static func bytes(_ file: Int32, at offset: Int, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return pread(file, &bytes, count, off_t(offset)) == count ? bytes : nil
    }

    /// The big-endian 32-bit word at an offset, or `nil` past the end.
    static func word(_ file: Int32, at offset: Int) -> UInt32? {
        var word: UInt32 = 0
        let count = pread(file, &word, 4, off_t(offset))
        return count == 4 ? UInt32(bigEndian: word) : nil
    }
}

/// The running checksum of a log: each frame's covers all that came before it.
///
/// Source: sqlite.org/fileformat2.html, section 4.2, "Checksum Algorithm".
private struct LogChecksum {
    let isBigEndian: Bool
    private var sum: (UInt32, UInt32) = (0, 0)

    init(isBigEndian: Bool) {
        self.isBigEndian = isBigEndian
    }

    /// Adds bytes, in pairs of words.
    @discardableResult
    mutating func add(_ bytes: ArraySlice<UInt8>) -> (UInt32, UInt32) {
        bytes.withUnsafeBytes { bytes in
            for place in stride(from: 0, to: bytes.count, by: 8) {
                let (first, second) = bytes.words(at: place)
                sum.0 = sum.0 &+ (isBigEndian ? first : first.byteSwapped) &+ sum.1
                sum.1 = sum.1 &+ (isBigEndian ? second : second.byteSwapped) &+ sum.0
            }
        }
        return sum
    }
}

extension UnsafeRawBufferPointer {
    /// The two big-endian words from a place on.
    fileprivate func words(at place: Int) -> (UInt32, UInt32) {
        (
            UInt32(bigEndian: loadUnaligned(fromByteOffset: place, as: UInt32.self)),
            UInt32(bigEndian: loadUnaligned(fromByteOffset: place + 4, as: UInt32.self))
        )
    }
}

extension [UInt8] {
    /// The two big-endian words from an index on.
    fileprivate func words(at place: Int) -> (UInt32, UInt32) {
        withUnsafeBytes { $0.words(at: place) }
    }
}

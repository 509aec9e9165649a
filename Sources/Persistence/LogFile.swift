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
        withFrames { page, index, _ in
            if index < frames { pages.insert(page) }
            return index < frames
        }
        return pages.count
    }

    /// The user versions in the copies of page 1 in the log.
    func userVersions() -> Set<UInt32> {
        var versions: Set<UInt32> = []
        withFrames { page, _, content in
            if page == 1, let version = content(60) { versions.insert(version) }
            return true
        }
        return versions
    }

    /// Calls `body` with the page number, the index and the content of each frame of the newest
    /// generation, until it returns `false`.
    private func withFrames(
        _ body: (_ page: UInt32, _ index: Int, _ content: (_ offset: Int) -> UInt32?) -> Bool
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
            let isWanted = body(page, index) {
                Self.word(file, at: frame + Self.frameHeaderSize + $0)
            }
            guard isWanted else { return }
            index += 1
        }
    }

    /// The big-endian 32-bit word at an offset, or `nil` past the end.
    static func word(_ file: Int32, at offset: Int) -> UInt32? {
        var word: UInt32 = 0
        let count = pread(file, &word, 4, off_t(offset))
        return count == 4 ? UInt32(bigEndian: word) : nil
    }
}

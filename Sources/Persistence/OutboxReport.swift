/// Something that went wrong with the cache and that people must hear of.
package enum OutboxReport: Hashable, Sendable {
    /// Batches were dropped before everybody had them, or were found damaged. It is also stored
    /// as an event.
    case gap(GapRecord)
    /// The database, or the payloads beside it, could not be read. It was moved to `file`, and
    /// a new one was begun.
    case setAside(file: String, reason: String)
}

/// How much the cache may hold.
package struct CacheLimits: Hashable, Sendable {
    /// The most bytes of flash: the database, its log, the payloads and the reserve together.
    package var maximumBytes: Int64
    /// The age beyond which nothing is kept.
    package var maximumAge: Duration

    /// - Precondition: At least 256 KiB, and an age above zero.
    package init(maximumBytes: Int64, maximumAge: Duration) {
        precondition(maximumBytes >= 256 * 1_024, "a cache needs at least 256 KiB")
        precondition(maximumAge > .zero, "a cache needs an age above zero")
        self.maximumBytes = maximumBytes
        self.maximumAge = maximumAge
    }
}

extension CacheLimits {
    /// How many pages the log may hold: 2000, less in a small cache.
    func logPages(pageSize: Int) -> Int {
        min(2_000, max(64, Int(maximumBytes / 8) / (pageSize + LogFile.frameHeaderSize)))
    }

    /// How much of the disk is kept to move a full log into the database.
    func reserveBytes(pageSize: Int) -> Int {
        logPages(pageSize: pageSize) * pageSize * 4 / 3
    }

    /// What is left for the database and the payloads beside the log and the reserve. A commit
    /// and a half of the log's length may pass before the log starts again.
    func contentBytes(pageSize: Int) -> Int64 {
        let log = logPages(pageSize: pageSize) * (pageSize + LogFile.frameHeaderSize) * 3 / 2
        return maximumBytes - Int64(log + reserveBytes(pageSize: pageSize))
    }

    /// How much is freed at once beyond what must go: dropping many batches at once writes fewer
    /// pages than dropping one with each append.
    var slack: Int64 { min(maximumBytes / 32, 512 * 1_024) }
}

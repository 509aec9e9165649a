/// What is in the cache, and what it costs. Answers `GET /v1/cache`.
package struct CacheReport: Codable, Hashable, Sendable {
    package var file: String
    /// Made with the database; a part of every idempotency key.
    package var epoch: String
    package var usedBytes: Int64
    package var maximumBytes: Int64
    /// The age beyond which nothing is kept.
    package var maximumAgeSeconds: Double
    package var openBatch: OpenBatch
    /// Alarm, event, reading.
    package var lanes: [LaneReport]
    /// Written to the flash since the start, all files of the cache counted.
    package var writtenBytes: Int64
    /// Readings stored since the start: what ``writtenBytes`` is for.
    package var writtenReadings: Int64
    package var commits: Int64
    /// How many times something was dropped that not everybody had, since the start.
    package var gaps: Int64
    /// What is wrong, in words: a full disk, a database set aside.
    package var faults: [String]

    package init(
        file: String, epoch: String, usedBytes: Int64, maximumBytes: Int64,
        maximumAgeSeconds: Double, openBatch: OpenBatch, lanes: [LaneReport] = [],
        writtenBytes: Int64, writtenReadings: Int64, commits: Int64, gaps: Int64 = 0,
        faults: [String] = []
    ) {
        self.file = file
        self.epoch = epoch
        self.usedBytes = usedBytes
        self.maximumBytes = maximumBytes
        self.maximumAgeSeconds = maximumAgeSeconds
        self.openBatch = openBatch
        self.lanes = lanes
        self.writtenBytes = writtenBytes
        self.writtenReadings = writtenReadings
        self.commits = commits
        self.gaps = gaps
        self.faults = faults
    }
}

/// One lane of the cache.
package struct LaneReport: Codable, Hashable, Sendable {
    package var lane: String
    package var batches: Int64
    /// Readings, or events.
    package var readings: Int64
    package var bytes: Int64
    /// Of the oldest batch.
    package var firstSequence: Int64?
    /// Of the newest batch.
    package var lastSequence: Int64?
    /// The first time in the oldest batch, in milliseconds since 1970.
    package var oldest: Int64?
    /// The last time in the newest batch, in milliseconds since 1970.
    package var newest: Int64?

    package init(
        lane: String, batches: Int64, readings: Int64, bytes: Int64, firstSequence: Int64? = nil,
        lastSequence: Int64? = nil, oldest: Int64? = nil, newest: Int64? = nil
    ) {
        self.lane = lane
        self.batches = batches
        self.readings = readings
        self.bytes = bytes
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
        self.oldest = oldest
        self.newest = newest
    }
}

package import Execution

/// A closed batch, encoded, on its way into the cache.
package struct SealedBatch: Hashable, Sendable {
    package var lane: Lane
    /// The protobuf `Batch` of `Schema/batch.proto`, compressed with zstd and ``names``.
    package var payload: [UInt8]
    /// The names that must be known to read the payload.
    package var names: BatchNames
    package var clock: BatchClock
    /// The earliest time of a record in it.
    package var firstTime: Timestamp
    /// The latest time of a record in it.
    package var lastTime: Timestamp
    /// How many readings, or events, it holds.
    package var count: Int

    package init(
        lane: Lane, payload: [UInt8], names: BatchNames = .none, clock: BatchClock,
        firstTime: Timestamp, lastTime: Timestamp, count: Int
    ) {
        self.lane = lane
        self.payload = payload
        self.names = names
        self.clock = clock
        self.firstTime = firstTime
        self.lastTime = lastTime
        self.count = count
    }

    /// The encoded batch, no longer compressed.
    package func content() throws(BatchError) -> [UInt8] {
        try Zstandard.decompress(payload, names: names)
    }
}

/// A batch in the cache.
package struct StoredBatch: Hashable, Sendable {
    /// The name of the database it was first stored in.
    package var epoch: String
    /// Its number in its lane, from 1; never used twice within an epoch.
    package var sequence: Int64
    package var batch: SealedBatch

    package init(epoch: String, sequence: Int64, batch: SealedBatch) {
        self.epoch = epoch
        self.sequence = sequence
        self.batch = batch
    }
}

package import Execution
package import Telemetry

/// What is in the cache, how far each destination is behind, and what was written to the flash.
package struct OutboxStatistics: Hashable, Sendable {
    package var epoch: String
    /// Alarm, event, reading.
    package var lanes: [LaneContent]
    /// By destination, in the order they were added, and lane.
    package var destinations: [DestinationLag]
    package var file: FileUse
    package var written: Written

    /// One lane.
    package struct LaneContent: Hashable, Sendable {
        package var lane: Lane
        package var batches: Int64
        /// Readings, or events.
        package var readings: Int64
        /// Bytes of payload.
        package var bytes: Int64
        /// The sequence numbers of the oldest and the newest batch, where there are any.
        package var sequences: ClosedRange<Int64>?
        /// The first time in the oldest batch and the last in the newest.
        package var oldest: Timestamp?
        package var newest: Timestamp?
    }

    /// How far one destination is behind in one lane.
    package struct DestinationLag: Hashable, Sendable {
        package var destination: String
        package var lane: Lane
        /// The last sequence number up to which it has everything.
        package var cursor: Int64
        /// How many sequence numbers the newest batch is ahead of the cursor.
        package var behind: Int64
        /// The first time in the oldest batch it does not have.
        package var waitingSince: Timestamp?
    }

    /// The database, and the payloads beside it.
    package struct FileUse: Hashable, Sendable {
        package var pageSize: Int
        package var pages: Int64
        package var freePages: Int64
        /// What the file of payloads takes on the disk.
        package var payloadBytes: Int64
        package var maximumBytes: Int64

        package var bytes: Int64 { pages * Int64(pageSize) + payloadBytes }
    }

    /// What was written since the outbox was opened.
    package struct Written: Hashable, Sendable {
        package var commits: Int64
        package var checkpoints: Int64
        /// Bytes of the write-ahead log, frame headers included.
        package var logBytes: Int64
        /// Bytes of the pages moved from the log into the database.
        package var checkpointBytes: Int64
        /// Bytes of the file of payloads, its growth included.
        package var payloadBytes: Int64

        package var bytes: Int64 { logBytes + checkpointBytes + payloadBytes }
    }
}

extension Outbox {
    /// Counts what is there. Reads a few rows, whatever the size of the cache.
    package func statistics() throws(OutboxError) -> OutboxStatistics {
        let epoch = try epoch()
        return try guarding { store throws(StoreFault) in
            let written = store.written
            return try store.access { _, statements in
                OutboxStatistics(
                    epoch: epoch,
                    lanes: try Lane.allCases.map { try self.content(of: $0, statements) },
                    destinations: try self.destinationNames.flatMap { name in
                        try Lane.allCases.map { try self.lag(of: name, in: $0, statements) }
                    },
                    file: try self.fileUse(of: store, statements),
                    written: OutboxStatistics.Written(
                        commits: written.commits, checkpoints: written.checkpoints,
                        logBytes: written.logBytes, checkpointBytes: written.checkpointBytes,
                        payloadBytes: written.payloadBytes))
            }
        }
    }

    private func content(
        of lane: Lane, _ statements: Statements
    ) throws -> OutboxStatistics.LaneContent {
        let keys = RowKey.all(of: lane)
        let oldest = try statements.headers(keys, limit: 1).first
        let newest = try statements.headers(keys, limit: 1, newestFirst: true).first
        let totals = state.lanes[lane]
        var content = OutboxStatistics.LaneContent(
            lane: lane, batches: totals.batches, readings: totals.readings, bytes: totals.bytes)
        if let oldest, let newest {
            content.sequences = oldest.key.sequence...newest.key.sequence
            content.oldest = corrected(oldest.header).firstTime
            content.newest = corrected(newest.header).lastTime
        }
        return content
    }

    private func lag(
        of name: String, in lane: Lane, _ statements: Statements
    ) throws -> OutboxStatistics.DestinationLag {
        let cursor = destinations[name].flatMap { state.cursors[$0]?[lane] } ?? 0
        let waiting = try statements.headers(RowKey.all(of: lane, from: cursor + 1), limit: 1).first
        return OutboxStatistics.DestinationLag(
            destination: name, lane: lane, cursor: cursor,
            behind: state.lanes[lane].head - cursor,
            waitingSince: waiting.map { corrected($0.header).firstTime })
    }

    private func fileUse(
        of store: BatchStore, _ statements: Statements
    ) throws -> OutboxStatistics.FileUse {
        let (pages, free) = try statements.pageCounts()
        return OutboxStatistics.FileUse(
            pageSize: store.settings.pageSize, pages: pages, freePages: free,
            payloadBytes: store.payloads.allocatedBytes, maximumBytes: limits.maximumBytes)
    }

    /// A header with its times corrected, where that is possible.
    func corrected(_ header: BatchRow.Header) -> BatchRow.Header {
        var header = header
        let correction = boots.correction(of: header) ?? 0
        header.firstTime = header.firstTime.shifted(by: correction)
        header.lastTime = header.lastTime.shifted(by: correction)
        return header
    }
}

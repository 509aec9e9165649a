import Execution
import Telemetry

/// Where the delivery goes on after a start.
extension DestinationDelivery {
    /// What the destination has.
    func cursors() async throws -> [Lane: MessageComposer.Position] {
        var cursors: [Lane: MessageComposer.Position] = [:]
        for lane in Lane.allCases {
            let cursor = try await source.cursor(lane)
            cursors[lane] = MessageComposer.Position(
                at: cursor, filter: try await remembered(lane, before: cursor))
        }
        return cursors
    }

    /// The filter as it was when the batch at the cursor had been shared: what was shared last of
    /// a point, and whether it is still missing, is in the batches of this interval and the last.
    private func remembered(_ lane: Lane, before cursor: Int64) async throws -> ShareFilter {
        var filter = filter
        guard let intervals = filter.intervals, lane == .reading, cursor > 0 else { return filter }
        guard let last = try await source.batches(lane, cursor - 1, 1).first,
            last.sequence == cursor
        else { return filter }
        let begin = last.batch.lastTime - .milliseconds(2 * intervals.length)
        var after = try await sequence(before: begin, in: lane, below: cursor)
        while after < cursor {
            let batches = try await source.batches(lane, after, 64).filter { $0.sequence <= cursor }
            guard let last = batches.last else { break }
            for stored in batches {
                // An unreadable batch shared nothing then, either.
                if let batch = try? stored.decoded() { _ = filter.shared(of: batch) }
            }
            after = last.sequence
        }
        return filter
    }

    /// The last number of a lane all of whose batch is from before a moment; 0 where there is none.
    private func sequence(
        before time: Timestamp, in lane: Lane, below end: Int64
    ) async throws -> Int64 {
        var (low, high) = (Int64(0), end)
        while low + 1 < high {
            let middle = low + (high - low) / 2
            let found = try await source.batches(lane, middle - 1, 1).first
            if let found, found.sequence < high, found.batch.lastTime < time {
                low = found.sequence
            } else {
                high = middle
            }
        }
        return low
    }
}

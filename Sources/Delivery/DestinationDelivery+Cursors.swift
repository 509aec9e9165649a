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

    /// The filter as it was when the batch at the cursor had been shared: as it was kept last, and
    /// what has come since.
    private func remembered(_ lane: Lane, before cursor: Int64) async throws -> ShareFilter {
        guard let intervals = filter.intervals, lane == .reading, cursor > 0 else { return filter }
        var filter = filter
        var after: Int64
        // One that cannot be read is found again in the batches.
        if let memory = try? await source.memory(), memory.sequence <= cursor,
            filter.recall(memory.content)
        {
            after = memory.sequence
            kept = memory.sequence
        } else {
            after = try await beginning(of: intervals, before: cursor)
        }
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

    /// The last batch that a filter without memory need not see: what was shared last of a point,
    /// and whether it is still missing, is in the batches of this interval and the last. Of very
    /// many the newest will do: then a reading of an interval may be shared twice.
    private func beginning(
        of intervals: LocalIntervals, before cursor: Int64
    ) async throws -> Int64 {
        guard let last = try await source.batches(.reading, cursor - 1, 1).first,
            last.sequence == cursor
        else { return cursor }
        let begin = last.batch.lastTime - .milliseconds(2 * intervals.length)
        let first = try await sequence(before: begin, in: .reading, below: cursor)
        return max(first, cursor - Self.mostSeenAgain)
    }

    /// How many batches are looked through at most where nothing was kept.
    static let mostSeenAgain: Int64 = 10_000

    /// How many batches pass before what the filter remembers is kept again: so many are looked
    /// through at a start.
    static let keptEvery: Int64 = 64

    /// Keeps what the filter remembers at the cursor, now and then.
    func keep(_ position: MessageComposer.Position, isLast: Bool = false) async {
        guard position.part == nil, position.scanned >= kept + (isLast ? 1 : Self.keptEvery),
            let memory = position.filter.memory
        else { return }
        kept = position.scanned
        // Where it is not kept, a start takes longer.
        try? await source.remember(ShareMemory(sequence: position.scanned, content: memory))
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

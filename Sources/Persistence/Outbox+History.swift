package import Execution
package import Metering
package import Telemetry

/// The readings of one point between two times.
package struct History: Hashable, Sendable {
    package var samples: [Sample] = []
    /// How many batches could not be read.
    package var unreadableBatches = 0
    /// Whether there is more than was asked for.
    package var isTruncated = false
}

extension Outbox {
    /// The readings of one point in the cache.
    ///
    /// - Parameters:
    ///   - times: Both ends included.
    ///   - limit: The most samples.
    ///   - newestFirst: Whether the samples come in descending order of time, and the newest are
    ///     kept where there are more than `limit`.
    /// - Complexity: Finds the batches by bisection; then decodes each one of the time asked for.
    package func history(
        of point: PointIdentifier, in times: ClosedRange<Timestamp>, limit: Int,
        newestFirst: Bool = false
    ) throws(OutboxError) -> History {
        try guarding { store throws(StoreFault) in
            var history = History()
            try store.access { _, statements in
                for boot in newestFirst ? self.boots.boots.reversed() : self.boots.boots {
                    let keys = try self.keys(of: boot, in: times, statements)
                    guard let keys, !history.isTruncated else { continue }
                    try self.collect(
                        point, in: times, keys: keys, limit: limit, newestFirst: newestFirst,
                        statements, into: &history)
                }
            }
            return history
        }
    }

    /// Reads the batches of a range of keys, in pieces, until the limit is passed.
    private func collect(
        _ point: PointIdentifier, in times: ClosedRange<Timestamp>, keys: ClosedRange<RowKey>,
        limit: Int, newestFirst: Bool, _ statements: Statements, into history: inout History
    ) throws {
        var rest: ClosedRange<RowKey>? = keys
        while let range = rest, !history.isTruncated {
            let found = try statements.headers(range, limit: 64, newestFirst: newestFirst)
            for stored in found where !history.isTruncated {
                let header = corrected(stored.header)
                guard header.lastTime >= times.lowerBound, header.firstTime <= times.upperBound
                else { continue }
                guard let samples = try samples(of: point, in: stored, statements) else {
                    history.unreadableBatches += 1
                    continue
                }
                let wanted = samples.filter { times.contains($0.time) }
                    .sorted { newestFirst ? $0.time > $1.time : $0.time < $1.time }
                let room = limit - history.samples.count
                history.samples += wanted.prefix(room)
                history.isTruncated = wanted.count > room
            }
            rest = found.last.flatMap { range.beyond($0.key, descending: newestFirst) }
        }
    }

    /// The samples of a point in one batch, or `nil` where the batch cannot be read.
    private func samples(
        of point: PointIdentifier, in stored: StoredHeader, _ statements: Statements
    ) throws -> [Sample]? {
        let found = try statements.rows(stored.key...stored.key, limit: 1, maximumBytes: .max)
        damaged.formUnion(found.damaged)
        guard let row = found.sound.first else { return nil }
        let correction = boots.correction(of: row.header) ?? 0
        guard let series = self.stored(row)?.batch.samples(of: point) else { return nil }
        return series.map { sample in
            var sample = sample
            sample.time = sample.time.shifted(by: correction)
            return sample
        }
    }

    /// The keys of the batches of readings of one boot that may hold something of a time.
    ///
    /// Within one boot the monotonic time of the batches ascends with their numbers, whatever
    /// happened to the wall clock; so the limits are found by bisection.
    private func keys(
        of boot: BootClocks.Boot, in times: ClosedRange<Timestamp>, _ statements: Statements
    ) throws -> ClosedRange<RowKey>? {
        let next = boots.boots.first { $0.id > boot.id }?.firstReading
        let last = next.map { $0 - 1 } ?? state.lanes.reading.head
        let oldest = try statements.headers(RowKey.all(of: .reading), limit: 1).first
        guard let oldest, max(boot.firstReading, oldest.key.sequence) <= last else { return nil }
        let all = max(boot.firstReading, oldest.key.sequence)...last
        let slack = BootClocks.tolerance + 60_000
        let earliest = times.lowerBound.milliseconds.subtractingClamped(boot.high + slack)
        let latest = times.upperBound.milliseconds.subtractingClamped(boot.low - slack)
        let from = try firstSequence(in: all, of: boot, statements) { $0.last >= earliest }
        let past = try firstSequence(in: all, of: boot, statements) { $0.first > latest }
        guard from < past else { return nil }
        return RowKey(.reading, from)...RowKey(.reading, past - 1)
    }

    /// The first sequence whose batch fulfils a condition that, once true, stays true; one past
    /// the end where none does.
    private func firstSequence(
        in sequences: ClosedRange<Int64>, of boot: BootClocks.Boot, _ statements: Statements,
        where condition: (_ monotonic: (first: Int64, last: Int64)) -> Bool
    ) throws -> Int64 {
        var low = sequences.lowerBound
        var high = sequences.upperBound + 1
        while low < high {
            let middle = low + (high - low) / 2
            let keys = RowKey(.reading, middle)...RowKey(.reading, sequences.upperBound)
            guard let stored = try statements.headers(keys, limit: 1).first else {
                high = middle
                continue
            }
            let offset = boot.base &+ stored.header.drift
            let monotonic = (
                first: stored.header.firstTime.milliseconds &- offset,
                last: stored.header.lastTime.milliseconds &- offset
            )
            if condition(monotonic) { high = middle } else { low = stored.key.sequence + 1 }
        }
        return low
    }
}

extension Int64 {
    /// The difference, at the end of the range where it leaves 64 bits.
    fileprivate func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}

import Execution
import Metering
import Telemetry

extension Outbox {
    /// A row as delivery gets it, its times and its clock corrected where that is possible.
    ///
    /// The payload stays as it was sealed. What its times must be moved by is the difference
    /// between this clock and the one in the payload.
    ///
    /// - Returns: `nil` where the names it was compressed with are damaged, and so is the batch.
    func stored(_ row: BatchRow) -> StoredBatch? {
        guard let names = names[row.names] else {
            damaged.insert(row.key)
            return nil
        }
        let lane = row.key.lane ?? .reading
        let header = corrected(row.header)
        let boot = boots[row.header.boot]
        var clock = BatchClock(
            boot: boot?.name ?? "",
            wallMinusMonotonicMilliseconds: (boot?.base ?? 0) &+ row.header.drift,
            isSynchronized: row.header.isSynchronized)
        if !clock.isSynchronized, let truth = boot?.truth {
            clock.wallMinusMonotonicMilliseconds = truth
            clock.isCorrected = true
        }
        return StoredBatch(
            epoch: Epochs.text(epochs[lane, row.key.sequence] ?? 0), sequence: row.key.sequence,
            batch: SealedBatch(
                lane: lane, payload: row.payload,
                names: names, clock: clock,
                firstTime: header.firstTime, lastTime: header.lastTime,
                count: Int(clamping: header.count)))
    }
}

extension SealedBatch {
    /// The event that tells of a gap.
    init(gap: GapRecord, at time: Timestamp, clock: BatchClock) {
        let event = Event(
            "cache.gap", of: gap.lane.rawValue, at: time, severity: .warning,
            details: [
                "reason": gap.reason.rawValue,
                "first": String(gap.sequences.lowerBound),
                "last": String(gap.sequences.upperBound),
                "batches": String(gap.batches),
                "readings": String(gap.readings),
                "from": gap.times.lowerBound.description,
                "to": gap.times.upperBound.description,
                "missed-by": gap.missedBy.joined(separator: ","),
            ])
        self.init(
            lane: .event,
            payload: Zstandard.compress(Batch(clock: clock, events: [event]).encoded()),
            clock: clock, firstTime: time, lastTime: time, count: 1)
    }

    /// The samples of one point, as they were sealed; `nil` where the batch cannot be decoded.
    func samples(of point: PointIdentifier) -> [Sample]? {
        // Why it cannot be decoded matters to nobody: history counts it and goes on.
        guard let bytes = try? content(), let batch = try? Batch(decoding: bytes)
        else { return nil }
        return batch.series.filter { $0.point.identifier == point }.flatMap(\.samples)
    }
}

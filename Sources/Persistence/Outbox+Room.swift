import Execution
import GRDB
import Telemetry

extension Outbox {
    /// Drops what is damaged, what is too old, and what must give way to a batch whose payload
    /// lies in its row.
    func makeRoom(
        for batch: SealedBatch, in store: BatchStore, _ statements: Statements,
        _ draft: inout Draft
    ) throws {
        try dropDamaged(statements, &draft)
        try dropAged(
            statements, &draft, now: batch.clock.isSynchronized ? batch.lastTime : nil)
        try dropExcess(for: batch, isPlaced: false, in: store, statements, &draft)
    }

    /// Drops what is damaged, what is too old, and what must give way to a payload in the file.
    ///
    /// - Returns: The place, and how long the file may become; `nil` where the payload belongs into
    ///   its row: since it is very long, or the file cannot grow and batches of older versions, or
    ///   of hard times, would have to go before any that lie in the file.
    func makePlace(
        for batch: SealedBatch, in store: BatchStore, _ statements: Statements,
        _ draft: inout Draft
    ) throws -> (place: PayloadPlace, limit: Int64)? {
        let length = Int64(batch.payload.count)
        let (room, isDiskShort) = try payloadLimit(of: store, statements)
        let longest =
            isDiskShort ? room / 3 : limits.contentBytes(pageSize: store.settings.pageSize) / 6
        guard length <= longest else { return nil }
        try dropDamaged(statements, &draft)
        try dropAged(
            statements, &draft, now: batch.clock.isSynchronized ? batch.lastTime : nil)
        try dropExcess(for: batch, isPlaced: true, in: store, statements, &draft)
        let end = store.payloads.end
        while true {
            let (limit, isDiskShort) = try payloadLimit(of: store, statements)
            if let place = draft.ring.place(for: length, end: end, limit: limit) {
                return (place, limit)
            }
            let oldest = try statements.headers(RowKey.all(of: .reading), limit: 1).first
            guard let oldest else { return nil }
            let isHelped =
                oldest.isPlaced ? end + length > limit : !isDiskShort && !draft.ring.isWrapped
            guard isHelped else { return nil }
            let before = draft.state.lanes
            try dropOldest(
                length, because: isDiskShort ? .diskFull : .size, end: end, statements, &draft)
            guard draft.state.lanes != before else { return nil }
        }
    }

    /// How long the file of payloads may be, and whether the disk has no room for more. It leaves
    /// the disk what the database may need, as much as the reserve again.
    private func payloadLimit(
        of store: BatchStore, _ statements: Statements
    ) throws -> (limit: Int64, isDiskShort: Bool) {
        let pageSize = store.settings.pageSize
        let used = try statements.usedBytes(pageSize: pageSize)
        // The rows of a few hundred batches may come before the next are dropped.
        let limit = limits.contentBytes(pageSize: pageSize) - used - limits.slack / 2
        let room = diskRoom + store.payloads.end
        return (min(limit, room), room < limit)
    }

    /// Gives back what the files take of the disk and do not use, where that is more than the
    /// cache may have: the database has grown, or was that of an older version.
    func giveBack(to store: BatchStore) {
        let bound = limits.contentBytes(pageSize: store.settings.pageSize)
        let payloads = store.payloads
        guard file.size + payloads.allocatedBytes > bound else { return }
        for part in ring.free(end: payloads.end) { payloads.release(part) }
        if file.size + payloads.allocatedBytes > bound { store.compact() }
    }

    /// Cuts off what the file is longer than it may be now, once nothing that is kept lies there.
    func shorten(_ payloads: PayloadFile, to limit: Int64) {
        let length = max(limit, ring.head)
        guard !ring.isWrapped, payloads.end - length > limits.slack else { return }
        payloads.shorten(to: length)
    }

    func dropAged(
        _ statements: Statements, _ draft: inout Draft, now: Timestamp?
    ) throws {
        guard let now else { return }
        while try isAnythingExpired(statements, draft, at: now) {
            try drop(statements, &draft, excess: 0, for: .reading, because: .age, now: now)
        }
    }

    /// Whether the oldest batch of known time of any lane is too old. Looks at one row a lane
    /// where the first has a known time, as it has in all but the worst case.
    private func isAnythingExpired(
        _ statements: Statements, _ draft: Draft, at now: Timestamp
    ) throws -> Bool {
        for lane in Lane.allCases where draft.state.lanes[lane].batches > 0 {
            for limit in [1, Self.windowSize] {
                let window = try window(statements, draft, of: lane, limit: limit)
                guard let oldest = window.oldest.first(where: \.isTimeKnown) else { continue }
                if policy.isExpired(oldest.lastTime, at: now) { return true }
                break
            }
        }
        return false
    }

    /// Drops what must give way to a batch, for the cache's size or for want of disk.
    ///
    /// - Parameter isPlaced: Whether the payload goes into the file of payloads, and no more than
    ///   a row into the database.
    private func dropExcess(
        for batch: SealedBatch, isPlaced: Bool, in store: BatchStore, _ statements: Statements,
        _ draft: inout Draft
    ) throws {
        let pageSize = store.settings.pageSize
        let payload = Int64(batch.payload.count)
        let row = StoredHeader.rowBytes(payload: isPlaced ? 0 : payload)
        while true {
            let used = try statements.usedBytes(pageSize: pageSize)
            let kept = draft.ring.keptBytes(end: store.payloads.end)
            var excess = used + kept + row + (isPlaced ? payload : 0)
            excess -= limits.contentBytes(pageSize: pageSize)
            var slack = min(limits.slack, (used + kept) / 32)
            var cause = GapRecord.Reason.size
            let (needed, possible) = try growth(
                for: batch, isPlaced: isPlaced, in: store, statements)
            let short = needed - max(0, possible)
            if !reserve.isHeld, short > excess {
                excess = short
                // Rows without payloads are small: an event for each few would take their place.
                slack = min(limits.slack, max(used / 8, 4 * 1_024))
                cause = .diskFull
            }
            guard excess > 0 else { return }
            let before = draft.state.lanes
            try drop(
                statements, &draft, excess: excess + slack, for: batch.lane, because: cause,
                inDatabase: cause == .diskFull, now: nil)
            // Nothing left to drop: a batch larger than the cache is still stored, where the disk
            // has room.
            guard draft.state.lanes != before else { return }
        }
    }

    /// - Parameters:
    ///   - lanes: What may be dropped.
    ///   - inDatabase: Whether only what is freed in the database counts.
    func drop(
        _ statements: Statements, _ draft: inout Draft, excess: Int64, for lane: Lane,
        because cause: GapRecord.Reason, of lanes: [Lane] = Lane.allCases,
        inDatabase: Bool = false, now: Timestamp?
    ) throws {
        var windows = PerLane(repeating: RetentionPolicy.Window())
        for lane in lanes {
            windows[lane] = try window(
                statements, draft, of: lane, limit: Self.windowSize, inDatabase: inDatabase)
        }
        let drops = policy.decide(
            windows, delivered: destinationCursors, excess: excess, for: lane, because: cause,
            now: now)
        for drop in drops {
            draft.hasDropped = true
            try statements.delete(
                RowKey(
                    drop.lane, drop.sequences.lowerBound)...RowKey(
                        drop.lane, drop.sequences.upperBound))
            let gone = windows[drop.lane].oldest.filter { drop.sequences.contains($0.sequence) }
            draft.state.lanes[drop.lane].remove(gone)
            draft.gaps.add(drop.gap)
            if drop.lane == .reading { try free(drop.sequences, statements, &draft) }
        }
    }

    /// Frees the places of batches of readings that were dropped.
    private func free(
        _ sequences: ClosedRange<Int64>, _ statements: Statements, _ draft: inout Draft
    ) throws {
        guard let oldest = draft.ring.oldest, let newest = draft.ring.newest,
            sequences.upperBound >= oldest.sequence
        else { return }
        guard sequences.upperBound < newest.sequence else { return draft.ring.drop(to: nil) }
        let rest = RowKey(.reading, sequences.upperBound + 1)...RowKey(.reading, newest.sequence)
        draft.ring.drop(to: try statements.placed(rest).first)
    }

    /// The oldest batches of a lane, as the policy sees them.
    private func window(
        _ statements: Statements, _ draft: Draft, of lane: Lane, limit: Int,
        inDatabase: Bool = false
    ) throws -> RetentionPolicy.Window {
        let headers = try statements.headers(RowKey.all(of: lane), limit: limit)
        return RetentionPolicy.Window(
            oldest: headers.map { stored in
                let correction = draft.boots.correction(of: stored.header)
                return RetentionPolicy.Holding(
                    sequence: stored.key.sequence, readings: Int(clamping: stored.header.count),
                    payloadBytes: stored.payloadBytes,
                    bytes: inDatabase ? stored.rowBytes : stored.storedBytes,
                    firstTime: stored.header.firstTime.shifted(by: correction ?? 0),
                    lastTime: stored.header.lastTime.shifted(by: correction ?? 0),
                    isTimeKnown: correction != nil)
            }, isComplete: headers.count < limit)
    }

    /// Removes the batches found damaged when they were read.
    private func dropDamaged(_ statements: Statements, _ draft: inout Draft) throws {
        for key in damaged.sorted() {
            let keys = key...key
            guard let stored = try statements.headers(keys, limit: 1).first,
                let lane = key.lane
            else { continue }
            try statements.delete(keys)
            draft.hasDropped = true
            let holding = RetentionPolicy.Holding(
                sequence: key.sequence, readings: Int(clamping: stored.header.count),
                payloadBytes: stored.payloadBytes, bytes: stored.storedBytes,
                firstTime: stored.header.firstTime, lastTime: stored.header.lastTime,
                isTimeKnown: false)
            draft.state.lanes[lane].remove([holding])
            draft.removed.insert(key)
            if lane == .reading, key.sequence == draft.ring.oldest?.sequence {
                try free(key.sequence...key.sequence, statements, &draft)
            }
            let missedBy = destinationCursors.filter { $0.through[lane] < key.sequence }
            draft.gaps.add(
                GapRecord(
                    lane: lane, sequences: key.sequence...key.sequence, batches: 1,
                    readings: holding.readings, times: holding.times,
                    missedBy: missedBy.map(\.name).sorted(), reason: .damaged))
        }
    }

    /// How many rows one step of dropping looks at, in each lane.
    static var windowSize: Int { 256 }
}

extension OutboxState.LaneState {
    /// Takes dropped batches off the totals. A header that was damaged may claim anything: the
    /// totals never go below zero.
    fileprivate mutating func remove(_ gone: [RetentionPolicy.Holding]) {
        batches = max(0, batches - Int64(gone.count))
        for holding in gone {
            readings = max(0, readings &- Int64(holding.readings))
            bytes = max(0, bytes &- holding.payloadBytes)
        }
        if batches == 0 {
            readings = 0
            bytes = 0
        }
    }
}

extension [GapRecord] {
    /// Adds a gap, to the last one of its lane where it goes on.
    fileprivate mutating func add(_ gap: GapRecord?) {
        guard let gap else { return }
        if let last = lastIndex(where: { $0.lane == gap.lane }),
            let joined = self[last].joined(with: gap)
        {
            self[last] = joined
        } else {
            append(gap)
        }
    }
}

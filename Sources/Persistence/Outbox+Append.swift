package import Execution
import GRDB
package import Telemetry

extension Outbox {
    /// What became of a batch.
    package struct Appended: Hashable, Sendable {
        /// Its number in its lane, from 1.
        package let sequence: Int64
        /// What went wrong since the last call, and was dropped to make room for this batch.
        package let reports: [OutboxReport]
        /// Whether the disk has room for the cache to grow. Where not, each new batch takes the
        /// place of the oldest.
        package let canGrow: Bool
    }

    /// Stores a batch, durable when this returns, and drops what has no room or is too old.
    ///
    /// Where the disk is full, the cache stops growing: room is made for the batch as if the
    /// cache had reached its size.
    ///
    /// - Throws: ``OutboxError/diskFull`` where even that does not help. Nothing has changed then,
    ///   and the same batch may be tried again.
    package func append(_ batch: SealedBatch) throws(OutboxError) -> Appended {
        var sequence: Int64
        do {
            sequence = try guarding { store throws(StoreFault) in
                try self.append(batch, to: store)
            }
        } catch {
            guard error == .diskFull else { throw error }
            sequence = try guarding { store throws(StoreFault) in
                self.reserve.release()
                // The log starts again at its beginning, which needs no new block on the disk.
                // Where even this fails, the append will say so.
                try? store.moveLog()
                return try self.append(batch, to: store)
            }
        }
        return Appended(sequence: sequence, reports: takeReports(), canGrow: reserve.isHeld)
    }

    /// Drops what is too old by now, without waiting for the next batch.
    package func trim(at now: WallTime) throws(OutboxError) {
        try guarding { store throws(StoreFault) in
            var draft = Draft(
                state: self.state, boots: self.boots, names: self.names, epochs: self.epochs)
            try store.transaction { _, statements in
                let time = now.isSynchronized ? now.timestamp : nil
                try self.dropAged(statements, &draft, now: time)
                draft.state.version += 1
                try statements.save(draft.state)
            }
            self.take(draft)
        }
    }

    /// Writes down how far each destination has come, which otherwise goes with the next batch.
    package func flush() throws(OutboxError) {
        guard hasUnsavedCursors else { return }
        try guarding { store throws(StoreFault) in
            var next = self.state
            next.version += 1
            try store.transaction { _, statements in try statements.save(next) }
            self.state = next
            self.hasUnsavedCursors = false
        }
    }
}

/// What a transaction will have changed once it is committed.
private struct Draft {
    var state: OutboxState
    var boots: BootClocks
    var names: StoredNames
    var epochs: Epochs
    var gaps: [GapRecord] = []
    var removed: Set<RowKey> = []
}

extension Outbox {
    private func append(
        _ batch: SealedBatch, to store: BatchStore
    ) throws(StoreFault) -> Int64 {
        var draft = Draft(state: state, boots: boots, names: names, epochs: epochs)
        let sequence = try store.transaction { db, statements in
            try self.beginEpoch(db, statements, &draft)
            let now = batch.clock.isSynchronized ? batch.lastTime : nil
            let (boot, isChanged) = draft.boots.note(
                batch.clock, nextReading: draft.state.lanes.reading.head + 1)
            if isChanged { try BatchStore.save(boot, db) }
            try self.dropDamaged(statements, &draft)
            try self.dropAged(statements, &draft, now: now)
            let payload = Int64(batch.payload.count)
            try self.dropExcess(
                statements, &draft, making: StoredHeader.storedBytes(payload: payload),
                for: batch.lane, pageSize: store.settings.pageSize)
            for gap in draft.gaps {
                let event = SealedBatch(gap: gap, at: batch.lastTime, clock: batch.clock)
                _ = try self.insert(event, of: boot, names: 0, statements, &draft)
            }
            let names = try draft.names.number(of: batch.names, db)
            return try self.insert(batch, of: boot, names: names, statements, &draft)
        }
        take(draft)
        lastClock = batch.clock
        hasUnsavedCursors = false
        // Where it was given up, and there is room again.
        if !reserve.isHeld { takeReserve() }
        return sequence
    }

    /// Notes the epoch with its first batch, and forgets what no batch is left of.
    private func beginEpoch(
        _ db: Database, _ statements: Statements, _ draft: inout Draft
    ) throws {
        guard let epoch = draft.epochs.begin(currentEpoch, after: draft.state.heads) else { return }
        try Epochs.save(epoch, db)
        var oldest = epoch.first
        var oldestBoot = draft.boots.boots.last?.id
        for lane in Lane.allCases {
            guard let first = try statements.headers(RowKey.all(of: lane), limit: 1).first
            else { continue }
            oldest[lane] = first.key.sequence
            oldestBoot = min(oldestBoot ?? first.header.boot, first.header.boot)
        }
        try db.execute(
            sql: "DELETE FROM epoch WHERE id < ?", arguments: [draft.epochs.forget(before: oldest)])
        guard let oldestBoot, draft.boots.boots.contains(where: { $0.id < oldestBoot }) else {
            return
        }
        try db.execute(sql: "DELETE FROM boot WHERE id < ?", arguments: [oldestBoot])
        draft.boots.forget(before: oldestBoot)
    }

    /// Makes a committed draft the truth.
    private func take(_ draft: Draft) {
        state = draft.state
        boots = draft.boots
        names = draft.names
        epochs = draft.epochs
        damaged.subtract(draft.removed)
        for gap in draft.gaps { report(.gap(gap)) }
    }

    private func insert(
        _ batch: SealedBatch, of boot: BootClocks.Boot, names: Int64, _ statements: Statements,
        _ draft: inout Draft
    ) throws -> Int64 {
        let offset = batch.clock.wallMinusMonotonicMilliseconds
        draft.state.lanes[batch.lane].head += 1
        draft.state.lanes[batch.lane].batches += 1
        draft.state.lanes[batch.lane].readings += Int64(batch.count)
        draft.state.lanes[batch.lane].bytes += Int64(batch.payload.count)
        draft.state.version += 1
        let sequence = draft.state.lanes[batch.lane].head
        let header = BatchRow.Header(
            firstTime: batch.firstTime, lastTime: batch.lastTime, count: Int64(batch.count),
            boot: boot.id, isSynchronized: batch.clock.isSynchronized,
            drift: offset &- boot.base)
        let row = BatchRow(
            key: RowKey(batch.lane, sequence), header: header, names: names,
            payload: batch.payload)
        try statements.insert(row, state: draft.state)
        return sequence
    }
}

extension Outbox {
    private func dropAged(
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

    private func dropExcess(
        _ statements: Statements, _ draft: inout Draft, making room: Int64, for lane: Lane,
        pageSize: Int
    ) throws {
        var bound = limits.databaseBytes(pageSize: pageSize)
        var cause = GapRecord.Reason.size
        // Without the reserve the file must not grow, so that its log can always be moved.
        if !reserve.isHeld, file.size - Self.fullDiskMargin < bound {
            bound = file.size - Self.fullDiskMargin
            cause = .diskFull
        }
        while true {
            let used = try statements.usedBytes(pageSize: pageSize)
            let excess = used + room - bound
            guard excess > 0 else { return }
            let before = draft.state.lanes
            let slack = min(limits.slack, used / 32)
            try drop(
                statements, &draft, excess: excess + slack, for: lane, because: cause, now: nil)
            // Nothing left to drop: a batch larger than the cache is still stored, where the disk
            // has room.
            guard draft.state.lanes != before else { return }
        }
    }

    private func drop(
        _ statements: Statements, _ draft: inout Draft, excess: Int64,
        for lane: Lane, because cause: GapRecord.Reason, now: Timestamp?
    ) throws {
        var windows = PerLane(repeating: RetentionPolicy.Window())
        for lane in Lane.allCases {
            windows[lane] = try window(statements, draft, of: lane, limit: Self.windowSize)
        }
        let drops = policy.decide(
            windows, delivered: destinationCursors, excess: excess, for: lane, because: cause,
            now: now)
        for drop in drops {
            try statements.delete(
                RowKey(
                    drop.lane, drop.sequences.lowerBound)...RowKey(
                        drop.lane, drop.sequences.upperBound))
            let gone = windows[drop.lane].oldest.filter { drop.sequences.contains($0.sequence) }
            draft.state.lanes[drop.lane].remove(gone)
            draft.gaps.add(drop.gap)
        }
    }

    /// The oldest batches of a lane, as the policy sees them.
    private func window(
        _ statements: Statements, _ draft: Draft, of lane: Lane, limit: Int
    ) throws -> RetentionPolicy.Window {
        let headers = try statements.headers(RowKey.all(of: lane), limit: limit)
        return RetentionPolicy.Window(
            oldest: headers.map { stored in
                let correction = draft.boots.correction(of: stored.header)
                return RetentionPolicy.Holding(
                    sequence: stored.key.sequence, readings: Int(clamping: stored.header.count),
                    payloadBytes: stored.payloadBytes, bytes: stored.storedBytes,
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
            let holding = RetentionPolicy.Holding(
                sequence: key.sequence, readings: Int(clamping: stored.header.count),
                payloadBytes: stored.payloadBytes, bytes: stored.storedBytes,
                firstTime: stored.header.firstTime, lastTime: stored.header.lastTime,
                isTimeKnown: false)
            draft.state.lanes[lane].remove([holding])
            draft.removed.insert(key)
            let missedBy = destinationCursors.filter { $0.through[lane] < key.sequence }
            draft.gaps.append(
                GapRecord(
                    lane: lane, sequences: key.sequence...key.sequence, batches: 1,
                    readings: holding.readings, times: holding.times,
                    missedBy: missedBy.map(\.name).sorted(), reason: .damaged))
        }
    }

    /// How many rows one step of dropping looks at, in each lane.
    static var windowSize: Int { 256 }

    /// How far below its size the database stays while the disk is full: more than an append can
    /// take beyond what was reckoned.
    static var fullDiskMargin: Int64 { 16 * 1_024 }
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

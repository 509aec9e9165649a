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
    /// - Throws: ``OutboxError/diskFull`` where even that does not help. The batch is not stored
    ///   then, and may be tried again; what was dropped for it stays dropped, and is told.
    package func append(_ batch: SealedBatch) throws(OutboxError) -> Appended {
        var sequence: Int64
        do {
            sequence = try guarding { store throws(StoreFault) in
                try self.append(batch, to: store)
            }
        } catch {
            guard error == .diskFull else { throw error }
            sequence = try guarding { store throws(StoreFault) in
                self.releaseReserve(of: store)
                // The log starts again at its beginning, which needs no new block on the disk.
                // Where even this fails, the append will say so.
                try? store.moveLog()
                return try self.append(batch, to: store)
            }
        }
        return Appended(
            sequence: sequence, reports: takeReports(), canGrow: reserve.isHeld && !isHeldBack)
    }

    /// Drops what is too old by now, without waiting for the next batch.
    package func trim(at now: WallTime) throws(OutboxError) {
        try guarding { store throws(StoreFault) in
            var draft = self.draft
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

extension Outbox {
    /// What a transaction will have changed once it is committed.
    struct Draft {
        var state: OutboxState
        var boots: BootClocks
        var names: StoredNames
        var epochs: Epochs
        var ring: PayloadRing { didSet { state.placed = ring.sequences } }
        var gaps: [GapRecord] = []
        var removed: Set<RowKey> = []
        var hasDropped = false
    }

    private var draft: Draft {
        Draft(state: state, boots: boots, names: names, epochs: epochs, ring: ring)
    }
}

extension Outbox {
    private func append(
        _ batch: SealedBatch, to store: BatchStore
    ) throws(StoreFault) -> Int64 {
        try giveBlocks(for: batch, in: store)
        let place = try writePayload(of: batch, to: store)
        var draft = draft
        let sequence = try store.transaction { db, statements in
            let boot = try self.begin(with: batch, db, statements, &draft)
            if place == nil {
                try self.makeRoom(for: batch, in: store, statements, &draft)
                try self.tellGaps(at: batch, of: boot, statements, &draft)
            }
            let names = try draft.names.number(of: batch.names, db)
            return try self.insert(batch, at: place, of: boot, names: names, statements, &draft)
        }
        take(draft)
        if draft.hasDropped { giveBack(to: store) }
        lastClock = batch.clock
        hasUnsavedCursors = false
        // Where it was given up, and there is room again.
        if !reserve.isHeld { takeReserve() }
        if isHeldBack, diskRoom >= max(Self.roomToGrow, 2 * Int64(batch.payload.count)) {
            isHeldBack = false
        }
        return sequence
    }

    /// Writes the payload of a batch of readings into the file of payloads, where it can have a
    /// place there, and drops first what must give way.
    ///
    /// The order keeps the cache whole in a cut: rows are gone from the disk before their payloads
    /// are overwritten, and the payload is on the disk before there is a row that names it.
    private func writePayload(
        of batch: SealedBatch, to store: BatchStore
    ) throws(StoreFault) -> PayloadPlace? {
        guard batch.lane == .reading, !batch.payload.isEmpty else { return nil }
        let found = try makingWay(for: batch, in: store) { statements, draft in
            try self.makePlace(for: batch, in: store, statements, &draft)
        }
        guard let (place, limit) = found else { return nil }
        shorten(store.payloads, to: limit)
        do throws(StoreFault) {
            try store.payloads.write(batch.payload, at: place, limit: limit)
        } catch {
            guard error == .diskFull, !reserve.isHeld, ring.oldest != nil else { throw error }
            // The place was given back to the disk, and the disk has no blocks for it now: the
            // oldest payloads give theirs.
            try giveBlocks(Int64(batch.payload.count), for: batch, in: store)
            try store.payloads.write(batch.payload, at: place, limit: limit)
        }
        return place
    }

    /// Decides what must give way to a batch of readings, drops it, and tells of it, durable when
    /// this returns.
    func makingWay<T>(
        for batch: SealedBatch, in store: BatchStore,
        _ decide: (_ statements: Statements, _ draft: inout Draft) throws -> T
    ) throws(StoreFault) -> T {
        var draft = draft
        let result = try store.transaction { db, statements in
            let result = try decide(statements, &draft)
            guard draft.hasDropped else { return result }
            let boot = try self.begin(with: batch, db, statements, &draft)
            try self.tellGaps(at: batch, of: boot, statements, &draft)
            // Where nobody misses what was dropped, no event carries the state.
            if draft.gaps.isEmpty {
                draft.state.version += 1
                try statements.save(draft.state)
            }
            return result
        }
        if draft.hasDropped {
            take(draft)
            giveBack(to: store)
        }
        return result
    }

    /// Notes the epoch and the clock of a batch.
    private func begin(
        with batch: SealedBatch, _ db: Database, _ statements: Statements, _ draft: inout Draft
    ) throws -> BootClocks.Boot {
        try beginEpoch(db, statements, &draft)
        let (boot, isChanged) = draft.boots.note(
            batch.clock, nextReading: draft.state.lanes.reading.head + 1)
        if isChanged { try BatchStore.save(boot, db) }
        return boot
    }

    /// Stores an event for each gap.
    private func tellGaps(
        at batch: SealedBatch, of boot: BootClocks.Boot, _ statements: Statements,
        _ draft: inout Draft
    ) throws {
        for gap in draft.gaps {
            let event = SealedBatch(gap: gap, at: batch.lastTime, clock: batch.clock)
            _ = try insert(event, at: nil, of: boot, names: 0, statements, &draft)
        }
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
        ring = draft.ring
        damaged.subtract(draft.removed)
        for gap in draft.gaps { report(.gap(gap)) }
    }

    private func insert(
        _ batch: SealedBatch, at place: PayloadPlace?, of boot: BootClocks.Boot, names: Int64,
        _ statements: Statements, _ draft: inout Draft
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
            payload: batch.payload, place: place)
        if let place { draft.ring.add(PayloadRing.Kept(sequence: sequence, place: place)) }
        try statements.insert(row, state: draft.state)
        return sequence
    }
}

import Execution
import GRDB
import Telemetry

/// What gives way where the disk has no room.
extension Outbox {
    /// Gives the reserve up. The log is kept short from now on: it needs little room to be moved.
    func releaseReserve(of store: BatchStore) {
        reserve.release()
        store.logLimit = min(store.logLimit, Self.shortLog)
    }

    /// How many pages the log may hold without the reserve.
    static var shortLog: Int { 128 }

    /// How many bytes more the payloads may take of the disk.
    var diskRoom: Int64 {
        guard reserve.isHeld else { return 0 }
        return max(0, file.freeBytes - Int64(reserve.heldBytes))
    }

    /// The disk has room again where it has this much: less is soon used up.
    static var roomToGrow: Int64 { 64 * 1_024 }

    /// How many bytes the database must grow by for a batch, where the reserve is not held, and how
    /// many it may, so that its log can always be moved; below zero where the log has no room.
    ///
    /// - Parameter isPlaced: Whether the payload goes into the file of payloads, and no more than
    ///   a row into the database.
    func growth(
        for batch: SealedBatch, isPlaced: Bool, in store: BatchStore, _ statements: Statements
    ) throws -> (needed: Int64, possible: Int64) {
        let pageSize = store.settings.pageSize
        let row = StoredHeader.rowBytes(payload: isPlaced ? 0 : Int64(batch.payload.count))
        // More than an append can take beyond what is reckoned.
        let margin = isPlaced ? 2 * 1_024 : min(16 * 1_024, max(4 * 1_024, file.size / 8))
        let log = Int64(store.logLimit * (pageSize + LogFile.frameHeaderSize) * 3 / 2)
        let used = try statements.usedBytes(pageSize: pageSize)
        return (
            needed: used + row + margin - file.size,
            possible: file.freeBytes - max(0, log - file.logSize) - 16 * 1_024
        )
    }

    /// Gives blocks of the oldest readings' payloads back to the disk, where the database needs
    /// them for a batch: its rows are small, and very many would have to go for one event.
    func giveBlocks(for batch: SealedBatch, in store: BatchStore) throws(StoreFault) {
        guard !reserve.isHeld, ring.oldest != nil else { return }
        let isPlaced = batch.lane == .reading
        let (needed, possible) = try store.access { _, statements in
            try self.growth(for: batch, isPlaced: isPlaced, in: store, statements)
        }
        guard needed > max(0, possible) else { return }
        // Blocks at either end may be shared with what is kept.
        try giveBlocks(needed - possible + 8 * 1_024, for: batch, in: store)
    }

    /// Drops the oldest readings and gives the blocks of their payloads back to the disk.
    func giveBlocks(
        _ bytes: Int64, for batch: SealedBatch, in store: BatchStore
    ) throws(StoreFault) {
        let end = store.payloads.end
        try makingWay(for: batch, in: store) { statements, draft in
            try self.dropOldest(bytes, because: .diskFull, end: end, statements, &draft)
        }
        for part in ring.free(end: end) { store.payloads.release(part) }
    }

    /// Drops the oldest readings, so that a payload has their place. Nothing else would help it.
    ///
    /// - Parameters:
    ///   - bytes: How much is needed.
    ///   - end: Where the file of payloads ends.
    func dropOldest(
        _ bytes: Int64, because cause: GapRecord.Reason, end: Int64, _ statements: Statements,
        _ draft: inout Draft
    ) throws {
        isHeldBack = isHeldBack || cause == .diskFull
        // On a full disk the events that tell of it may have no room to grow into: few, then.
        let slack = draft.ring.keptBytes(end: end) / (cause == .diskFull ? 8 : 32)
        try drop(
            statements, &draft, excess: max(bytes, min(limits.slack, slack)), for: .reading,
            because: cause, of: [.reading], now: nil)
    }
}

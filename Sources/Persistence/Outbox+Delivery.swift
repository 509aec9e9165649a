import GRDB
package import Telemetry

extension Outbox {
    /// The batches of a lane after a sequence number, in ascending order.
    ///
    /// Numbers may be missing between them: batches that were dropped, which a gap event tells.
    /// Times of a boot without the date are corrected where its true time is known by now.
    ///
    /// - Parameters:
    ///   - limit: The most batches.
    ///   - maximumBytes: The most bytes of payload; one batch comes however large it is.
    package func batches(
        in lane: Lane, after sequence: Int64, limit: Int, maximumBytes: Int
    ) throws(OutboxError) -> [StoredBatch] {
        guard limit > 0, sequence < RowKey.highestSequence else { return [] }
        return try guarding { store throws(StoreFault) in
            let keys = RowKey.all(of: lane, from: max(sequence, 0) + 1)
            let found = try store.access { _, statements in
                try statements.rows(keys, limit: limit, maximumBytes: maximumBytes)
            }
            self.damaged.formUnion(found.damaged)
            return found.sound.compactMap { self.stored($0) }
        }
    }

    /// The sequence number of the newest batch of a lane; 0 before the first.
    package func head(of lane: Lane) -> Int64 {
        state.lanes[lane].head
    }

    /// The names of the destinations, in the order they were added.
    package var destinationNames: [String] {
        destinations.sorted { $0.value < $1.value }.map(\.key)
    }

    /// Adds a destination that has nothing yet, and so will get all that is kept. Nothing happens
    /// where it is there already.
    ///
    /// - Parameter isAtEnd: Whether it gets only what is stored from now on.
    package func addDestination(
        _ name: String, isAtEnd: Bool = false
    ) throws(OutboxError) {
        guard destinations[name] == nil else { return }
        try guarding { store throws(StoreFault) in
            guard self.destinations[name] == nil else { return }
            var next = self.state
            let id = (self.destinations.values.max() ?? 0) + 1
            next.version += 1
            next.cursors[id] = isAtEnd ? next.heads : PerLane(repeating: 0)
            try store.transaction { db, statements in
                try db.execute(
                    sql: "INSERT INTO destination VALUES (?, ?)", arguments: [id, name])
                try statements.save(next)
            }
            self.state = next
            self.destinations[name] = id
            self.keepCursors()
        }
    }

    /// Forgets a destination: nothing is kept for it any longer.
    package func removeDestination(_ name: String) throws(OutboxError) {
        try guarding { store throws(StoreFault) in
            guard let id = self.destinations[name] else { return }
            var next = self.state
            next.version += 1
            next.cursors[id] = nil
            try store.transaction { db, statements in
                try db.execute(sql: "DELETE FROM destination WHERE id = ?", arguments: [id])
                try db.execute(sql: "DELETE FROM memory WHERE destination = ?", arguments: [id])
                try statements.save(next)
            }
            self.state = next
            self.destinations[name] = nil
            self.keepCursors()
        }
    }

    /// The last sequence number up to which a destination has everything in a lane.
    package func cursor(of destination: String, in lane: Lane) throws(OutboxError) -> Int64 {
        guard let id = destinations[destination], let cursor = state.cursors[id] else {
            throw .unknownDestination(destination)
        }
        return cursor[lane]
    }

    /// Moves a cursor forward; a lower number changes nothing.
    ///
    /// It is on the disk with the next batch or ``flush()``; until then the cursor file knows it,
    /// for the case that the process is killed. A power cut before that makes the destination get
    /// some batches again, under the same keys.
    ///
    /// - Parameter epoch: The epoch the last acknowledged batch had. Where the database has been
    ///   replaced since, its number means nothing, and nothing changes.
    package func advance(
        _ destination: String, in lane: Lane, through sequence: Int64, epoch: String
    ) throws(OutboxError) {
        guard let id = destinations[destination], let cursor = state.cursors[id] else {
            throw .unknownDestination(destination)
        }
        _ = try store()
        let target = min(sequence, state.lanes[lane].head)
        guard target > cursor[lane], epochs[lane, target].map(Epochs.text) == epoch else { return }
        state.cursors[id]?[lane] = target
        hasUnsavedCursors = true
        keepCursors()
    }

    /// How far each destination has come, as the policy sees it.
    var destinationCursors: [RetentionPolicy.DestinationCursor] {
        destinations.map { name, id in
            RetentionPolicy.DestinationCursor(
                name: name, through: state.cursors[id] ?? PerLane(repeating: 0))
        }
    }
}

import Execution
package import Telemetry

/// Makes messages of stored batches: decides which batches one message covers, and what of them
/// is shared.
///
/// A message covers the batches up to the first that shares something, or 256 that share nothing.
/// So its bounds follow from the stored batches alone, and a restart makes the same messages
/// under the same keys. Numbers that are missing in the cache are never covered: the receiver
/// sees the gap as a gap.
///
/// A message that would be too large is halved, and its halves again: each part has a key of its
/// own, and what is in it follows from the stored batches too (``MessagePart``).
package struct MessageComposer: Sendable {
    /// How many batches that share nothing one message covers.
    package static let emptyLimit: Int64 = 256

    let settings: DeliverySettings

    package init(settings: DeliverySettings) {
        self.settings = settings
    }

    /// Where composing has come to in a lane.
    package struct Position: Hashable, Sendable {
        /// The last batch that a message covers whole.
        package var covered: Int64
        /// The last batch that was looked at; those after `covered` share nothing.
        package var scanned: Int64
        /// The last part of the next message that was composed; `nil` before the first.
        package var part: MessagePart?
        /// The epoch of those after `covered`; a message is of one epoch.
        package var epoch: String?
        /// Those after `covered` that could not be decoded.
        package var unreadable: [Int64] = []
        /// The filter after that batch.
        package var filter: ShareFilter

        package init(at sequence: Int64, filter: ShareFilter) {
            covered = sequence
            scanned = sequence
            self.filter = filter
        }
    }

    package struct Composed: Hashable, Sendable {
        package var key: IdempotencyKey
        /// One or several under the key, without tokens.
        package var messages: [OutgoingMessage]
        /// How many readings they hold, missing ones included.
        package var readings: Int
        package var position: Position
        /// Batches that could not be decoded: covered, and nothing of them shared.
        package var unreadable: [Int64]
        /// How many readings and events were left out, since nobody knows when they were made.
        package var undated = 0
    }

    /// Composes the next message of a lane.
    ///
    /// - Parameters:
    ///   - batches: Stored batches in ascending order, the first of them after what was scanned.
    ///   - limit: The most bytes of a payload. One reading or event is sent however large it is.
    ///   - position: Moves over what was looked at.
    /// - Returns: `nil` where nothing is shared so far, and no message is due yet.
    package func compose(
        _ batches: [StoredBatch], lane: Lane, limit: Int? = nil, from position: inout Position
    ) -> Composed? {
        for stored in batches {
            if stored.sequence != position.scanned + 1
                || stored.epoch != position.epoch ?? stored.epoch
            {
                if position.scanned > position.covered { return empty(stored, lane, &position) }
                position = Position(at: stored.sequence - 1, filter: position.filter)
            }
            let before = position
            position.scanned = stored.sequence
            position.epoch = stored.epoch
            let key = key(stored, lane, position)
            let content = content(of: stored, &position.filter)
            if content == nil { position.unreadable.append(stored.sequence) }
            if let content, content.isShared,
                let composed = composed(content, key, limit, before, &position)
            {
                return composed
            }
            if position.scanned - position.covered == Self.emptyLimit {
                return empty(stored, lane, &position)
            }
        }
        return nil
    }

    /// Says of the batches that were looked at, and share nothing, that they do.
    ///
    /// - Parameter stored: The last of them.
    package func cover(
        _ stored: StoredBatch, lane: Lane, from position: inout Position
    ) -> Composed? {
        guard stored.sequence == position.scanned, position.scanned > position.covered,
            position.part == nil
        else { return nil }
        return empty(stored, lane, &position)
    }

    /// The whole message, or the next part of it, no larger than the limit where that is possible.
    ///
    /// - Returns: `nil` where the format has nothing to say of it.
    private func composed(
        _ content: Content, _ key: IdempotencyKey, _ limit: Int?, _ before: Position,
        _ position: inout Position
    ) -> Composed? {
        func fits(_ messages: [OutgoingMessage]) -> Bool {
            limit.map { limit in messages.allSatisfy { $0.payload.count <= limit } } ?? true
        }
        if before.part == nil {
            let whole = messages(content, key, limit)
            // A format may have nothing to say of it, as ThingsBoard's of missing readings.
            if whole.isEmpty, content.undated == 0 { return nil }
            if fits(whole) || content.records < 2 || !settings.format.hasParts {
                return composed(key, whole, content, &position)
            }
        }
        guard let batch = content.batch(),
            var part = before.part.map({ $0.next }) ?? MessagePart.firstHalf
        else { return nil }
        while true {
            let records = part.records(of: batch.recordCount)
            let own = Content(batch.records(records))
            let messages = messages(own, key.part(part), limit)
            if !fits(messages), records.count > 1, let half = part.firstHalf {
                part = half
                continue
            }
            if part.next != nil {
                // The same batch is looked at again for the next part.
                position = before
                position.part = part
                return Composed(
                    key: key.part(part), messages: messages, readings: own.readings,
                    position: position, unreadable: [])
            }
            return composed(key.part(part), messages, own, &position)
        }
    }

    private func composed(
        _ key: IdempotencyKey, _ messages: [OutgoingMessage], _ content: Content,
        _ position: inout Position
    ) -> Composed {
        let unreadable = position.unreadable
        position.covered = position.scanned
        position.part = nil
        position.epoch = nil
        position.unreadable = []
        return Composed(
            key: key, messages: messages, readings: content.readings, position: position,
            unreadable: unreadable, undated: content.undated)
    }

    /// A message that says of its batches that nothing of them is shared.
    private func empty(
        _ stored: StoredBatch, _ lane: Lane, _ position: inout Position
    ) -> Composed {
        let key = key(stored, lane, position)
        let content = Content(Batch(clock: stored.batch.clock))
        return composed(key, messages(content, key, nil), content, &position)
    }

    private func key(
        _ stored: StoredBatch, _ lane: Lane, _ position: Position
    ) -> IdempotencyKey {
        IdempotencyKey(
            site: settings.site, destination: settings.destination,
            epoch: position.epoch ?? stored.epoch,
            lane: lane, sequences: position.covered + 1...position.scanned)
    }
}

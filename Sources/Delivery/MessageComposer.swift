import Execution
package import Telemetry

/// Makes messages of stored batches: decides which batches one message covers, and what of them
/// is shared.
///
/// A message covers the batches up to the first that shares something, or 256 that share nothing.
/// So its bounds follow from the stored batches alone, and a restart makes the same messages
/// under the same keys. Numbers that are missing in the cache are never covered: the receiver
/// sees the gap as a gap.
package struct MessageComposer: Sendable {
    /// How many batches that share nothing one message covers.
    package static let emptyLimit: Int64 = 256

    private let settings: DeliverySettings

    package init(settings: DeliverySettings) {
        self.settings = settings
    }

    /// Where composing has come to in a lane.
    package struct Position: Hashable, Sendable {
        /// The last batch that a message covers.
        package var covered: Int64
        /// The last batch that was looked at; those after `covered` share nothing.
        package var scanned: Int64
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
        package var payloads: [[UInt8]]
        /// How many readings the payloads hold, missing ones included.
        package var readings: Int
        package var position: Position
        /// Batches that could not be decoded: covered, and nothing of them shared.
        package var unreadable: [Int64]
    }

    /// Composes the next message of a lane.
    ///
    /// - Parameters:
    ///   - batches: Stored batches in ascending order, the first of them after what was scanned.
    ///   - position: Moves over what was looked at.
    /// - Returns: `nil` where nothing is shared so far, and no message is due yet.
    package func compose(
        _ batches: [StoredBatch], lane: Lane, from position: inout Position
    ) -> Composed? {
        for stored in batches {
            if stored.sequence != position.scanned + 1 {
                if position.scanned > position.covered { return empty(stored, lane, &position) }
                position = Position(at: stored.sequence - 1, filter: position.filter)
            }
            position.scanned = stored.sequence
            let key = key(stored, lane, position)
            let shared = shared(of: stored, key, &position.filter)
            if shared == nil { position.unreadable.append(stored.sequence) }
            if let shared, !shared.payloads.isEmpty {
                return composed(key, shared, &position)
            }
            if position.scanned - position.covered == Self.emptyLimit {
                return empty(stored, lane, &position)
            }
        }
        return nil
    }

    private func composed(
        _ key: IdempotencyKey, _ shared: Shared, _ position: inout Position
    ) -> Composed {
        let unreadable = position.unreadable
        position.covered = position.scanned
        position.unreadable = []
        return Composed(
            key: key, payloads: shared.payloads, readings: shared.readings, position: position,
            unreadable: unreadable)
    }

    /// What goes out of one batch.
    private struct Shared {
        var payloads: [[UInt8]]
        var readings = 0
    }

    /// Empty where nothing is shared, `nil` where the batch is unreadable.
    private func shared(
        of stored: StoredBatch, _ key: IdempotencyKey, _ filter: inout ShareFilter
    ) -> Shared? {
        do throws(BatchError) {
            if filter.sharesEverything, settings.format == .linli, !stored.batch.clock.isCorrected {
                let payload = try LinliFormat.encode(key, stored: stored.batch)
                let readings = stored.batch.lane == .reading ? stored.batch.count : 0
                return Shared(payloads: [payload], readings: readings)
            }
            let batch = try stored.decoded()
            guard let shared = filter.shared(of: batch) else { return Shared(payloads: []) }
            return Shared(
                payloads: settings.format.encode(Message(key: key, batch: shared)),
                readings: shared.readingCount)
        } catch {
            return nil
        }
    }

    /// A message that says of its batches that nothing of them is shared.
    private func empty(
        _ stored: StoredBatch, _ lane: Lane, _ position: inout Position
    ) -> Composed {
        let key = key(stored, lane, position)
        let batch = Batch(clock: stored.batch.clock)
        let message = Message(key: key, batch: batch)
        return composed(key, Shared(payloads: settings.format.encode(message)), &position)
    }

    private func key(
        _ stored: StoredBatch, _ lane: Lane, _ position: Position
    ) -> IdempotencyKey {
        IdempotencyKey(
            site: settings.site, destination: settings.destination, epoch: stored.epoch,
            lane: lane, sequences: position.covered + 1...position.scanned)
    }
}

extension StoredBatch {
    /// The batch with its times corrected, where its boot had not known the date.
    package func decoded() throws(BatchError) -> Batch {
        var decoded = try Batch(decoding: batch.content())
        guard batch.clock.isCorrected else { return decoded }
        let shift = Duration.milliseconds(
            batch.clock.wallMinusMonotonicMilliseconds
                - decoded.clock.wallMinusMonotonicMilliseconds)
        decoded.clock = batch.clock
        for series in decoded.series.indices {
            for sample in decoded.series[series].samples.indices {
                let time = decoded.series[series].samples[sample].time
                decoded.series[series].samples[sample].time = time + shift
            }
        }
        for event in decoded.events.indices {
            decoded.events[event].time = decoded.events[event].time + shift
        }
        return decoded
    }
}

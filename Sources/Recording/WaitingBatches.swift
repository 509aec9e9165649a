package import Telemetry

/// The batches on their way to the disk, in order. Where it takes none they wait here, so many:
/// the oldest readings go first, then the oldest events, and alarms last.
package struct WaitingBatches: Sendable {
    /// How many batches wait in a gateway.
    package static let limit = 256
    /// Of alarms and its own there may be as many as this.
    package static let alarmLimit = 4_096

    package struct Waiting: Sendable {
        package let number: UInt64
        package let batch: SealedBatch
        /// Whether nobody waits for it.
        package let isOwn: Bool
    }

    private var batches: [Waiting] = []
    private var lastNumber: UInt64 = 0

    private let limit: Int

    /// - Parameter limit: How many wait, beside the cache's own: those tell why others are lost.
    package init(limit: Int = WaitingBatches.limit) {
        self.limit = limit
    }

    package var count: Int { batches.count }
    package var first: Waiting? { batches.first }

    /// Adds a batch.
    ///
    /// - Parameter isUnderWay: Whether the first is being written, and must stay.
    /// - Returns: Its number, ascending, and what had to go for it: perhaps itself.
    package mutating func add(
        _ batch: SealedBatch, isOwn: Bool = false, isUnderWay: Bool
    ) -> (number: UInt64, lost: [SealedBatch]) {
        lastNumber += 1
        batches.append(Waiting(number: lastNumber, batch: batch, isOwn: isOwn))
        var lost: [SealedBatch] = []
        while let victim = victim(from: isUnderWay ? 1 : 0) {
            lost.append(batches.remove(at: victim).batch)
        }
        return (lastNumber, lost)
    }

    /// The first is on the disk.
    package mutating func removeFirst() {
        batches.removeFirst()
    }

    private func victim(from start: Int) -> Int? {
        guard batches.count(where: { !$0.isOwn }) > limit else { return nil }
        let candidates = batches.indices.dropFirst(start)
        for lane in [Lane.reading, .event] {
            let oldest = candidates.first {
                batches[$0].batch.lane == lane && !batches[$0].isOwn
            }
            if let oldest { return oldest }
        }
        return batches.count > Self.alarmLimit ? candidates.first : nil
    }
}

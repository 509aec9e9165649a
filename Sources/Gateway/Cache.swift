package import Execution
package import Logging
package import Persistence
package import Telemetry

/// The outbox as the rest of the gateway uses it: keeps what a full disk will not take, and tells
/// the destinations when there is something new.
package actor Cache {
    package nonisolated let outbox: Outbox
    private let logger: Logger
    private var waiting: [SealedBatch] = []
    private var isStoring = false
    private var listeners: [String: AsyncStream<Void>.Continuation] = [:]
    package private(set) var fault: OutboxError?
    /// Whether the disk has room for the cache to grow.
    package private(set) var canGrow = true
    package private(set) var gapCount = 0
    package private(set) var droppedCount = 0
    package private(set) var setAside: [String] = []

    /// The most batches that wait in memory for a disk that takes none.
    package static let waitingLimit = 256

    package init(outbox: Outbox, logger: Logger) {
        self.outbox = outbox
        self.logger = logger
    }

    /// Yields when a batch was stored.
    ///
    /// - Parameter name: Who listens; one stream for each name.
    package func appends(for name: String) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        listeners[name]?.finish()
        listeners[name] = continuation
        return stream
    }

    /// Stores a batch, and those that wait before it.
    ///
    /// - Returns: Whether all are on the disk. Where not, they wait in memory and are tried again
    ///   with the next batch; the oldest readings are dropped when too many wait.
    @discardableResult
    package func store(_ batch: SealedBatch) async -> Bool {
        waiting.append(batch)
        if waiting.count > Self.waitingLimit {
            // The first may be on its way to the disk.
            let victim = waiting.dropFirst().firstIndex { $0.lane == .reading } ?? 1
            droppedCount += waiting.remove(at: victim).count
        }
        guard !isStoring else { return false }
        isStoring = true
        defer { isStoring = false }
        while let next = waiting.first {
            do throws(OutboxError) {
                let appended = try await outbox.append(next)
                waiting.removeFirst()
                note(appended.reports)
                note(canGrow: appended.canGrow)
                recovered()
                for listener in listeners.values { listener.yield() }
            } catch {
                failed(error)
                return false
            }
        }
        return true
    }

    /// Drops what is too old by now.
    package func trim(at now: WallTime) async {
        do throws(OutboxError) {
            try await outbox.trim(at: now)
            note(await outbox.takeReports())
        } catch {
            failed(error)
        }
    }

    /// The readings of the newest batches, the newest batch first; none where they cannot be read.
    func newestSeries() async -> [Series] {
        do throws(OutboxError) {
            return try await outbox.newestSeries(batches: 32)
        } catch {
            failed(error)
            return []
        }
    }

    /// How many batches wait in memory.
    package var waitingCount: Int { waiting.count }

    /// Takes note of what the outbox has to tell.
    package func note(_ reports: [OutboxReport]) {
        for report in reports {
            switch report {
            case .gap(let gap):
                gapCount += 1
                logger.warning(
                    "Batches dropped from the cache",
                    metadata: [
                        "lane": "\(gap.lane.rawValue)",
                        "batch.first": "\(gap.sequences.lowerBound)",
                        "batch.last": "\(gap.sequences.upperBound)", "reason": "\(gap.reason)",
                        "missed.by": "\(gap.missedBy.joined(separator: ","))",
                    ])
            case .setAside(let file, let reason):
                setAside.append(file)
                logger.error(
                    "The cache could not be read and was set aside",
                    metadata: ["file": "\(file)", "reason": "\(reason)"])
            }
        }
    }

    /// Writes down the cursors and closes the database.
    package func close() async {
        do throws(OutboxError) {
            try await outbox.close()
        } catch {
            logger.error("The cache was not closed cleanly", metadata: ["error": "\(error)"])
        }
    }

    private func failed(_ error: OutboxError) {
        guard fault != error else { return }
        fault = error
        logger.error(
            "The cache takes no batches; they wait in memory", metadata: ["error": "\(error)"])
    }

    private func note(canGrow: Bool) {
        guard canGrow != self.canGrow else { return }
        self.canGrow = canGrow
        if canGrow {
            logger.notice("The cache can grow again")
        } else {
            logger.error("The disk is full: the cache drops its oldest batches for new ones")
        }
    }

    private func recovered() {
        guard fault != nil else { return }
        fault = nil
        logger.notice("The cache takes batches again")
    }
}

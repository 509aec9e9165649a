package import Execution
package import Logging
package import Persistence
package import Telemetry

/// The outbox as the rest of the gateway uses it: keeps what a full disk will not take, and tells
/// the destinations when there is something new.
package actor Cache {
    package nonisolated let outbox: Outbox
    private let logger: Logger
    private let clock: RunClock
    private var waiting: WaitingBatches
    private var turns = Turns()
    private var isWriting = false
    private var listeners: [String: AsyncStream<Void>.Continuation] = [:]
    /// What was lost and is not told yet.
    private var lost: [LostRecords] = []
    /// When each kind of trouble was last told.
    private var toldAt: [String: MonotonicTime] = [:]
    package private(set) var fault: OutboxError?
    /// Whether the disk has room for the cache to grow.
    package private(set) var canGrow = true
    package private(set) var gapCount = 0
    /// What was lost since the start before it was in the cache, by lane and reason.
    package private(set) var losses: [LostRecords] = []
    package private(set) var setAside: [String] = []

    package init(
        outbox: Outbox, clock: RunClock, logger: Logger, waiting: WaitingBatches = WaitingBatches()
    ) {
        self.waiting = waiting
        self.outbox = outbox
        self.clock = clock
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

    /// Stores a batch after those that came before it.
    ///
    /// - Returns: Whether it is on the disk. Where not, it waits in memory and is tried again with
    ///   the next batch; when too many wait, the oldest readings are lost, which an event tells.
    @discardableResult
    package func store(_ batch: SealedBatch) async -> Bool {
        let number = add(batch)
        if !turns.take() { await withCheckedContinuation { turns.wait($0) } }
        defer { turns.end() }
        return await write(through: number)
    }

    /// Writes what waits, up to a number; nothing is written behind it but what nobody waits for.
    private func write(through number: UInt64) async -> Bool {
        var isStored = false
        while let next = waiting.first, next.number <= number || next.isOwn {
            isWriting = true
            defer { isWriting = false }
            do throws(OutboxError) {
                let appended = try await outbox.append(next.batch)
                waiting.removeFirst()
                isStored = isStored || next.number == number
                note(appended.reports)
                note(canGrow: appended.canGrow)
                recovered()
                for listener in listeners.values { listener.yield() }
            } catch {
                failed(error)
                return isStored
            }
        }
        return isStored
    }

    private func add(_ batch: SealedBatch, isOwn: Bool = false) -> UInt64 {
        let (number, victims) = waiting.add(batch, isOwn: isOwn, isUnderWay: isWriting)
        for victim in victims {
            let times = min(victim.firstTime, victim.lastTime)
            note(
                LostRecords(
                    lane: victim.lane, reason: .notSaved, records: victim.count,
                    times: times...max(times, victim.lastTime)))
        }
        return number
    }

    /// Takes note of what was lost before it had a number: an event tells it once it can be stored.
    package func note(_ lost: LostRecords) {
        self.lost.add(lost)
        losses.add(lost)
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
    package func newestSeries() async -> [Series] {
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
                tell("cache.setAside", .alarm, ["file": file, "reason": reason])
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
        tell("cache.notSaved", .warning, ["error": "\(error)"])
    }

    private func note(canGrow: Bool) {
        guard canGrow != self.canGrow else { return }
        self.canGrow = canGrow
        if canGrow {
            logger.notice("The cache can grow again")
        } else {
            logger.error("The disk is full: the cache drops its oldest batches for new ones")
            tell("cache.diskFull", .warning)
        }
    }

    private func recovered() {
        if fault != nil {
            fault = nil
            logger.notice("The cache takes batches again")
        }
        let losses = lost
        lost = []
        for one in losses {
            gapCount += 1
            logger.warning(
                "Records lost before they were in the cache",
                metadata: [
                    "lane": "\(one.lane.rawValue)", "reason": "\(one.reason.rawValue)",
                    "count": "\(one.records)",
                ])
            _ = add(
                clock.sealed(one.event(at: clock.time.wall().timestamp), in: .event), isOwn: true)
        }
    }

    /// Tells the city of trouble: with the next batch that can be stored, and of each kind once in
    /// ten minutes.
    private func tell(
        _ kind: String, _ severity: Event.Severity, _ details: [String: String] = [:]
    ) {
        let now = clock.time.monotonic()
        if let last = toldAt[kind], last.duration(to: now) < .seconds(600) { return }
        toldAt[kind] = now
        let event = Event(
            kind, of: "cache", at: clock.time.wall().timestamp, severity: severity,
            details: details)
        _ = add(clock.sealed(event, in: severity == .alarm ? .alarm : .event), isOwn: true)
    }
}

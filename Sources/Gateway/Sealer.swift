package import Execution
import Metering
package import Telemetry

/// Closes the open batch, encodes it and has it stored: every so often, and when it is full.
package actor Sealer {
    private let recorder: Recorder
    private let cache: Cache
    private let time: TimeSource
    private let boot: String
    private var interval: Duration
    private var encoder: BatchEncoder

    /// - Parameter boot: The name of this run since power-up, 16 hexadecimal digits.
    package init(
        recorder: Recorder, cache: Cache, time: TimeSource, boot: String, interval: Duration,
        catalog: PointCatalog
    ) {
        self.recorder = recorder
        self.cache = cache
        self.time = time
        self.boot = boot
        self.interval = interval
        encoder = BatchEncoder(catalog: catalog)
    }

    /// Takes over another catalog, before readings of its points are recorded.
    package func use(_ catalog: PointCatalog, interval: Duration) {
        encoder = BatchEncoder(catalog: catalog)
        self.interval = interval
    }

    /// Seals until the task is cancelled. The last batch is for ``seal()`` when polling has ended.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { for await _ in self.recorder.sealRequests { await self.seal() } }
            group.addTask { await self.sealAtIntervals() }
        }
    }

    private func sealAtIntervals() async {
        while !Task.isCancelled {
            let now = time.now()
            let pause = Self.pause(at: now.wall.timestamp, interval: interval)
            await time.sleep(now.monotonic.advanced(by: pause))
            await seal()
        }
    }

    /// How long the batch that is open now stays open.
    ///
    /// Meters are read at moments aligned to the clock. A batch is closed shortly before such a
    /// moment, so that a sweep over all meters lies in one batch, not half in each of two.
    ///
    /// - Returns: More than nothing, at most `interval`.
    package static func pause(at time: Timestamp, interval: Duration) -> Duration {
        let length = max(1, interval.milliseconds)
        let lead = min(500, length / 4)
        let phase = (time.milliseconds + lead) % length
        return .milliseconds(length - (phase < 0 ? phase + length : phase))
    }

    /// Seals the open batch now. An empty one is left out.
    package func seal() async {
        let (readings, _) = recorder.takeOpenBatch()
        guard let first = readings.first else { return }
        var times = (first.time, first.time)
        for reading in readings {
            times = (min(times.0, reading.time), max(times.1, reading.time))
        }
        let clock = clock
        await cache.store(
            SealedBatch(
                lane: .reading, payload: encoder.seal(readings, clock: clock),
                names: encoder.names, clock: clock, firstTime: times.0, lastTime: times.1,
                count: readings.count))
    }

    /// Stores events at once.
    ///
    /// - Returns: Whether they are on the disk.
    @discardableResult
    package func store(_ event: Event, in lane: Lane) async -> Bool {
        let clock = clock
        let batch = Batch(clock: clock, events: [event])
        return await cache.store(
            SealedBatch(
                lane: lane, payload: batch.sealed(), clock: clock, firstTime: event.time,
                lastTime: event.time, count: 1))
    }

    private var clock: BatchClock {
        let now = time.now()
        return BatchClock(
            boot: boot,
            wallMinusMonotonicMilliseconds: now.wall.timestamp.milliseconds
                - now.monotonic.nanoseconds / 1_000_000,
            isSynchronized: now.wall.isSynchronized)
    }
}

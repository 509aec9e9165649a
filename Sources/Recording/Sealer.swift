package import Execution
import Metering
package import Telemetry

/// Closes the open batch, encodes it and has it stored: every so often, and when it is full.
package actor Sealer {
    private let recorder: Recorder
    private let cache: Cache
    private let clock: RunClock
    private var interval: Duration
    private var encoder: BatchEncoder

    package init(
        recorder: Recorder, cache: Cache, clock: RunClock, interval: Duration,
        catalog: PointCatalog
    ) {
        self.recorder = recorder
        self.cache = cache
        self.clock = clock
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
            let now = clock.time.now()
            let pause = Self.pause(at: now.wall.timestamp, interval: interval)
            await clock.time.sleep(now.monotonic.advanced(by: pause))
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
        let (readings, lost) = recorder.takeOpenBatch()
        if let lost { await cache.note(lost) }
        guard let first = readings.first else { return }
        var times = (first.time, first.time)
        for reading in readings {
            times = (min(times.0, reading.time), max(times.1, reading.time))
        }
        let clock = clock.batchClock
        await cache.store(
            SealedBatch(
                lane: .reading, payload: encoder.seal(readings, clock: clock),
                names: encoder.names, clock: clock, firstTime: times.0, lastTime: times.1,
                count: readings.count))
    }

    /// Stores an event at once.
    ///
    /// - Returns: Whether it is on the disk.
    @discardableResult
    package func store(_ event: Event, in lane: Lane) async -> Bool {
        await cache.store(clock.sealed(event, in: lane))
    }
}

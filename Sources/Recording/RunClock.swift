package import Execution
package import Telemetry

/// The clock of this run, as batches carry it.
package struct RunClock: Sendable {
    package let time: TimeSource
    /// The name of this run since power-up, 16 hexadecimal digits.
    package let boot: String

    package init(time: TimeSource, boot: String) {
        self.time = time
        self.boot = boot
    }

    package var batchClock: BatchClock {
        let now = time.now()
        return BatchClock(
            boot: boot,
            wallMinusMonotonicMilliseconds: now.wall.timestamp.milliseconds
                - now.monotonic.nanoseconds / 1_000_000,
            isSynchronized: now.wall.isSynchronized)
    }

    /// One event as a batch.
    package func sealed(_ event: Event, in lane: Lane) -> SealedBatch {
        let clock = batchClock
        return SealedBatch(
            lane: lane, payload: Batch(clock: clock, events: [event]).sealed(), clock: clock,
            firstTime: event.time, lastTime: event.time, count: 1)
    }
}

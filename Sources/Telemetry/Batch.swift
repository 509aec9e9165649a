package import Execution
package import Metering

/// A batch as a receiver has it: readings by series, or events, with the names of everything.
package struct Batch: Hashable, Sendable {
    package var clock: BatchClock
    package var series: [Series]
    package var events: [Event]

    package init(clock: BatchClock, series: [Series] = [], events: [Event] = []) {
        self.clock = clock
        self.series = series
        self.events = events
    }

    /// How many readings, missing ones included.
    package var readingCount: Int { series.reduce(0) { $0 + $1.samples.count } }
}

/// The readings of one point in a batch, in the order they were made.
package struct Series: Hashable, Sendable {
    package var point: PointDescription
    package var samples: [Sample]

    package init(point: PointDescription, samples: [Sample]) {
        self.point = point
        self.samples = samples
    }
}

/// One reading of a series.
package struct Sample: Hashable, Sendable {
    package var time: Timestamp
    /// Present unless the quality is missing.
    package var value: MeasuredValue?
    package var quality: Quality

    package init(time: Timestamp, value: MeasuredValue?, quality: Quality = .good) {
        self.time = time
        self.value = value
        self.quality = quality
    }
}

/// What goes to one destination at once: part of one or more batches, under one key.
package struct Message: Hashable, Sendable {
    package var key: IdempotencyKey
    package var batch: Batch

    package init(key: IdempotencyKey, batch: Batch) {
        self.key = key
        self.batch = batch
    }
}

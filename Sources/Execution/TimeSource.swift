/// Where a service gets the time from: the only clock it knows.
///
/// An executable passes the machine's clocks; a test passes clocks it moves by hand.
package struct TimeSource: Sendable {
    /// The time since boot. Never steps.
    package let monotonic: @Sendable () -> MonotonicTime
    /// The time of day, and how far it can be trusted. May step at any time.
    package let wall: @Sendable () -> WallTime
    /// Suspends until a moment; returns early, without an error, when the task is cancelled.
    package let sleep: @Sendable (_ until: MonotonicTime) async -> Void

    package init(
        monotonic: @escaping @Sendable () -> MonotonicTime,
        wall: @escaping @Sendable () -> WallTime,
        sleep: @escaping @Sendable (_ until: MonotonicTime) async -> Void
    ) {
        self.monotonic = monotonic
        self.wall = wall
        self.sleep = sleep
    }

    /// Both clocks, read one right after the other.
    package func now() -> Moment {
        Moment(monotonic: monotonic(), wall: wall())
    }
}

/// One moment on both clocks.
package struct Moment: Hashable, Sendable {
    package var monotonic: MonotonicTime
    package var wall: WallTime

    package init(monotonic: MonotonicTime, wall: WallTime) {
        self.monotonic = monotonic
        self.wall = wall
    }

    /// When another moment was, by the wall clock of this one.
    package func timestamp(of other: MonotonicTime) -> Timestamp {
        wall.timestamp - other.duration(to: monotonic)
    }
}

/// The time of day as the machine knows it.
package struct WallTime: Hashable, Sendable {
    package var timestamp: Timestamp
    /// Whether a time service confirms the clock. A board may boot without the date.
    package var isSynchronized: Bool

    package init(_ timestamp: Timestamp, isSynchronized: Bool) {
        self.timestamp = timestamp
        self.isSynchronized = isSynchronized
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time). Sums and
/// differences stay at the ends of their range: times come from clocks and messages.
package struct Timestamp: Hashable, Comparable, Sendable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    package static func + (left: Timestamp, right: Duration) -> Timestamp {
        Timestamp(milliseconds: left.milliseconds.addingSaturated(right.milliseconds))
    }

    package static func - (left: Timestamp, right: Duration) -> Timestamp {
        Timestamp(milliseconds: left.milliseconds.subtractingSaturated(right.milliseconds))
    }

    package static func - (left: Timestamp, right: Timestamp) -> Duration {
        .milliseconds(left.milliseconds.subtractingSaturated(right.milliseconds))
    }
}

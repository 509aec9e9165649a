/// A moment on the clock that counts from boot and is never set: for intervals and time-outs.
///
/// Pure state machines take it as an argument, so that a test can run days in a second.
/// Resolution 1 ns; range 292 years.
package struct MonotonicTime: InstantProtocol, Sendable {
    /// Nanoseconds since an origin that is fixed until the next boot.
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package func advanced(by duration: Duration) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds + duration.nanoseconds)
    }

    package func duration(to other: MonotonicTime) -> Duration {
        .nanoseconds(other.nanoseconds - nanoseconds)
    }

    package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}

extension Duration {
    /// The whole nanoseconds in this duration. Saturates beyond 292 years.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }

    /// The whole milliseconds in this duration, rounded toward zero.
    package var milliseconds: Int64 { nanoseconds / 1_000_000 }

    /// This duration in seconds, with its fraction.
    package var inSeconds: Double { Double(nanoseconds) / 1e9 }
}

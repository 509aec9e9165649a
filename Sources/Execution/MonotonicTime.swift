/// A moment on the clock that counts from boot and is never set: for intervals and time-outs.
///
/// Pure state machines take it as an argument, so that a test can run days in a second.
/// Resolution 1 ns; range 292 years, at whose ends sums and differences stay: a number from outside
/// that is far too large must not end the process.
package struct MonotonicTime: InstantProtocol, Sendable {
    /// Nanoseconds since an origin that is fixed until the next boot.
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package func advanced(by duration: Duration) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds.addingSaturated(duration.nanoseconds))
    }

    package func duration(to other: MonotonicTime) -> Duration {
        .nanoseconds(other.nanoseconds.subtractingSaturated(nanoseconds))
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

    /// So many seconds, as somebody outside has written them.
    ///
    /// - Parameter seconds: Any number at all.
    /// - Returns: `nil` for what is no number, and beyond ``longestFromOutside`` in either direction.
    package init?(fromOutside seconds: Double) {
        let limit = Self.longestFromOutside.inSeconds
        guard seconds.magnitude <= limit else { return nil }
        self = .nanoseconds(Int64((seconds * 1e9).rounded()))
    }

    /// The longest time that is taken from outside: a hundred years of 365 days.
    package static let longestFromOutside = Duration.seconds(100 * 365 * 86_400)

    /// This duration in seconds, with its fraction.
    package var inSeconds: Double { Double(nanoseconds) / 1e9 }
}

extension Int64 {
    /// The sum, or the end of the range beyond which it lies.
    func addingSaturated(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, or the end of the range beyond which it lies.
    func subtractingSaturated(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}

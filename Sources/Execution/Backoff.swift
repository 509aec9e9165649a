/// How long to wait before the next attempt: doubling, bounded, with full jitter.
///
/// Full jitter (a uniform draw from zero to the bound) keeps thousands of gateways that lost
/// the same broker from coming back in step.
package struct Backoff: Hashable, Sendable {
    package let initial: Duration
    package let maximum: Duration
    private var attempts = 0

    /// - Precondition: `initial` is positive and at most `maximum`.
    package init(initial: Duration, maximum: Duration) {
        precondition(
            initial > .zero && initial <= maximum, "a back-off needs 0 < initial <= maximum")
        self.initial = initial
        self.maximum = maximum
    }

    /// The upper bound of the next pause.
    package var bound: Duration {
        let doublings = min(attempts, 32)
        let wide = initial.nanoseconds.multipliedReportingOverflow(by: 1 << doublings)
        return wide.overflow ? maximum : min(maximum, .nanoseconds(wide.partialValue))
    }

    /// Draws the pause after one more failure.
    package mutating func next(using random: inout SeededRandom) -> Duration {
        let pause = Duration.nanoseconds(Int64.random(in: 0...bound.nanoseconds, using: &random))
        attempts += 1
        return pause
    }

    /// Forgets the failures, after a success.
    package mutating func reset() {
        attempts = 0
    }
}

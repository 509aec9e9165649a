/// What was known of the time when a batch was sealed.
///
/// A board may boot without the date. The boot's name and the difference between the two clocks
/// let the times of a batch be corrected once the clock has been set.
package struct BatchClock: Hashable, Sendable {
    /// A random name of this run since power-up: 16 hexadecimal digits.
    package var boot: String
    /// The wall clock less the monotonic clock, by which the times of the batch were made.
    package var wallMinusMonotonicMilliseconds: Int64
    /// Whether a time service kept the wall clock.
    package var isSynchronized: Bool
    /// Whether the times were corrected after the batch was sealed.
    package var isCorrected: Bool

    /// Whether the times are those of the world, by now.
    package var isKnown: Bool { isSynchronized || isCorrected }

    package init(
        boot: String, wallMinusMonotonicMilliseconds: Int64, isSynchronized: Bool,
        isCorrected: Bool = false
    ) {
        self.boot = boot
        self.wallMinusMonotonicMilliseconds = wallMinusMonotonicMilliseconds
        self.isSynchronized = isSynchronized
        self.isCorrected = isCorrected
    }
}

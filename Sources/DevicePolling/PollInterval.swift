package import Execution

/// How often a device is read: at moments aligned to the clock.
///
/// Every 15 minutes means :00, :15, :30 and :45 of the site's local time, so that the readings
/// of a whole city can be added up.
package struct PollInterval: Hashable, Sendable {
    package let length: Duration

    /// - Precondition: `length` is at least 1 ms.
    package init(_ length: Duration) {
        precondition(length >= .milliseconds(1), "an interval lasts at least a millisecond")
        self.length = length
    }

    /// The first aligned moment after `time`.
    ///
    /// - Parameter offset: How far local time is ahead of UTC, so that days begin at midnight.
    package func slot(after time: Timestamp, offset: Duration) -> Timestamp {
        let step = length.milliseconds
        let local = time.milliseconds + offset.milliseconds
        let (quotient, remainder) = local.quotientAndRemainder(dividingBy: step)
        let floor = remainder < 0 ? quotient - 1 : quotient
        return Timestamp(milliseconds: (floor + 1) * step - offset.milliseconds)
    }

    /// How many aligned moments lie after `first` and before `last`.
    package func slots(between first: Timestamp, and last: Timestamp) -> Int {
        max(0, Int((last.milliseconds - first.milliseconds) / length.milliseconds) - 1)
    }
}

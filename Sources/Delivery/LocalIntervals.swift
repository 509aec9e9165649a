package import Execution

/// Intervals of the site's local time: a day begins at midnight there, whatever its length.
///
/// Intervals of up to an hour are cut within the hour, so that each of the 23 or 25 hours of a day
/// on which the clocks change has its own. Longer ones are counted by the local clock's face: a
/// day on which the clocks change is one day.
package struct LocalIntervals: Hashable, Sendable {
    /// The length in milliseconds.
    let length: Int64
    /// Names the zone: two with the same name and length are alike.
    let zone: String
    private let offset: @Sendable (Timestamp) -> Duration

    /// - Parameters:
    ///   - every: At least a millisecond.
    ///   - offset: How far local time is ahead of UTC at a moment.
    package init(
        every: Duration, zone: String = "UTC",
        offset: @escaping @Sendable (Timestamp) -> Duration = { _ in .zero }
    ) {
        length = max(1, every.milliseconds)
        self.zone = zone
        self.offset = offset
    }

    /// The offset in one quarter of an hour: it never changes within.
    package struct Offset {
        var quarter: Int64
        var ahead: Duration
    }

    /// A number that the moments of one interval share with no others.
    ///
    /// - Parameter known: The offset last looked up, so that a batch asks for it but once.
    package func interval(of time: Timestamp, known: inout Offset?) -> Int64 {
        let quarter = time.milliseconds.flooredQuotient(by: 900_000)
        let ahead = known.flatMap { $0.quarter == quarter ? $0.ahead : nil } ?? offset(time)
        known = Offset(quarter: quarter, ahead: ahead)
        let local = time.milliseconds + ahead.milliseconds
        let number = local.flooredQuotient(by: length)
        guard length <= 3_600_000 else { return number }
        // When it began: the hour that comes twice begins twice.
        return time.milliseconds - (local - number * length)
    }

    package static func == (left: LocalIntervals, right: LocalIntervals) -> Bool {
        left.length == right.length && left.zone == right.zone
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(length)
        hasher.combine(zone)
    }
}

extension Int64 {
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

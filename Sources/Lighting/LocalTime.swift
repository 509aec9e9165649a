package import Execution
package import SiteConfiguration

/// The site's clock: what dates and times of day mean, through every change of its offset.
///
/// Where a time of day comes twice, a beginning means the first and an end the last of them, and
/// where it is skipped, both mean the moment of the change: in doubt lamps are lit too long.
package struct LocalTime: Sendable {
    /// How far the site's clock is ahead of UTC at a moment. At most one change within two days.
    package let offset: @Sendable (Timestamp) -> Duration

    package init(offset: @escaping @Sendable (Timestamp) -> Duration) {
        self.offset = offset
    }

    /// The date at a moment.
    package func date(at time: Timestamp) -> CalendarDate {
        CalendarDate(utc: time + offset(time))
    }

    /// Which of two moments with the same time of day.
    package enum Occurrence: Sendable { case first, last }

    /// The moment at which the site's clock shows a time.
    ///
    /// - Parameter minute: After midnight; 1440 and more is the next day.
    package func time(
        of date: CalendarDate, minute: Int, _ occurrence: Occurrence
    ) -> Timestamp {
        let shown = date.utcStart + .seconds(minute * 60)
        let day = Duration.seconds(86_400)
        let (before, after) = (offset(shown - day), offset(shown + day))
        let (early, late) = (shown - max(before, after), shown - min(before, after))
        guard before != after else { return early }
        // Around a change the offset itself says which of the two is true.
        let isEarly = offset(early) == max(before, after)
        let isLate = offset(late) == min(before, after)
        switch (isEarly, isLate) {
        case (true, true): return occurrence == .first ? early : late
        case (true, false): return early
        case (false, true): return late
        case (false, false): return change(between: early, and: late)
        }
    }

    /// When the offset changes, to the millisecond.
    private func change(between early: Timestamp, and late: Timestamp) -> Timestamp {
        let before = offset(early)
        var (low, high) = (early.milliseconds, late.milliseconds)
        while high - low > 1 {
            let middle = (low + high) / 2
            if offset(Timestamp(milliseconds: middle)) == before {
                low = middle
            } else {
                high = middle
            }
        }
        return Timestamp(milliseconds: high)
    }
}

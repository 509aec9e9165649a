package import Execution

/// A day of the Gregorian calendar, in no time zone of its own.
package struct CalendarDate: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Days since 1970-01-01.
    package let dayNumber: Int

    package init(dayNumber: Int) {
        self.dayNumber = dayNumber
    }

    /// - Returns: `nil` where the calendar has no such day.
    package init?(year: Int, month: Int, day: Int) {
        guard (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        // Counts from March, so that the leap day is the last of its year.
        let yearFromMarch = month > 2 ? year : year - 1
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let days =
            yearFromMarch * 365 + yearFromMarch / 4 - yearFromMarch / 100 + yearFromMarch / 400
            + (monthFromMarch * 153 + 2) / 5 + day - 1
        self.init(dayNumber: days - 719_468)
        guard self.day == day, self.month == month else { return nil }
    }

    /// The date that stands in the calendar fields of a moment, as in UTC.
    package init(utc time: Timestamp) {
        let (quotient, remainder) = time.milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        self.init(dayNumber: Int(remainder < 0 ? quotient - 1 : quotient))
    }

    /// The first moment of the date in UTC.
    package var utcStart: Timestamp { Timestamp(milliseconds: Int64(dayNumber) * 86_400_000) }

    package var year: Int { civil.year }
    package var month: Int { civil.month }
    package var day: Int { civil.day }

    package var weekday: Weekday {
        // 1970-01-01 was a Thursday.
        let index = (dayNumber % 7 + 7 + 3) % 7
        return Weekday.allCases[index]
    }

    package func advanced(byDays days: Int) -> CalendarDate {
        CalendarDate(dayNumber: dayNumber + days)
    }

    package static func < (left: CalendarDate, right: CalendarDate) -> Bool {
        left.dayNumber < right.dayNumber
    }

    /// For example `2026-10-01`.
    package var description: String { String(utcStart.description.prefix(10)) }

    private var civil: CivilTime { CivilTime(milliseconds: utcStart.milliseconds) }
}

/// A day of the week. The raw value is the word of documents.
package enum Weekday: String, CaseIterable, Hashable, Sendable {
    case monday = "mon"
    case tuesday = "tue"
    case wednesday = "wed"
    case thursday = "thu"
    case friday = "fri"
    case saturday = "sat"
    case sunday = "sun"
}

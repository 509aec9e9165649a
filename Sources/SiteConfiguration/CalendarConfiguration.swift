/// Days that have something in common, such as a year's holidays.
package struct CalendarConfiguration: Hashable, Sendable {
    package let name: String
    /// In the order of the document; not empty.
    package let spans: [CalendarSpan]

    package init(name: String, spans: [CalendarSpan]) {
        self.name = name
        self.spans = spans
    }

    package func contains(_ date: CalendarDate) -> Bool {
        spans.contains { $0.contains(date) }
    }
}

/// Days in a row.
package enum CalendarSpan: Hashable, Sendable {
    /// Once.
    case dates(ClosedRange<CalendarDate>)
    /// Every year; past the end of the year where the last day is before the first.
    case yearly(first: YearlyDate, last: YearlyDate)

    package func contains(_ date: CalendarDate) -> Bool {
        switch self {
        case .dates(let range): return range.contains(date)
        case .yearly(let first, let last):
            let day = YearlyDate(month: date.month, day: date.day)
            return first <= last ? first <= day && day <= last : first <= day || day <= last
        }
    }
}

/// A day of every year; the 29th of February of every leap year.
package struct YearlyDate: Hashable, Comparable, Sendable {
    package let month: Int
    package let day: Int

    package init(month: Int, day: Int) {
        self.month = month
        self.day = day
    }

    package static func < (left: YearlyDate, right: YearlyDate) -> Bool {
        (left.month, left.day) < (right.month, right.day)
    }
}

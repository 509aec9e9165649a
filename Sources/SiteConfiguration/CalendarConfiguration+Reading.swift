import Documents

/// The calendars of a document, to be named by other sections.
struct CalendarCatalog {
    /// The most calendars, and the most spans of days in one.
    static let calendarLimit = 64
    static let spanLimit = 512

    /// Those without faults, in the order of the document.
    let calendars: [CalendarConfiguration]
    /// All names, those with faults too.
    private let names: Set<String>

    /// Reads the section `calendars:`, where there is one.
    init(_ node: DocumentNode?) {
        let entries = node?.entries() ?? []
        if entries.count > Self.calendarLimit {
            node?.fail("holds \(entries.count); at most \(Self.calendarLimit) are supported")
        }
        names = Set(entries.map(\.name))
        calendars = entries.prefix(Self.calendarLimit).compactMap(CalendarConfiguration.init)
    }

    /// The calendar that a node names.
    func calendar(_ node: DocumentNode) -> CalendarConfiguration? {
        guard let text = node.text() else { return nil }
        if let calendar = calendars.first(where: { $0.name == text }) { return calendar }
        if !names.contains(text) {
            let word = text.prefix(64)
            node.fail("unknown calendar \"\(word)\"" + suggestion(for: text, among: names))
        }
        return nil
    }
}

extension CalendarConfiguration {
    init?(_ entry: DocumentEntry) {
        let name = entry.checkedName()
        guard let fields = entry.value.fields(["dates"]) else { return nil }
        guard let list = fields.required("dates"), let items = list.list() else { return nil }
        guard (1...CalendarCatalog.spanLimit).contains(items.count) else {
            list.fail(
                items.isEmpty
                    ? "is empty; name at least one day"
                    : "holds \(items.count); at most \(CalendarCatalog.spanLimit) are supported")
            return nil
        }
        let spans = items.compactMap(CalendarSpan.init)
        guard let name, spans.count == items.count else { return nil }
        self.init(name: name, spans: spans)
    }
}

extension CalendarSpan {
    /// Reads `2026-10-01`, `2026-10-01..2026-10-07`, or every year `10-01`, `12-24..01-06`.
    init?(_ node: DocumentNode) {
        guard let text = node.text() else { return nil }
        let ends = text.split(separator: "..", omittingEmptySubsequences: false)
            .map { $0.split(separator: "-", omittingEmptySubsequences: false).map(Self.number) }
        guard (1...2).contains(ends.count), let first = ends.first, let last = ends.last,
            first.count == last.count, (2...3).contains(first.count),
            !(first + last).contains(nil)
        else {
            node.fail(
                "expected a date such as 2026-10-01, every year 10-01, or first..last, found "
                    + "\"\(text.prefix(60))\"")
            return nil
        }
        // 1972 was a leap year: the 29th of February may be meant.
        let dates = [first, last].map { parts -> CalendarDate? in
            let parts = (parts.count == 2 ? [1972] : []) + parts
            guard let year = parts[0], let month = parts[1], let day = parts[2] else { return nil }
            return CalendarDate(year: year, month: month, day: day)
        }
        guard let start = dates[0], let end = dates[1] else {
            node.fail("the calendar has no such day: \"\(text.prefix(60))\"")
            return nil
        }
        if first.count == 2 {
            self = .yearly(
                first: YearlyDate(month: start.month, day: start.day),
                last: YearlyDate(month: end.month, day: end.day))
        } else if start <= end {
            self = .dates(start...end)
        } else {
            node.fail("is empty: \(end) is before \(start)")
            return nil
        }
    }

    private static func number(_ text: Substring) -> Int? {
        let isNumber =
            (2...4).contains(text.count) && text.utf8.allSatisfy { (48...57).contains($0) }
        return isNumber ? Int(text) : nil
    }
}

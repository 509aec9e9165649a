import Execution
import Lighting
import SiteConfiguration

/// Clocks of the world, by their laws.
enum Zone: String, CaseIterable {
    case universal = "UTC"
    case shanghai = "Asia/Shanghai"
    case berlin = "Europe/Berlin"
    case newYork = "America/New_York"
    /// Half an hour's change, in the south.
    case lordHowe = "Australia/Lord_Howe"
    /// The change is at midnight, so that a day begins at one o'clock.
    case santiago = "America/Santiago"

    var local: LocalTime { LocalTime(offset: { self.offset(at: $0) }) }

    private static let changes = Dictionary(
        uniqueKeysWithValues: allCases.map { zone in
            (zone, (2025...2029).flatMap(zone.changes(in:)))
        })

    private func offset(at time: Timestamp) -> Duration {
        let last = Self.changes[self]?.last { $0.time <= time }
        return .seconds(last?.seconds ?? 0)
    }

    /// When the offset from UTC becomes what in a year.
    private func changes(in year: Int) -> [(time: Timestamp, seconds: Int)] {
        switch self {
        case .universal: []
        case .shanghai: [(utc("\(year)-01-01"), 8 * 3_600)]
        case .berlin:
            // Directive 2000/84/EC: the last Sundays of March and October, 01:00 UTC.
            [
                (utc("\(year)-01-01"), 3_600), (sunday(year, 3, .last, at: 1), 7_200),
                (sunday(year, 10, .last, at: 1), 3_600),
            ]
        case .newYork:
            // Energy Policy Act of 2005: second Sunday of March, first of November, 2:00 local.
            [
                (utc("\(year)-01-01"), -18_000), (sunday(year, 3, .number(2), at: 7), -14_400),
                (sunday(year, 11, .number(1), at: 6), -18_000),
            ]
        case .lordHowe:
            // First Sunday of April 2:00 (UTC+11) to first of October 2:00 (UTC+10:30).
            [
                (utc("\(year)-01-01"), 39_600), (sunday(year, 4, .number(1), at: -9), 37_800),
                (sunday(year, 10, .number(1), at: -8) - .seconds(1_800), 39_600),
            ]
        case .santiago:
            // The first Sundays from 2 April and 2 September, 24:00 of Saturday.
            [
                (utc("\(year)-01-01"), -10_800), (sunday(year, 4, .onOrAfter(2), at: 3), -14_400),
                (sunday(year, 9, .onOrAfter(2), at: 4), -10_800),
            ]
        }
    }

    private enum Week { case last, number(Int), onOrAfter(Int) }

    private func sunday(_ year: Int, _ month: Int, _ week: Week, at hour: Int) -> Timestamp {
        let days = (1...31).compactMap { CalendarDate(year: year, month: month, day: $0) }
        let sundays = days.filter { $0.weekday == .sunday }
        let day =
            switch week {
            case .last: sundays.last
            case .number(let number): sundays[number - 1]
            case .onOrAfter(let first): sundays.first { $0.day >= first }
            }
        guard let day else { preconditionFailure("every month has Sundays") }
        return day.utcStart + .seconds(hour * 3_600)
    }
}

/// A moment in UTC, such as `2026-03-29T01:00`.
func utc(_ text: String) -> Timestamp {
    let fields = text.split { "-T:".contains($0) }.compactMap { Int($0) }
    guard fields.count >= 3,
        let date = CalendarDate(year: fields[0], month: fields[1], day: fields[2])
    else { preconditionFailure("\(text) is no moment") }
    let hour = fields.count > 3 ? fields[3] : 0
    let minute = fields.count > 4 ? fields[4] : 0
    let second = fields.count > 5 ? fields[5] : 0
    return date.utcStart + .seconds(hour * 3_600 + minute * 60 + second)
}

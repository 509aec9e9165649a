import ArgumentParser
import Documents
import Execution

/// A moment on the command line: `2026-11-23`, `2026-11-23T08:00`, `08:00` (today) or the same
/// with a final `Z` for UTC.
struct MomentArgument: ExpressibleByArgument, Hashable {
    /// `nil` for today.
    private let date: (year: Int, month: Int, day: Int)?
    private let seconds: Int64
    private let isUTC: Bool

    init?(argument: String) {
        var text = argument.replacing(" ", with: "T")
        isUTC = text.hasSuffix("Z")
        if isUTC { text.removeLast() }
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count) else { return nil }
        let clock = parts.count == 2 ? parts[1] : parts[0].contains(":") ? parts[0] : nil
        let day = parts.count == 2 || !parts[0].contains(":") ? parts[0] : nil
        guard let date = Self.date(day), let seconds = Self.seconds(clock) else { return nil }
        self.date = date.value
        self.seconds = seconds
    }

    func moment(in zone: LocalZone, now: Timestamp) -> Timestamp {
        let zone = isUTC ? LocalZone.utc : zone
        let today = zone.civil(now)
        let (year, month, day) = date ?? (today.year, today.month, today.day)
        return zone.moment(local: Self.days(year, month, day) * 86_400_000 + seconds * 1_000)
    }

    private struct Day { let value: (year: Int, month: Int, day: Int)? }

    private static func date(_ text: Substring?) -> Day? {
        guard let text else { return Day(value: nil) }
        let fields = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard fields.count == 3, let year = fields[0], let month = fields[1], let day = fields[2],
            (1970...9998).contains(year), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        let back = CivilTime(milliseconds: days(year, month, day) * 86_400_000)
        return back.day == day ? Day(value: (year, month, day)) : nil
    }

    private static func seconds(_ text: Substring?) -> Int64? {
        guard let text else { return 0 }
        let fields = text.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
        guard (2...3).contains(fields.count), let hour = fields[0], let minute = fields[1],
            let second = fields.count == 3 ? fields[2] : 0, (0...24).contains(hour),
            (0...59).contains(minute), (0...59).contains(second)
        else { return nil }
        return hour * 3_600 + minute * 60 + second
    }

    /// Days since 1970-01-01 in the Gregorian calendar.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let years = month > 2 ? year : year - 1
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return Int64(years * 365 + years / 4 - years / 100 + years / 400 + dayOfYear - 719_468)
    }

    static func == (left: MomentArgument, right: MomentArgument) -> Bool {
        left.seconds == right.seconds && left.isUTC == right.isUTC
            && left.date?.year == right.date?.year && left.date?.month == right.date?.month
            && left.date?.day == right.date?.day
    }

    func hash(into hasher: inout Hasher) { hasher.combine(seconds) }
}

/// A length of time on the command line: `90s`, `15m`, `24h`, `7d`.
struct SpanArgument: ExpressibleByArgument, Hashable {
    let duration: Duration

    init?(argument: String) {
        guard let duration = Duration(documentText: argument), duration > .zero else { return nil }
        self.duration = duration
    }
}

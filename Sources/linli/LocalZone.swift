import Execution
import Glibc

/// What the clocks on the walls show.
struct LocalZone: Hashable {
    /// For example `Asia/Shanghai`; empty where only the machine knows.
    var name: String
    private var isUTC: Bool

    static let utc = LocalZone(name: "UTC", isUTC: true)

    /// The zone of this process.
    static var system: LocalZone { LocalZone(name: environment("TZ") ?? "", isUTC: false) }

    /// Makes the site's zone that of this process, unless its user has chosen one.
    static func adopt(_ name: String?) -> LocalZone {
        if let name, environment("TZ") == nil {
            setenv("TZ", name, 1)
            tzset()
        }
        return .system
    }

    /// What to call the zone: that of the site, unless the user of this process has chosen another.
    func label(_ site: String) -> String { isUTC ? "UTC" : name.isEmpty ? site : name }

    /// What these clocks are ahead of UTC, in milliseconds.
    func offset(at time: Timestamp) -> Int64 {
        guard !isUTC else { return 0 }
        var seconds = time_t(time.milliseconds / 1_000)
        var fields = tm()
        localtime_r(&seconds, &fields)
        return Int64(fields.tm_gmtoff) * 1_000
    }

    func civil(_ time: Timestamp) -> CivilTime {
        CivilTime(milliseconds: time.milliseconds + offset(at: time))
    }

    /// The moment when these clocks show this time, counted as if it were UTC.
    func moment(local milliseconds: Int64) -> Timestamp {
        let first = Timestamp(milliseconds: milliseconds)
        let guess = Timestamp(milliseconds: milliseconds - offset(at: first))
        return Timestamp(milliseconds: milliseconds - offset(at: guess))
    }

    /// `19:17:22`.
    func clock(_ time: Timestamp) -> String {
        let civil = civil(time)
        return "\(two(civil.hour)):\(two(civil.minute)):\(two(civil.second))"
    }

    /// `19:17`.
    func hours(_ time: Timestamp) -> String {
        let civil = civil(time)
        return "\(two(civil.hour)):\(two(civil.minute))"
    }

    /// `2026-11-23`.
    func date(_ time: Timestamp) -> String {
        let civil = civil(time)
        return "\(civil.year)-\(two(civil.month))-\(two(civil.day))"
    }

    /// `11-23`.
    func day(_ time: Timestamp) -> String {
        let civil = civil(time)
        return "\(two(civil.month))-\(two(civil.day))"
    }

    /// The machine's time of day.
    static var now: Timestamp {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Timestamp(milliseconds: Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000)
    }

    private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

package import Execution
package import SiteConfiguration
package import SolarTime

/// When the windows of a circuit are open, over some days around a moment.
package struct ControlSchedule: Hashable, Sendable {
    /// Within these moments the schedule is complete.
    package let coverage: Range<Timestamp>
    /// For each entry of the circuit's control, in its order: the openings that touch the
    /// coverage; `nil` where the entry does not ask for the time of day.
    package let openings: [[Range<Timestamp>]?]

    /// Works out the windows of four days.
    package init(
        of control: [LightingEntry], around moment: Timestamp, local: LocalTime, place: SolarPlace?
    ) {
        let today = local.date(at: moment)
        coverage =
            local.time(
                of: today, minute: 0, .first)..<local.time(
                of: today.advanced(byDays: 2), minute: 0, .first)
        let sun = place.map { SunCalendar(place: $0, local: local) }
        let coverage = coverage
        openings = control.map { entry in
            guard entry.needsTimeOfDay else { return nil }
            // A window of the day before last may still be open: it can last a day and a half.
            return (-2...2).compactMap { offset -> Range<Timestamp>? in
                let date = today.advanced(byDays: offset)
                guard entry.mayBegin(on: date),
                    let opening = entry.opening(on: date, local: local, sun: sun)
                else { return nil }
                return opening.overlaps(coverage) ? opening : nil
            }
        }
    }

    /// Whether the windows of an entry say yes at a moment within the coverage.
    package func isOpen(_ entry: Int, at time: Timestamp) -> Bool {
        openings[entry]?.contains { $0.contains(time) } ?? true
    }

    /// The next moment at which a window opens or closes, or the coverage ends.
    package func nextChange(after time: Timestamp) -> Timestamp {
        var next = coverage.upperBound
        for opening in openings.lazy.compactMap(\.self).joined() {
            for edge in [opening.lowerBound, opening.upperBound] where edge > time && edge < next {
                next = edge
            }
        }
        return next
    }
}

extension LightingEntry {
    fileprivate func mayBegin(on date: CalendarDate) -> Bool {
        (days?.contains(date.weekday) ?? true) && (calendar?.contains(date) ?? true)
            && !(notCalendar?.contains(date) ?? false)
    }

    /// When the window that begins on a date is open.
    fileprivate func opening(
        on date: CalendarDate, local: LocalTime, sun: SunCalendar?
    ) -> Range<Timestamp>? {
        let window = window ?? .wholeDay
        if let sun, sun.isMissing(window, on: date) { return nil }
        let lastDate = date.advanced(byDays: window.endsNextDay ? 1 : 0)
        let start: Timestamp
        let end: Timestamp
        switch window.from {
        case .clock(let minute): start = local.time(of: date, minute: minute, .first)
        case .sun(let moment, let offset):
            guard let sun else { return nil }
            start = sun.time(of: moment, on: date) + offset
        }
        switch window.to {
        case .clock(let minute): end = local.time(of: lastDate, minute: minute, .last)
        case .sun(let moment, let offset):
            guard let sun else { return nil }
            end = sun.time(of: moment, on: lastDate) + offset
        }
        return start < end ? start..<end : nil
    }
}

extension LightingWindow {
    fileprivate static let wholeDay = LightingWindow(
        from: .clock(minute: 0), to: .clock(minute: 1_440))
}

/// The moments of the sun by the site's dates, polar days and nights included.
///
/// Where the sun does not rise, the day is as short as can be: it rises and sets at solar noon.
/// Where it does not set, the night is: it sets and rises at solar midnight. So every window that
/// has one end at the clock keeps its meaning, and one with both at the sun is open all the time
/// or never.
private struct SunCalendar {
    let place: SolarPlace
    let local: LocalTime

    func day(_ date: CalendarDate) -> SolarDay {
        SolarDay(nearest: local.time(of: date, minute: 720, .first), at: place)
    }

    func time(of moment: SunMoment, on date: CalendarDate) -> Timestamp {
        let day = day(date)
        let midnight = moment.isMorning ? day.midnightBefore : day.midnightAfter
        switch crossing(moment, day) {
        case .at(let time): return time
        case .alwaysAbove: return midnight
        case .alwaysBelow: return day.noon
        }
    }

    /// Whether a window from evening to morning falls on a night that does not come, or one from
    /// morning to evening on a day that does not.
    func isMissing(_ window: LightingWindow, on date: CalendarDate) -> Bool {
        guard case .sun(let from, _) = window.from, case .sun(let to, _) = window.to,
            from.isMorning != to.isMorning
        else { return false }
        let lastDate = date.advanced(byDays: window.endsNextDay ? 1 : 0)
        let ends = (crossing(from, day(date)), crossing(to, day(lastDate)))
        return ends
            == (from.isMorning ? (.alwaysBelow, .alwaysBelow) : (.alwaysAbove, .alwaysAbove))
    }

    private func crossing(_ moment: SunMoment, _ day: SolarDay) -> SolarCrossing {
        switch moment {
        case .dawn: day.rising(through: .civilTwilight)
        case .sunrise: day.sunrise
        case .sunset: day.sunset
        case .dusk: day.setting(through: .civilTwilight)
        }
    }
}

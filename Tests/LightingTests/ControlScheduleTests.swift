import Execution
import Lighting
import SiteConfiguration
import SolarTime
import Testing

@Suite struct ControlScheduleTests {
    private func openings(
        _ entry: LightingEntry, around moment: String, zone: Zone = .shanghai,
        place: SolarPlace? = jinan
    ) -> [Range<Timestamp>] {
        ControlSchedule(of: [entry], around: utc(moment), local: zone.local, place: place)
            .openings[0] ?? []
    }

    /// Whether a window is open at a moment.
    private func isOpen(
        _ entry: LightingEntry, at moment: Timestamp, zone: Zone, place: SolarPlace? = jinan
    ) -> Bool {
        ControlSchedule(of: [entry], around: moment, local: zone.local, place: place)
            .isOpen(0, at: moment)
    }

    @Test func anEveningAndAMorning() throws {
        // Jinan, 31 May 2026: sunset 19:24:09; 1 June: sunrise 04:55 (UTC+8).
        let night = openings(
            window(sun(.sunset, -10), sun(.sunrise, 10)), around: "2026-05-31T12:00")
        let tonight = try #require(night.first { $0.contains(utc("2026-05-31T16:00")) })
        #expect(abs((tonight.lowerBound - utc("2026-05-31T11:14")).inSeconds) < 60)
        #expect(abs((tonight.upperBound - utc("2026-05-31T21:05")).inSeconds) < 60)
        let evening = openings(window(sun(.sunset), clock(23, 30)), around: "2026-06-01T12:00")
        #expect(evening.contains { $0.upperBound == utc("2026-06-01T15:30") })
        let morning = openings(window(clock(4, 30), sun(.sunrise)), around: "2026-06-01T12:00")
        #expect(morning.contains { $0.lowerBound == utc("2026-06-01T20:30") })
    }

    @Test func aWindowThatTheSunHasOvertakenIsEmpty() {
        // In June the sun is up at 05:30, and has not set by 19:00.
        #expect(openings(window(clock(5, 30), sun(.sunrise)), around: "2026-06-01T04:00").isEmpty)
        #expect(openings(window(sun(.sunset), clock(19)), around: "2026-06-01T04:00").isEmpty)
        #expect(!openings(window(clock(5, 30), sun(.sunrise)), around: "2026-12-01T04:00").isEmpty)
        #expect(!openings(window(sun(.sunset), clock(19)), around: "2026-12-01T04:00").isEmpty)
    }

    @Test func acrossMidnightTheFirstDayCounts() throws {
        var entry = window(clock(22), clock(2))
        entry.days = [.friday]
        // Friday, 5 June 2026, 22:00 to Saturday 02:00.
        let friday = utc("2026-06-05T14:00")..<utc("2026-06-05T18:00")
        #expect(openings(entry, around: "2026-06-05T12:00") == [friday])
        #expect(openings(entry, around: "2026-06-05T17:00") == [friday], "after midnight as well")
        #expect(openings(entry, around: "2026-06-03T12:00").isEmpty)
    }

    @Test func calendarsSayYesAndNo() throws {
        let first = try #require(CalendarDate(year: 2026, month: 10, day: 1))
        let holidays = CalendarConfiguration(
            name: "holidays", spans: [.dates(first...first.advanced(byDays: 6))])
        var on = window(clock(18), clock(24))
        on.calendar = holidays
        var off = window(clock(18), clock(24))
        off.notCalendar = holidays
        var day = utc("2026-09-28T12:00")
        while day < utc("2026-10-10T12:00") {
            let isHoliday = (utc("2026-10-01T00:00")..<utc("2026-10-08T00:00")).contains(day)
            #expect(isOpen(on, at: day, zone: .shanghai) == isHoliday)
            #expect(isOpen(off, at: day, zone: .shanghai) == !isHoliday)
            day = day + .seconds(86_400)
        }
    }

    @Test func daysWithoutAWindowAreWholeDays() {
        let entry = LightingEntry(days: [.sunday])
        #expect(
            openings(entry, around: "2026-03-29T12:00", zone: .berlin) == [
                utc("2026-03-28T23:00")..<utc("2026-03-29T22:00")
            ], "a day of 23 hours")
        #expect(
            openings(entry, around: "2026-10-25T12:00", zone: .berlin) == [
                utc("2026-10-24T22:00")..<utc("2026-10-25T23:00")
            ], "a day of 25 hours")
        #expect(
            openings(entry, around: "2026-09-06T12:00", zone: .santiago) == [
                utc("2026-09-06T04:00")..<utc("2026-09-07T03:00")
            ], "a day that begins at one o'clock")
    }

    @Test(
        arguments: [
            // Through the skipped hour: an hour less.
            (.berlin, clock(1), clock(4), "2026-03-29", "2026-03-29T00:00", "2026-03-29T02:00"),
            // Begins in it, or ends in it.
            (.berlin, clock(2, 30), clock(4), "2026-03-29", "2026-03-29T01:00", "2026-03-29T02:00"),
            (.berlin, clock(1), clock(2, 30), "2026-03-29", "2026-03-29T00:00", "2026-03-29T01:00"),
            // All of it: nothing.
            (.berlin, clock(2), clock(3), "2026-03-29", nil, nil),
            // Twice: from the first to the last.
            (
                .berlin, clock(2, 15), clock(2, 45), "2026-10-25", "2026-10-25T00:15",
                "2026-10-25T01:45"
            ),
            (
                .berlin, clock(22), clock(2, 30), "2026-10-24", "2026-10-24T20:00",
                "2026-10-25T01:30"
            ),
            (
                .newYork, clock(1, 30), clock(5), "2026-11-01", "2026-11-01T05:30",
                "2026-11-01T10:00"
            ),
            (
                .newYork, clock(1, 30), clock(5), "2026-03-08", "2026-03-08T06:30",
                "2026-03-08T09:00"
            ),
            (
                .santiago, clock(23, 30), clock(1), "2026-04-04", "2026-04-05T02:30",
                "2026-04-05T05:00"
            ),
        ] as [(Zone, LightingTime, LightingTime, String, String?, String?)])
    func changesOfTheClockDoNotBreakIt(
        _ zone: Zone, _ from: LightingTime, _ to: LightingTime, _ date: String, _ start: String?,
        _ end: String?
    ) {
        let noon = utc(date) + .seconds(43_200)
        let all =
            ControlSchedule(
                of: [window(from, to)], around: noon, local: zone.local, place: nil
            ).openings[0] ?? []
        let day = zone.local.date(at: noon)
        let ofDay = all.filter { zone.local.date(at: $0.lowerBound) == day }
        if let start, let end {
            #expect(ofDay == [utc(start)..<utc(end)])
        } else {
            #expect(ofDay == [])
        }
    }

    /// Every quarter of an hour of a year, against the plain rule where no clock changes.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func agreesWithThePlainRule(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let from = Int.random(in: 0..<1_440, using: &random)
        var to = Int.random(in: 0...1_440, using: &random)
        if to == from { to += 1 }
        let days = Set(Weekday.allCases.filter { _ in Bool.random(using: &random) })
        var entry = window(.clock(minute: from), .clock(minute: to))
        entry.days = days
        var time = utc("2026-01-01")
        var schedule = ControlSchedule(
            of: [entry], around: time, local: Zone.shanghai.local, place: nil)
        while time < utc("2026-07-01") {
            if !schedule.coverage.contains(time) {
                schedule = ControlSchedule(
                    of: [entry], around: time, local: Zone.shanghai.local, place: nil)
            }
            let shown = time + .seconds(8 * 3_600)
            let date = CalendarDate(utc: shown)
            let minute = Int((shown - date.utcStart).inSeconds / 60)
            let yesterday = date.advanced(byDays: -1)
            let expected =
                from < to
                ? days.contains(date.weekday) && from <= minute && minute < to
                : (days.contains(date.weekday) && minute >= from)
                    || (days.contains(yesterday.weekday) && minute < to)
            #expect(schedule.isOpen(0, at: time) == expected, "\(time)")
            time = time + .seconds(Int.random(in: 1...3_600, using: &random))
        }
    }

    /// Between two moments at which something may change, nothing does; coverages agree.
    @Test(arguments: Zone.allCases) func changesOnlyWhenItSays(_ zone: Zone) {
        let entries = [
            window(sun(.sunset, -10), sun(.sunrise, 10)), window(clock(23), clock(2, 30)),
            window(sun(.dusk), clock(23, 30)), LightingEntry(days: [.saturday, .sunday]),
        ]
        var time = utc("2026-01-01")
        while time < utc("2027-01-01") {
            let schedule = ControlSchedule(
                of: entries, around: time, local: zone.local, place: jinan)
            #expect(schedule.coverage.contains(time))
            let next = schedule.nextChange(after: time)
            #expect(next > time)
            let late = next - .milliseconds(1)
            let fresh = ControlSchedule(
                of: entries, around: late, local: zone.local, place: jinan)
            for entry in entries.indices {
                #expect(schedule.isOpen(entry, at: time) == schedule.isOpen(entry, at: late))
                #expect(schedule.isOpen(entry, at: late) == fresh.isOpen(entry, at: late))
            }
            time = next
        }
    }

    @Test(
        arguments: [
            // Polar night, midday: night windows are open, and the evening begins at noon.
            ("2026-12-21T11:00", sun(.sunset, -10), sun(.sunrise, 10), true),
            ("2026-12-21T10:42", sun(.sunset), sun(.sunrise), true),
            ("2026-12-21T23:00", sun(.sunset), sun(.sunrise), true),
            ("2026-12-21T12:00", sun(.sunset), clock(23, 30), true),
            ("2026-12-21T23:00", sun(.sunset), clock(23, 30), false),
            ("2026-12-21T08:00", clock(5, 30), sun(.sunrise), true),
            ("2026-12-21T10:42", sun(.sunrise, -10), sun(.sunset, 10), false),
            // Polar day: no night.
            ("2026-06-21T23:00", sun(.sunset, -10), sun(.sunrise, 10), false),
            ("2026-06-21T22:45", sun(.sunset, -10), sun(.sunrise, 10), false),
            ("2026-06-21T11:00", sun(.sunset, -10), sun(.sunrise, 10), false),
            ("2026-06-21T21:00", sun(.sunset), clock(23, 30), false),
            ("2026-06-21T11:00", sun(.sunrise), sun(.sunset), true),
            ("2026-06-21T23:30", sun(.sunrise), sun(.sunset), true),
            ("2026-06-21T20:00", sun(.sunrise), clock(23, 30), true),
        ] as [(String, LightingTime, LightingTime, Bool)])
    func polarDaysAndNightsDoNotBreakIt(
        _ moment: String, _ from: LightingTime, _ to: LightingTime, _ isLit: Bool
    ) {
        #expect(isOpen(window(from, to), at: utc(moment), zone: .berlin, place: tromso) == isLit)
    }

    /// In the polar night's months lamps are lit without a break, in the polar day's never.
    @Test func aYearBeyondThePolarCircle() {
        let entry = window(sun(.sunset, -10), sun(.sunrise, 10))
        var time = utc("2026-01-01")
        while time < utc("2027-01-01") {
            let open = isOpen(entry, at: time, zone: .berlin, place: tromso)
            let height = SolarPosition(at: time).altitude(at: tromso)
            if height < -1 { #expect(open, "\(time) dark") }
            if height > 1.5 { #expect(!open, "\(time) light") }
            time = time + .seconds(1_200)
        }
    }
}

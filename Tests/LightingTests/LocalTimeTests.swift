import Execution
import Lighting
import SiteConfiguration
import Testing

@Suite struct LocalTimeTests {
    @Test(
        arguments: [
            (.shanghai, "2026-06-01", 450, "2026-05-31T23:30", "2026-05-31T23:30"),
            (.shanghai, "2026-06-01", 1_440, "2026-06-01T16:00", "2026-06-01T16:00"),
            // Skipped: both mean the change.
            (.berlin, "2026-03-29", 150, "2026-03-29T01:00", "2026-03-29T01:00"),
            (.berlin, "2026-03-29", 119, "2026-03-29T00:59", "2026-03-29T00:59"),
            (.berlin, "2026-03-29", 120, "2026-03-29T01:00", "2026-03-29T01:00"),
            (.berlin, "2026-03-29", 180, "2026-03-29T01:00", "2026-03-29T01:00"),
            // Twice.
            (.berlin, "2026-10-25", 150, "2026-10-25T00:30", "2026-10-25T01:30"),
            (.berlin, "2026-10-25", 119, "2026-10-24T23:59", "2026-10-24T23:59"),
            (.berlin, "2026-10-25", 180, "2026-10-25T02:00", "2026-10-25T02:00"),
            (.newYork, "2026-03-08", 150, "2026-03-08T07:00", "2026-03-08T07:00"),
            (.newYork, "2026-11-01", 90, "2026-11-01T05:30", "2026-11-01T06:30"),
            (.lordHowe, "2026-04-05", 105, "2026-04-04T14:45", "2026-04-04T15:15"),
            (.lordHowe, "2026-10-04", 135, "2026-10-03T15:30", "2026-10-03T15:30"),
            // A day that begins at one o'clock, and a midnight that is seen from 23:00 again.
            (.santiago, "2026-09-06", 0, "2026-09-06T04:00", "2026-09-06T04:00"),
            (.santiago, "2026-04-05", 0, "2026-04-05T04:00", "2026-04-05T04:00"),
        ] as [(Zone, String, Int, String, String)])
    func findsTheMomentOfATime(
        _ zone: Zone, _ date: String, _ minute: Int, first: String, last: String
    ) {
        let date = CalendarDate(utc: utc(date))
        #expect(zone.local.time(of: date, minute: minute, .first) == utc(first))
        #expect(zone.local.time(of: date, minute: minute, .last) == utc(last))
    }

    /// What a clock shows leads back to the moment, or to the other with the same time of day.
    @Test(arguments: Zone.allCases) func readsBack(_ zone: Zone) {
        let local = zone.local
        var time = utc("2026-01-01")
        while time < utc("2027-01-01") {
            let shown = time + local.offset(time)
            let date = local.date(at: time)
            let minute = Int((shown - date.utcStart).inSeconds / 60)
            #expect((0..<1_440).contains(minute))
            let first = local.time(of: date, minute: minute, .first)
            let last = local.time(of: date, minute: minute, .last)
            #expect(first == time || last == time)
            #expect(first <= last && last - first <= .seconds(3_600))
            time = time + .seconds(1_800)
        }
    }
}

import Delivery
import Execution
import Metering
import Telemetry
import Testing

/// Shares are thinned at the hours of the site.
@Suite struct LocalIntervalsTests {
    /// 2026-10-24T00:00Z, a day before the clocks of Berlin go back at 2026-10-25T01:00Z.
    private static let start = Timestamp(milliseconds: 1_792_800_000_000)
    private static let change = start + .seconds(25 * 3_600)

    private static func berlin(_ every: Duration) -> LocalIntervals {
        LocalIntervals(every: every, zone: "Europe/Berlin") { time in
            .seconds(time < change ? 7_200 : 3_600)
        }
    }

    private static func shanghai(_ every: Duration) -> LocalIntervals {
        LocalIntervals(every: every, zone: "Asia/Shanghai") { _ in .seconds(8 * 3_600) }
    }

    /// The hours since the start of what is shared of a reading every quarter of an hour.
    private func shared(
        _ intervals: LocalIntervals, hours: Int, missing: Range<Int> = 0..<0
    ) -> [(hours: Double, isMissing: Bool)] {
        var filter = ShareFilter(ShareFilter.Selection(every: intervals))
        return (0..<hours * 4).flatMap { quarter -> [(Double, Bool)] in
            let isMissing = missing.contains(quarter / 4)
            let sample = Sample(
                time: Self.start + .seconds(quarter * 900),
                value: isMissing ? nil : .number(ScaledInteger(Int64(quarter))),
                quality: isMissing ? .missing(.timeout) : .good)
            let series = Series(point: StoredContent.point("b1-u1/energy"), samples: [sample])
            let found = filter.shared(of: StoredContent.readings(series))?.series ?? []
            return found.flatMap(\.samples).map { sample in
                let hour = Double((sample.time - Self.start).milliseconds) / 3_600_000
                #expect(sample.value != nil || sample.quality == .missing(.timeout))
                return (hour, sample.value == nil)
            }
        }
    }

    @Test func aDayBeginsAtMidnightOfTheSite() {
        let hours = shared(Self.shanghai(.seconds(86_400)), hours: 72).map(\.hours)
        #expect(hours == [0, 16, 40, 64])
    }

    /// Midnight is at 22:00Z before the change and at 23:00Z after it: 25 hours between.
    @Test func theDayOnWhichTheClocksChangeIsOneDay() {
        let hours = shared(Self.berlin(.seconds(86_400)), hours: 72).map(\.hours)
        #expect(hours == [0, 22, 47, 71])
    }

    @Test func theHourThatComesTwiceIsTwoHours() {
        let hours = shared(Self.berlin(.seconds(3_600)), hours: 30).map(\.hours)
        #expect(hours == (0..<30).map(Double.init))
    }

    @Test func sixHoursAreCutByTheLocalClock() {
        let hours = shared(Self.berlin(.seconds(6 * 3_600)), hours: 48).map(\.hours)
        #expect(hours == [0, 4, 10, 16, 22, 29, 35, 41, 47])
    }

    /// The first missing reading of the interval, once, when the next has begun.
    @Test func anIntervalWithoutAValueIsMissingWithItsReason() {
        let shared = shared(Self.shanghai(.seconds(3_600)), hours: 8, missing: 2..<5)
        #expect(shared.map(\.hours) == [0, 1, 2, 3, 4, 5, 6, 7])
        #expect(shared.map(\.isMissing) == [false, false, true, true, true, false, false, false])
    }

    @Test func aValueLateInItsIntervalIsSharedAndNothingIsMissing() {
        var filter = ShareFilter(ShareFilter.Selection(every: Self.shanghai(.seconds(3_600))))
        var series = StoredContent.series("b1-u1/energy", [1, 2, 3], step: .seconds(1_500))
        series.samples[0].value = nil
        series.samples[0].quality = .missing(.silent)
        let found = filter.shared(of: StoredContent.readings(series))?.series.flatMap(\.samples)
        #expect(found?.map(\.quality) == [.good])
    }

    @Test func nothingFromBeforeItsStartIsShared() {
        let from = Self.start + .seconds(3_600)
        var filter = ShareFilter(ShareFilter.Selection(subjects: nil, from: from))
        var batch = StoredContent.readings(
            Series(
                point: StoredContent.point("b1-u1/energy"),
                samples: [0, 3_599, 3_600, 7_200].map {
                    Sample(
                        time: Self.start + .seconds($0), value: .number(ScaledInteger(Int64($0))))
                }))
        batch.events = [Event("device.silent", of: "any", at: Self.start)]
        let shared = filter.shared(of: batch)
        #expect(shared?.series.first?.samples.count == 2)
        #expect(shared?.events.isEmpty == true)
        batch.events[0].time = from
        #expect(filter.shared(of: batch)?.events.count == 1)
    }
}

import Execution
import MaintenanceAPI
import Testing

@testable import linli

@Suite struct HistoryChartTests {
    /// A ramp from 0 to 10 in an hour, a minute a step, without what lies in `hole`.
    private func ramp(hole: Range<Int> = 0..<0, unit: String? = "kW") -> HistoryReport {
        HistoryReport(
            point: "a/power", unit: unit, from: 0, to: 3_600_000,
            samples: (0...60).map { minute in
                HistorySample(
                    time: Int64(minute) * 60_000,
                    value: hole.contains(minute)
                        ? nil : Amount.fixed(Double(minute) / 6, 2),
                    quality: hole.contains(minute) ? "missing: timeout" : "good")
            })
    }

    @Test func drawsARampWithItsAxesAndFigures() {
        let text = HistoryChart(report: ramp(hole: 24..<36), rows: 6)
            .text(on: Page(width: 44, isUnicode: false))
        #expect(
            text == """
                a/power
                1970-01-01 00:00 to 1970-01-01 01:00 UTC

                kW
                10 +                                    ****
                   |                            ********
                   |                       *****
                 5 +            ****
                   |     ********
                 0 +*****
                   ++---------+---------+--------+---------+
                  01-01     00:15     00:30    00:45   01:00

                min           0.00 kW  01-01 00:00:00
                mean          5.020 kW
                max           10.00 kW  01-01 01:00:00
                readings      49, 12 missing, 1 gap

                """)
    }

    @Test func drawsEightDotsACharacterWhereItMay() {
        let text = HistoryChart(report: ramp(), rows: 4).text(on: Page(width: 40))
        #expect(
            text == """
                a/power
                1970-01-01 00:00 to 1970-01-01 01:00 UTC

                kW
                10 ┤                           ⣀⣀⣀⠤⠤⠔⠒⠉⠉
                   │                  ⢀⣀⠤⠤⠤⠒⠒⠊⠉
                 5 ┤         ⣀⣀⠤⠤⠒⠒⠒⠉⠉⠁
                 0 ┤⣀⡠⠤⠤⠒⠒⠉⠉⠉
                   └┬────────┬────────┬───────┬────────┬
                  01-01    00:15    00:30   00:45  01:00

                min           0.00 kW  01-01 00:00:00
                mean          5.000 kW
                max           10.00 kW  01-01 01:00:00
                readings      61

                """)
    }

    @Test(arguments: 20...140)
    func fitsTheWidthOfItsPage(width: Int) {
        for isUnicode in [true, false] {
            let page = Page(width: width, isUnicode: isUnicode)
            let text = HistoryChart(report: ramp(hole: 5..<9)).text(on: page)
            // The figures are of a fixed length, which a page of 40 columns holds.
            let limit = max(width, 40)
            #expect(text.split(separator: "\n").allSatisfy { String($0).columns <= limit })
            #expect(isUnicode || text.utf8.allSatisfy { $0 < 0x80 })
            #expect(!text.contains("\u{1B}"))
        }
    }

    @Test func aGapIsNotDrawn() {
        let page = Page(width: 66, isUnicode: false)
        let whole = HistoryChart(report: ramp()).text(on: page)
        let broken = HistoryChart(report: ramp(hole: 20..<40)).text(on: page)
        #expect(broken.count { $0 == "*" } < whole.count { $0 == "*" } * 3 / 4)
    }

    @Test func readingsThatNeverCameAreAGapToo() {
        var report = ramp()
        report.samples.removeSubrange(10..<20)
        let curve = HistoryCurve(report.samples)
        #expect(curve.runs.map(\.count) == [10, 41])
        #expect(curve.missing == 0)
    }

    @Test func aLevelValueIsALine() throws {
        let samples = (0..<60).map {
            HistorySample(time: Int64($0) * 60_000, value: "221.9", quality: "good")
        }
        let report = HistoryReport(point: "a/b", from: 0, to: 3_600_000, samples: samples)
        let text = HistoryChart(report: report, rows: 6).text(on: Page(isUnicode: false))
        #expect(text.split(separator: "\n").count { $0.contains("*****") } == 1)
        #expect(text.contains("min           221.9  "))
    }

    @Test func textsAreListedByChange() {
        let words = ["idle", "idle", "charging", nil, "idle"]
        let samples = words.enumerated().map { index, word in
            HistorySample(
                time: Int64(index) * 60_000, value: word,
                quality: word == nil ? "missing: timeout" : "good")
        }
        let report = HistoryReport(point: "a/state", from: 0, to: 300_000, samples: samples)
        #expect(
            HistoryChart(report: report).text(on: Page()) == """
                a/state  1970-01-01 00:00 to 1970-01-01 00:05 UTC

                FROM                 VALUE     QUALITY
                1970-01-01 00:00:00  idle      good
                1970-01-01 00:02:00  charging  good
                1970-01-01 00:03:00  -         missing: timeout
                1970-01-01 00:04:00  idle      good

                """)
    }

    @Test func nothingIsSaidToBeNothing() {
        let report = HistoryReport(point: "a/b", from: 0, to: 1, samples: [])
        let text = HistoryChart(report: report).text(on: Page())
        #expect(text.hasSuffix("\n\nno readings in this time\n"))
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func scalesSpanTheirValuesInFewSteps(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let sizes: [Double] = [1e-6, 1, 1e3, 1e9]
        let size = sizes[Int.random(in: 0..<4, using: &random)]
        let first = Double.random(in: -size...size, using: &random)
        let second = first + size * Double.random(in: 0...1, using: &random)
        let scale = ValueScale(minimum: first, maximum: second, ticks: 4)
        #expect(scale.low <= first + scale.step * 1e-6)
        #expect(scale.high >= second - scale.step * 1e-6)
        #expect((2...7).contains(scale.ticks.count))
        let labels = scale.ticks.map { Amount.fixed($0, scale.decimals) }
        #expect(Set(labels).count == labels.count)
    }

    @Test(arguments: [1_000, 60_000, 3_600_000, 86_400_000, 86_400_000 * 40, 86_400_000 * 4_000])
    func timesAreLegible(span: Int64) {
        let from = Timestamp(milliseconds: 1_795_461_442_123)
        let scale = TimeScale(from: from, to: from + .milliseconds(span), zone: .utc)
        let ticks = scale.ticks(columns: 72)
        #expect(ticks.count <= 9)
        let places = ticks.map { scale.position(of: $0.time, width: 72) }
        #expect(zip(places, places.dropFirst()).allSatisfy { $1 - $0 >= 8 })
        #expect(places.allSatisfy { (0..<72).contains($0) })
    }
}

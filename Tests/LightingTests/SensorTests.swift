import Execution
import GPIO
import Metering
import SiteConfiguration
import Testing

@testable import Lighting

@Suite struct PhotocellStateTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private func photocell(settle: Duration = .seconds(30)) throws -> PhotocellState {
        let point = try #require(PointIdentifier("sky/illuminance"))
        return PhotocellState(
            LightingPhotocell(
                source: .point(
                    point, below: ScaledInteger(30), above: ScaledInteger(60),
                    patience: .seconds(600)), settle: settle))
    }

    @Test func knowsNothingAtFirst() throws {
        #expect(try photocell().isDark == nil)
    }

    @Test(arguments: [(29, true), (30, true), (45, true), (60, true), (61, false)])
    func theFirstReadingCountsAtOnceAndInBetweenIsDark(_ value: Int64, _ isDark: Bool) throws {
        var cell = try photocell()
        cell.observe(ScaledInteger(value), at: start)
        #expect(cell.isDark == isDark)
    }

    @Test func inBetweenIsAsBefore() throws {
        var cell = try photocell(settle: .zero)
        for (value, isDark) in [(10, true), (59, true), (61, false), (31, false), (29, true)] {
            cell.observe(ScaledInteger(Int64(value)), at: start)
            #expect(cell.isDark == isDark, "at \(value)")
        }
    }

    @Test func aHeadlightDoesNotCount() throws {
        var cell = try photocell()
        cell.observe(ScaledInteger(5), at: start)
        cell.observe(ScaledInteger(500), at: start.advanced(by: .seconds(10)))
        #expect(cell.nextChange == start.advanced(by: .seconds(40)))
        cell.observe(ScaledInteger(5), at: start.advanced(by: .seconds(39)))
        cell.advance(to: start.advanced(by: .seconds(120)))
        #expect(cell.isDark == true)
        cell.observe(ScaledInteger(500), at: start.advanced(by: .seconds(130)))
        cell.advance(to: start.advanced(by: .seconds(159)))
        #expect(cell.isDark == true)
        cell.advance(to: start.advanced(by: .seconds(160)))
        #expect(cell.isDark == false)
    }

    @Test func aSilentPhotocellIsDead() throws {
        var cell = try photocell()
        cell.observe(ScaledInteger(500), at: start)
        cell.observe(nil, at: start.advanced(by: .seconds(300)))
        #expect(cell.isDark == false, "one failure is no death")
        #expect(cell.nextChange == start.advanced(by: .seconds(600)))
        cell.advance(to: start.advanced(by: .seconds(600)))
        #expect(cell.isDark == nil && cell.nextChange == nil)
        cell.observe(ScaledInteger(500), at: start.advanced(by: .seconds(700)))
        #expect(cell.isDark == false, "alive again")
    }

    @Test func aContactIsActiveWhileItIsDark() {
        var cell = PhotocellState(LightingPhotocell(source: .line(line("DUSK")), settle: .zero))
        cell.observe(.active, at: start)
        #expect(cell.isDark == true)
        cell.observe(.inactive, at: start)
        #expect(cell.isDark == false)
        cell.observe(.unknown(.silent), at: start)
        #expect(cell.isDark == nil)
    }

    /// Whatever it sees, it changes only past a threshold, and stays for the settling time.
    @Test(arguments: 0..<200 as Range<UInt64>) func neverFlickers(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var cell = try photocell()
        var now = start
        var last: (isDark: Bool, at: MonotonicTime)?
        var value = Int64.random(in: 0...100, using: &random)
        for _ in 0..<500 {
            now = now.advanced(by: .seconds(Int.random(in: 1...40, using: &random)))
            value = min(100, max(0, value + Int64.random(in: -25...25, using: &random)))
            cell.observe(ScaledInteger(value), at: now)
            let isDark = try #require(cell.isDark as Bool?)
            if let last, last.isDark != isDark {
                #expect(last.at.duration(to: now) >= .seconds(30))
            }
            if last?.isDark != isDark { last = (isDark, now) }
        }
    }
}

@Suite struct PresenceLinesTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)
    private let names = [LineName("PIR1"), LineName("PIR2")]

    private func at(_ seconds: Int) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    private func presence(_ changes: (Int, LineState, Int)...) -> PresenceLines {
        var lines = PresenceLines()
        for (index, state, seconds) in changes {
            lines.observe(LineChange(names[index], state, at: at(seconds)))
        }
        return lines
    }

    private func isPresent(_ lines: PresenceLines, at seconds: Int) -> Bool? {
        lines.isPresent(names, hold: .seconds(60), at: at(seconds))
    }

    @Test func lastsForItsHold() {
        let lines = presence((1, .inactive, 0), (0, .active, 10), (0, .inactive, 500))
        #expect(isPresent(lines, at: 559) == true)
        #expect(isPresent(lines, at: 560) == false)
        #expect(lines.nextChange(names, hold: .seconds(60), after: at(500)) == at(560))
        #expect(lines.nextChange(names, hold: .seconds(60), after: at(560)) == nil)
    }

    @Test func aDeadSensorMakesItUnknownUnlessAnotherSaysYes() {
        #expect(isPresent(presence(), at: 0) == nil)
        #expect(isPresent(presence((0, .inactive, 0)), at: 0) == nil, "one has not spoken")
        #expect(isPresent(presence((0, .inactive, 0), (1, .inactive, 0)), at: 0) == false)
        #expect(isPresent(presence((0, .unknown(.silent), 0), (1, .active, 0)), at: 0) == true)
        let dead = presence((1, .inactive, 0), (0, .active, 0), (0, .unknown(.silent), 10))
        #expect(isPresent(dead, at: 69) == true, "the hold goes on")
        #expect(isPresent(dead, at: 70) == nil)
    }
}

@Suite struct LampStateTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private func at(_ seconds: Int) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    private func lamp() throws -> LampState {
        LampState(
            LampWatch(
                point: try #require(PointIdentifier("meter/power")), below: ScaledInteger(20),
                after: .seconds(60)))
    }

    private func observe(
        _ lamp: inout LampState, _ power: ScaledInteger?, level: Int?, at time: MonotonicTime
    ) -> Bool {
        lamp.observe(power, level: level, at: time)
    }

    @Test func failsOnceAndIsRestoredOnce() throws {
        var lamp = try lamp()
        var changes: [String] = []
        for (seconds, power, level) in [
            (0, 3, 0), (10, 3, 100), (40, 3, 100), (70, 3, 100), (80, 3, 100), (90, 50, 100),
            (120, 50, 0), (130, 50, 100), (150, 19, 100), (160, 20, 100), (219, 20, 100),
            (220, 20, 100), (240, 50, 100),
        ] {
            if lamp.observe(ScaledInteger(Int64(power)), level: level, at: at(seconds)) {
                changes.append("\(seconds) \(lamp.isFailed)")
            }
        }
        #expect(changes == ["70 true", "220 false"])
    }

    @Test func aDarkOrUnknownCircuitOrAFailedReadingSaysNothing() throws {
        for level in [0, nil] as [Int?] {
            var lamp = try lamp()
            for second in stride(from: 0, to: 1_000, by: 10) {
                #expect(!observe(&lamp, ScaledInteger(0), level: level, at: at(second)))
            }
        }
        var lamp = try lamp()
        #expect(!observe(&lamp, ScaledInteger(0), level: 100, at: at(0)))
        #expect(!observe(&lamp, nil, level: 100, at: at(50)))
        #expect(!observe(&lamp, ScaledInteger(0), level: 100, at: at(70)))
        lamp.restart()
        #expect(!observe(&lamp, ScaledInteger(0), level: 100, at: at(131)))
        #expect(observe(&lamp, ScaledInteger(0), level: 100, at: at(191)))
    }

    @Test func dimmedLampsTakeTheirShare() throws {
        var lamp = try lamp()
        // 8 W at 40 percent is what is expected, 7.9 W is not.
        for second in [0, 61] {
            #expect(!observe(&lamp, ScaledInteger(8), level: 40, at: at(second)))
        }
        #expect(!observe(&lamp, ScaledInteger(79, exponent: -1), level: 40, at: at(70)))
        #expect(observe(&lamp, ScaledInteger(79, exponent: -1), level: 40, at: at(130)))
    }
}

@Suite struct HeldClockTests {
    private func moment(_ seconds: Int, wall: String, isSynchronized: Bool) -> Moment {
        Moment(
            monotonic: MonotonicTime(nanoseconds: Int64(seconds) * 1_000_000_000),
            wall: WallTime(utc(wall), isSynchronized: isSynchronized))
    }

    private func observe(_ clock: inout HeldClock, _ moment: Moment) -> Bool {
        clock.observe(moment)
    }

    @Test func isUnknownUntilItIsConfirmed() {
        var clock = HeldClock()
        let first = moment(10, wall: "1970-01-01T00:00:10", isSynchronized: false)
        #expect(!observe(&clock, first))
        #expect(clock.time(at: first.monotonic) == nil)
        #expect(observe(&clock, moment(20, wall: "2026-06-01T00:00", isSynchronized: true)))
        #expect(clock.time(at: first.monotonic) == utc("2026-05-31T23:59:50"))
        #expect(!observe(&clock, moment(21, wall: "2026-06-01T00:00:01", isSynchronized: true)))
    }

    @Test func goesOnWithoutConfirmationAndDoesNotBelieveSteps() {
        var clock = HeldClock()
        _ = clock.observe(moment(20, wall: "2026-06-01T00:00", isSynchronized: true))
        #expect(!observe(&clock, moment(3_620, wall: "1999-01-01", isSynchronized: false)))
        #expect(
            clock.time(at: MonotonicTime(nanoseconds: 3_620_000_000_000))
                == utc("2026-06-01T01:00"))
        let week = 7 * 86_400
        #expect(!observe(&clock, moment(20 + week, wall: "1999-01-01", isSynchronized: false)))
        #expect(observe(&clock, moment(21 + week, wall: "1999-01-01", isSynchronized: false)))
        #expect(clock.time(at: MonotonicTime(nanoseconds: 0)) == nil)
    }

    @Test func eachConfirmationCountsAnew() {
        var clock = HeldClock()
        let day = 86_400
        _ = clock.observe(moment(0, wall: "2026-06-01", isSynchronized: true))
        _ = clock.observe(moment(6 * day, wall: "2026-06-07", isSynchronized: true))
        #expect(!observe(&clock, moment(12 * day, wall: "2026-06-13", isSynchronized: false)))
        #expect(
            clock.time(at: MonotonicTime(nanoseconds: Int64(12 * day) * 1_000_000_000))
                == utc("2026-06-13"))
    }

    @Test func tellsConfirmedSteps() {
        var clock = HeldClock()
        _ = clock.observe(moment(0, wall: "2026-06-01T00:00", isSynchronized: true))
        #expect(observe(&clock, moment(10, wall: "2026-06-01T01:00", isSynchronized: true)))
        #expect(observe(&clock, moment(20, wall: "2026-06-01T00:00", isSynchronized: true)))
        #expect(
            clock.moment(of: utc("2026-06-01T00:01"))
                == MonotonicTime(nanoseconds: 80_000_000_000))
    }
}

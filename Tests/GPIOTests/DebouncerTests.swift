import Execution
import Testing

@testable import GPIO

struct DebouncerTests {
    private static let period = Duration.milliseconds(20)

    private static func time(_ milliseconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(milliseconds) * 1_000_000)
    }

    @Test func theFirstLevelCountsAtOnce() {
        var debouncer = Debouncer(period: Self.period)
        #expect(
            debouncer.see(true, at: Self.time(5))
                == Debouncer.Change(isActive: true, time: Self.time(5)))
        #expect(debouncer.nextWakeUp == nil)
    }

    @Test func aLevelCountsOnceItHasStayed() {
        var debouncer = Debouncer(period: Self.period)
        _ = debouncer.see(false, at: Self.time(0))
        #expect(debouncer.see(true, at: Self.time(100)) == nil)
        #expect(debouncer.nextWakeUp == Self.time(120))
        #expect(debouncer.settle(at: Self.time(119)) == nil)
        #expect(
            debouncer.settle(at: Self.time(120))
                == Debouncer.Change(isActive: true, time: Self.time(100)))
        #expect(debouncer.settle(at: Self.time(200)) == nil)
    }

    @Test func aShortPulseIsNothing() {
        var debouncer = Debouncer(period: Self.period)
        _ = debouncer.see(false, at: Self.time(0))
        #expect(debouncer.see(true, at: Self.time(100)) == nil)
        #expect(debouncer.see(false, at: Self.time(110)) == nil)
        #expect(debouncer.nextWakeUp == nil)
        #expect(debouncer.settle(at: Self.time(500)) == nil)
    }

    /// Whatever bounces: what was told changes each time, never before its level has stayed for the
    /// period, and ends as the line ends.
    @Test(arguments: 0..<300 as Range<UInt64>)
    func onlyWhatHasStayedIsTold(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var debouncer = Debouncer(period: Self.period)
        var levels: [(time: Int, isActive: Bool)] = []
        var told: [Debouncer.Change] = []
        var now = 0
        for _ in 0..<200 {
            let isActive = Bool.random(using: &random)
            if let change = debouncer.see(isActive, at: Self.time(now)) { told.append(change) }
            levels.append((now, isActive))
            var rest = Int.random(in: 0..<40, using: &random)
            // Some callers look in between, some come late.
            if Bool.random(using: &random), let due = debouncer.nextWakeUp {
                let wait = Int(Self.time(now).duration(to: due).milliseconds)
                if wait <= rest {
                    if let change = debouncer.settle(at: due) { told.append(change) }
                    now += wait
                    rest -= wait
                }
            }
            now += rest
        }
        now += 1_000
        if let change = debouncer.settle(at: Self.time(now)) { told.append(change) }

        #expect(told.last?.isActive == levels.last?.isActive)
        for (before, after) in zip(told, told.dropFirst()) {
            #expect(before.isActive != after.isActive)
            #expect(before.time <= after.time)
        }
        for change in told.dropFirst() {
            let start = Int(change.time.nanoseconds / 1_000_000)
            let others = levels.filter { $0.time > start && $0.time < start + 20 }
            #expect(others.allSatisfy { $0.isActive == change.isActive })
        }
    }
}

import Execution
import Telemetry
import Testing

@testable import Persistence

struct BootClocksTests {
    private static func header(
        boot: Int64 = 1, drift: Int64 = 0, synchronized: Bool = false
    ) -> BatchRow.Header {
        BatchRow.Header(
            firstTime: .start, lastTime: .start, count: 1, boot: boot,
            isSynchronized: synchronized, drift: drift)
    }

    private static func clock(_ boot: String, _ offset: Int64, _ synchronized: Bool) -> BatchClock {
        BatchClock(
            boot: boot, wallMinusMonotonicMilliseconds: offset, isSynchronized: synchronized)
    }

    @Test func correctsByTheFirstSynchronisedBatchOfTheBoot() {
        var clocks = BootClocks()
        _ = clocks.note(Self.clock("a", 5_000, false), nextReading: 1)
        #expect(clocks.correction(of: Self.header()) == nil)
        _ = clocks.note(Self.clock("a", 1_000_000, true), nextReading: 2)
        _ = clocks.note(Self.clock("a", 1_000_007, true), nextReading: 3)
        #expect(clocks.correction(of: Self.header()) == 995_000)
        #expect(clocks.correction(of: Self.header(drift: 100)) == 994_900)
        #expect(clocks.correction(of: Self.header(drift: 995_000, synchronized: true)) == 0)
        #expect(clocks.correction(of: Self.header(boot: 9)) == nil)
    }

    @Test func keepsBootsApart() {
        var clocks = BootClocks()
        #expect(clocks.note(Self.clock("a", 1, false), nextReading: 1).boot.id == 1)
        #expect(clocks.note(Self.clock("b", 2, true), nextReading: 5).boot.id == 2)
        #expect(clocks.note(Self.clock("a", 1, false), nextReading: 9).boot.id == 1)
        #expect(clocks.boots.map(\.firstReading) == [1, 5])
        #expect(clocks.correction(of: Self.header(boot: 1)) == nil)
        clocks.forget(before: 2)
        #expect(clocks.boots.map(\.name) == ["b"])
    }

    @Test func writesDownOnlyWhatMatters() {
        var clocks = BootClocks()
        #expect(clocks.note(Self.clock("a", 0, true), nextReading: 1).isChanged)
        #expect(!clocks.note(Self.clock("a", 60_000, true), nextReading: 2).isChanged)
        #expect(clocks.note(Self.clock("a", 60_001, true), nextReading: 2).isChanged)
        #expect(!clocks.note(Self.clock("a", 90_000, true), nextReading: 2).isChanged)
        #expect(!clocks.note(Self.clock("a", -99_000_000, false), nextReading: 2).isChanged)
    }
}

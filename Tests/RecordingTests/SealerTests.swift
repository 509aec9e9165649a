import Execution
import Recording
import Testing

/// When a batch is closed.
@Suite struct SealerTests {
    @Test(arguments: 0..<200 as Range<UInt64>)
    func aBatchIsClosedShortlyBeforeAnAlignedMoment(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let interval = Duration.milliseconds(
            [500, 1_000, 10_000, 20_000, 60_000].randomElement(using: &random) ?? 1_000)
        let now = Timestamp(milliseconds: Int64.random(in: -1_000_000...1 << 41, using: &random))
        let pause = Sealer.pause(at: now, interval: interval)
        #expect(pause > .zero && pause <= interval)
        let lead = min(.milliseconds(500), interval / 4)
        let end = (now + pause + lead).milliseconds
        #expect(end % interval.milliseconds == 0)
    }
}

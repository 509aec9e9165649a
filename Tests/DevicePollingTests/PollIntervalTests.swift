import DevicePolling
import Execution
import Testing

@Suite struct PollIntervalTests {
    @Test func quarterHoursFallOnTheQuarter() {
        let interval = PollInterval(.seconds(900))
        // 2026-11-23T19:17:22Z
        let slot = interval.slot(after: Timestamp(milliseconds: 1_795_461_442_000), offset: .zero)
        #expect(slot.description == "2026-11-23T19:30:00.000Z")
    }

    @Test func daysBeginAtLocalMidnight() {
        let interval = PollInterval(.seconds(86_400))
        let slot = interval.slot(
            after: Timestamp(milliseconds: 1_795_461_442_000), offset: .seconds(8 * 3_600))
        #expect(slot.description == "2026-11-24T16:00:00.000Z")
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func theNextSlotIsLaterAlignedAndNoFurtherThanOneInterval(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let length = Duration.milliseconds(Int64.random(in: 1...86_400_000, using: &random))
        let offset = Duration.seconds(Int64.random(in: -12...14, using: &random) * 1_800)
        let now = Timestamp(
            milliseconds: Int64.random(in: -10_000...4_000_000_000_000, using: &random))
        let slot = PollInterval(length).slot(after: now, offset: offset)
        #expect(slot > now)
        #expect(slot - now <= length)
        let local = slot.milliseconds + offset.milliseconds
        #expect(local % length.milliseconds == 0)
    }
}

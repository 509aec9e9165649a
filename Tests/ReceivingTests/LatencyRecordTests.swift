import Execution
import Receiving
import Testing

@Suite struct LatencyRecordTests {
    @Test(arguments: 0..<100 as Range<UInt64>)
    func aQuantileIsAtMostTwiceTheTrueOne(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var record = LatencyRecord()
        var all: [Int64] = []
        for _ in 0..<Int.random(in: 1...300, using: &random) {
            let milliseconds = Int64.random(in: 1...100_000, using: &random)
            all.append(milliseconds)
            record.record(.milliseconds(milliseconds))
        }
        all.sort()
        for share in [0.1, 0.5, 0.95, 1] {
            let rank = max(0, Int((Double(all.count) * share).rounded(.up)) - 1)
            let bound = try #require(record.quantile(share)).milliseconds
            #expect(bound >= all[rank] && bound <= 2 * all[rank])
        }
        #expect(record.minimum == .milliseconds(all[0]))
        #expect(record.maximum == .milliseconds(all[all.count - 1]))
    }

    @Test func aClockBehindCountsAsZero() {
        var record = LatencyRecord()
        #expect(record.quantile(0.5) == nil)
        record.record(.seconds(-5))
        #expect(record.maximum == .zero)
        #expect(record.count == 1)
    }
}

import Execution
import Metering
import Recording
import Telemetry
import Testing

struct OpenReadingsTests {
    /// What goes in comes out or is counted, with its times, and the newest are what stays.
    @Test(arguments: 0..<100 as Range<UInt64>)
    func keepsTheNewestAndCountsTheOthers(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var catalog = PointCatalog()
        let point = catalog.insert(PointDescription(identifier: PointIdentifier("m-1/power")!))
        let capacity = Int.random(in: 1...40, using: &random)
        var batch = OpenReadings(capacity: capacity)
        var all: [Reading] = []
        for _ in 0..<40 {
            let more = (0..<Int.random(in: 1...30, using: &random)).map { _ in
                Reading(
                    point,
                    at: Timestamp(milliseconds: Int64.random(in: 0...1_000, using: &random)),
                    .number(ScaledInteger(Int64.random(in: 0...9, using: &random))))
            }
            batch.add(more)
            all += more
            guard Int.random(in: 0..<3, using: &random) == 0 else { continue }
            let (kept, lost) = batch.take()
            let gone = all.dropLast(capacity)
            #expect(kept == all.suffix(capacity))
            #expect(lost?.records ?? 0 == gone.count)
            #expect(lost?.times.lowerBound == gone.map(\.time).min())
            #expect(lost?.times.upperBound == gone.map(\.time).max())
            #expect(lost?.reason ?? .openBatchFull == .openBatchFull)
            all = []
        }
    }
}

import Execution
import Recording
import Telemetry
import Testing

/// What goes where a disk takes nothing for long.
struct WaitingBatchesTests {
    private static func batch(_ lane: Lane, _ number: Int64) -> SealedBatch {
        let time = Timestamp(milliseconds: number)
        return SealedBatch(
            lane: lane, payload: [],
            clock: BatchClock(
                boot: "", wallMinusMonotonicMilliseconds: 0, isSynchronized: true),
            firstTime: time, lastTime: time, count: 1)
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func theOldestReadingsGoFirstAndAlarmsLast(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var waiting = WaitingBatches()
        var model: [(number: UInt64, batch: SealedBatch)] = []
        let lanes: [Lane] =
            [
                [.reading], [.reading, .event, .alarm], [.event, .alarm], [.alarm],
            ].randomElement(using: &random) ?? []
        for step in Int64(0)..<Int64.random(in: 200...1_200, using: &random) {
            if Int.random(in: 0..<20, using: &random) == 0, let first = waiting.first {
                #expect(first.number == model.first?.number)
                waiting.removeFirst()
                model.removeFirst()
            }
            let isUnderWay = !model.isEmpty && Bool.random(using: &random)
            let first = model.first?.number
            let batch = Self.batch(lanes.randomElement(using: &random) ?? .alarm, step)
            let (number, lost) = waiting.add(batch, isUnderWay: isUnderWay)
            model.append((number, batch))
            for victim in lost {
                let place = model.firstIndex { $0.batch == victim } ?? 0
                let candidates = isUnderWay ? model.dropFirst() : model[...]
                // Nothing that matters less is left, and nothing of its lane is older.
                #expect(candidates.first { $0.batch.lane == victim.lane }?.batch == victim)
                #expect(
                    victim.lane == .reading || !candidates.contains { $0.batch.lane == .reading })
                #expect(victim.lane != .alarm || !candidates.contains { $0.batch.lane != .alarm })
                #expect(victim.lane != .alarm || model.count > WaitingBatches.alarmLimit)
                model.remove(at: place)
            }
            #expect(waiting.count == model.count)
            if isUnderWay { #expect(waiting.first?.number == first) }
            let readings = model.count { $0.batch.lane != .alarm }
            #expect(readings == 0 || model.count <= WaitingBatches.limit + (isUnderWay ? 1 : 0))
            #expect(waiting.count <= WaitingBatches.alarmLimit)
        }
    }

    @Test func whatTellsOfALossIsNotLostForIt() {
        var waiting = WaitingBatches()
        _ = waiting.add(Self.batch(.event, 0), isOwn: true, isUnderWay: false)
        for number in Int64(1)...600 {
            let (_, lost) = waiting.add(Self.batch(.event, number), isUnderWay: false)
            let gone = number - Int64(WaitingBatches.limit)
            #expect(lost == (gone > 0 ? [Self.batch(.event, gone)] : []))
        }
        #expect(waiting.first?.isOwn == true)
    }
}

import Execution
import Modbus
import Testing

/// Which requests fetch a set of ranges.
@Suite struct PollPlanTests {
    private func holding(_ address: UInt16, _ count: UInt16 = 1) -> RegisterRange {
        RegisterRange(.holding, at: address, count: count)
    }

    @Test func rangesThatTouchAreReadAtOnce() {
        let plan = PollPlan(covering: [holding(2, 2), holding(0, 2), holding(4)])
        #expect(plan.reads.map(\.range) == [holding(0, 5)])
    }

    @Test func aGapIsReadOverUpToItsLimit() {
        let wanted = [holding(0), holding(4)]
        #expect(PollPlan(covering: wanted, gapLimit: 3).reads.map(\.range) == [holding(0, 5)])
        #expect(PollPlan(covering: wanted, gapLimit: 2).reads.count == 2)
        let bits = [RegisterRange(.coil, at: 0, count: 1), RegisterRange(.coil, at: 9, count: 1)]
        #expect(PollPlan(covering: bits, gapLimit: 100).reads.count == 2)
        #expect(PollPlan(covering: bits, bitGapLimit: 8).reads.count == 1)
    }

    @Test func tablesAreNeverMerged() {
        let plan = PollPlan(
            covering: RegisterTable.allCases.map { RegisterRange($0, at: 7, count: 1) },
            gapLimit: 100, bitGapLimit: 100)
        #expect(plan.reads.count == 4)
    }

    @Test func aReadIsSplitAtItsLargestGap() throws {
        let plan = PollPlan(
            covering: [holding(0), holding(2), holding(9), holding(11)], gapLimit: 9)
        let whole = try #require(plan.reads.first)
        let halves = try #require(whole.split())
        #expect(halves.map(\.range) == [holding(0, 3), holding(9, 3)])
        #expect(PollPlan(covering: [holding(5)]).reads[0].split() == nil)
    }

    @Test(arguments: 0..<500 as Range<UInt64>)
    func aPlanCoversWhatIsWantedAndNoMoreThanItMay(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let gap = UInt16.random(in: 0...20, using: &random)
        let maximum = UInt16.random(in: 4...125, using: &random)
        let wanted = (0..<Int.random(in: 1...40, using: &random)).map { _ in
            RegisterRange(
                Bool.random(using: &random) ? .holding : .input,
                at: UInt16.random(in: 0...400, using: &random),
                count: UInt16.random(in: 1...4, using: &random))
        }
        let plan = PollPlan(
            covering: wanted, gapLimit: gap, maximumRegisters: maximum)
        #expect(
            plan
                == PollPlan(
                    covering: wanted.reversed(), gapLimit: gap, maximumRegisters: maximum))
        check(plan.reads, cover: wanted, gapLimit: gap, maximum: maximum)

        // Split as far as it goes: still the same ranges, each whole in one request.
        var reads = plan.reads
        var splits = 0
        while let place = reads.firstIndex(where: { $0.split() != nil }) {
            reads.replaceSubrange(place...place, with: reads[place].split() ?? [])
            splits += 1
            #expect(splits <= wanted.count)
        }
        for range in wanted { #expect(reads.contains { $0.range.contains(range) }) }
    }

    private func check(
        _ reads: [PlannedRead], cover wanted: [RegisterRange], gapLimit: UInt16, maximum: UInt16
    ) {
        for range in wanted {
            #expect(reads.contains { $0.range.contains(range) && $0.parts.contains(range) })
        }
        for read in reads {
            #expect(read.range.count <= maximum)
            #expect(Set(read.parts).isSubset(of: Set(wanted)))
            var end = Int(read.range.address)
            for part in read.parts {
                #expect(part.table == read.range.table)
                #expect(Int(part.address) <= end + Int(gapLimit))
                end = max(end, part.end)
            }
            #expect(end == read.range.end)
        }
    }
}

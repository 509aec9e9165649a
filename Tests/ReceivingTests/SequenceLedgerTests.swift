import Execution
import Receiving
import Testing

@Suite struct SequenceLedgerTests {
    @Test func theSameRangeAgainIsADuplicate() {
        var ledger = SequenceLedger()
        #expect(ledger.insert(1...5) == .new)
        #expect(ledger.insert(1...5) == .duplicate)
        #expect(ledger.covered == 5)
    }

    @Test(arguments: [3...3, 1...4, 2...5, 5...6, 0...9, 4...20] as [ClosedRange<Int64>])
    func oneSequenceUnderTwoKeysIsADouble(range: ClosedRange<Int64>) {
        var ledger = SequenceLedger()
        #expect(ledger.insert(1...5) == .new)
        #expect(ledger.insert(range) == .double(with: 1...5))
        #expect(ledger.covered == 5)
    }

    @Test func countsWhatIsMissingUntilItComes() {
        var ledger = SequenceLedger()
        for range in [10...12, 20...20, 15...16] as [ClosedRange<Int64>] {
            #expect(ledger.insert(range) == .new)
        }
        #expect(ledger.missing == 5)
        #expect(ledger.gaps() == [13...14, 17...19])
        #expect(ledger.insert(13...14) == .new)
        #expect(ledger.insert(17...19) == .new)
        #expect(ledger.missing == 0)
        #expect(ledger.gaps().isEmpty)
        #expect(ledger.highest == 20)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func agreesWithASetOfSequences(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var ledger = SequenceLedger()
        var stored: Set<Int64> = []
        var ranges: Set<ClosedRange<Int64>> = []
        for _ in 0..<60 {
            let first = Int64.random(in: 1...80, using: &random)
            let range = first...(first + .random(in: 0...4, using: &random))
            let verdict = ledger.insert(range)
            if ranges.contains(range) {
                #expect(verdict == .duplicate)
            } else if range.contains(where: stored.contains) {
                guard case .double(let other) = verdict else {
                    Issue.record("\(range) was taken as \(verdict)")
                    continue
                }
                #expect(ranges.contains(other) && other.overlaps(range))
            } else {
                #expect(verdict == .new)
                stored.formUnion(range)
                ranges.insert(range)
            }
        }
        let span = (stored.max() ?? 0) - (stored.min() ?? 0) + 1
        #expect(ledger.covered == Int64(stored.count))
        #expect(ledger.missing == span - Int64(stored.count))
        #expect(ledger.gaps().reduce(0) { $0 + $1.count } == Int(ledger.missing))
    }
}

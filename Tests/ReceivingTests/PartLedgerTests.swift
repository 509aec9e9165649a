import Receiving
import Telemetry
import Testing

/// Messages that came in parts, and messages without content.
@Suite struct PartLedgerTests {
    private func part(_ number: Int, _ count: Int) throws -> MessagePart {
        try #require(MessagePart(number, of: count))
    }

    @Test func aMessageIsThereWhenAllItsPartsAre() throws {
        var ledger = SequenceLedger()
        #expect(ledger.insert(1...4) == .new)
        #expect(ledger.insert(5...8, part: try part(1, 2)) == .new)
        #expect(ledger.insert(5...8, part: try part(1, 2)) == .duplicate)
        #expect(ledger.insert(5...8, part: try part(2, 4)) == .duplicate)
        #expect(ledger.missing == 4 && ledger.gaps() == [5...8])
        #expect(ledger.insert(9...9, part: try part(1, 4)) == .new)
        #expect(ledger.insert(9...9, part: try part(2, 4)) == .new)
        #expect(ledger.insert(9...9, part: try part(1, 2)) == .duplicate)
        #expect(ledger.insert(9...9, part: try part(2, 2)) == .new)
        #expect(ledger.insert(5...8, part: try part(3, 4)) == .new)
        #expect(ledger.insert(5...8, part: try part(4, 4)) == .new)
        #expect(ledger.missing == 0 && ledger.gaps().isEmpty)
        #expect(ledger.insert(5...8) == .duplicate)
    }

    @Test func theWholeAfterSomeOfItsPartsIsTaken() throws {
        var ledger = SequenceLedger()
        #expect(ledger.insert(5...8, part: try part(1, 2)) == .new)
        #expect(ledger.insert(5...8) == .new)
        #expect(ledger.insert(5...8, part: try part(2, 2)) == .duplicate)
        #expect(ledger.covered == 4)
    }

    @Test func aPartUnderAnotherRangeIsADouble() throws {
        var ledger = SequenceLedger()
        #expect(ledger.insert(5...8, part: try part(1, 2)) == .new)
        #expect(ledger.insert(6...8) == .double(with: 5...8))
    }

    @Test func whatHeldNothingStandsInNobodysWay() {
        var ledger = SequenceLedger()
        #expect(ledger.insert(1...5, isEmpty: true) == .new)
        #expect(ledger.insert(1...5, isEmpty: true) == .duplicate)
        #expect(ledger.insert(1...7) == .new)
        #expect(ledger.insert(1...6, isEmpty: true) == .duplicate)
        #expect(ledger.covered == 7 && ledger.missing == 0)
        #expect(ledger.insert(7...8) == .double(with: 1...7))
    }
}

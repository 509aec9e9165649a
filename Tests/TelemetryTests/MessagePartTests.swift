import Execution
import Telemetry
import Testing

@Suite struct MessagePartTests {
    @Test func halvesFollowEachOtherToTheEnd() throws {
        var part = try #require(MessagePart(1, of: 4))
        var parts = [part.description]
        while let next = part.next {
            part = next
            parts.append(part.description)
        }
        #expect(parts == ["1of4", "2of4", "2of2"])
    }

    @Test(arguments: [
        "0of2", "3of2", "1of3", "1of1", "1of", "of2", "+1of2", "01of2", "1of2 ", "1-2",
    ])
    func whatIsNoPartIsNotRead(text: String) {
        #expect(MessagePart(text) == nil)
        #expect(IdempotencyKey("s/d/e/reading/3-4.\(text)") == nil)
    }

    @Test func aKeyOfAPartIsReadAsItIsWritten() throws {
        let key = try #require(IdempotencyKey("s/d/e/reading/3-4.3of4"))
        #expect(key.part == MessagePart(3, of: 4) && key.sequences == 3...4)
        #expect(key.description == "s/d/e/reading/3-4.3of4")
        #expect(key.part(nil).description == "s/d/e/reading/3-4")
    }

    /// However a whole is cut, each record is in one part, and a part's halves make it up.
    @Test(arguments: 0..<100 as Range<UInt64>)
    func eachRecordIsInOnePart(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let total = Int.random(in: 2...500, using: &random)
        var part = MessagePart.firstHalf
        var (next, parts) = (0, Set<MessagePart>())
        while let whole = part {
            var cut = whole
            while cut.records(of: total).count > 1, Bool.random(using: &random),
                let half = cut.firstHalf
            {
                cut = half
            }
            #expect(cut.records(of: total).lowerBound == next)
            #expect(!cut.records(of: total).isEmpty)
            #expect(whole.contains(cut) && !MessagePart.isWhole(parts))
            next = cut.records(of: total).upperBound
            parts.insert(cut)
            part = cut.next
        }
        #expect(next == total && MessagePart.isWhole(parts))
    }

    /// A hostile key asks for no more than there is.
    @Test func aPartOfMoreThanCanBeIsNone() {
        #expect(MessagePart(1, of: 1 << 40) == nil)
        #expect(MessagePart("1of9223372036854775808") == nil)
    }
}

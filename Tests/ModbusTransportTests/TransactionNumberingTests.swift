import Execution
import ModbusTransport
import Testing

@Suite struct TransactionNumberingTests {
    /// Asks until a rule is found; each answer bears what the gateway makes of the number.
    private func rule(
        seed: UInt64 = 1, _ answer: (UInt16) -> UInt16
    ) -> TransactionNumbering.Rule {
        var numbering = TransactionNumbering()
        var random = SeededRandom(seed: seed)
        for _ in 0..<10 {
            let number = numbering.next(using: &random)
            let answered = answer(number)
            if numbering.answer(to: number) == answered {
                numbering.confirmed()
            } else if numbering.isRecent(answered) {
                numbering.doubted()
            } else {
                _ = numbering.strange(answered, to: number)
            }
        }
        return numbering.rule
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func findsOutHowAGatewayNumbersItsAnswers(seed: UInt64) {
        #expect(rule(seed: seed) { $0 } == .same)
        #expect(rule(seed: seed) { $0 &+ 1 } == .shifted(by: 1))
        #expect(rule(seed: seed) { $0 &- 1 } == .shifted(by: 0xFFFF))
        #expect(rule(seed: seed) { $0.byteSwapped } == .swapped)
        #expect(rule(seed: seed) { _ in 0 } == .constant(0))
        var count: UInt16 = 100
        let unrelated = rule(seed: seed) { _ in
            count += 1
            return count
        }
        #expect(unrelated == .unrelated)
    }

    @Test func believesNothingWhereNumbersTellNothing() {
        var numbering = TransactionNumbering()
        var random = SeededRandom(seed: 1)
        for _ in 0..<10 {
            let number = numbering.next(using: &random)
            _ = numbering.strange(0, to: number)
        }
        #expect(numbering.answer(to: 7) == nil)
    }

    /// A gateway that was put right, or replaced.
    @Test func aRuleIsGivenUpWhereAnswersAgreeOnAnother() {
        var numbering = TransactionNumbering()
        var random = SeededRandom(seed: 3)
        for shift: UInt16 in [1, 0, 5] {
            for _ in 0..<6 {
                let number = numbering.next(using: &random)
                if numbering.answer(to: number) == number &+ shift {
                    numbering.confirmed()
                } else {
                    _ = numbering.strange(number &+ shift, to: number)
                }
            }
            #expect(numbering.rule == (shift == 0 ? .same : .shifted(by: shift)))
        }
    }

    /// What tells answers apart: no number stands for two requests under way.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func underARuleNoTwoRequestsHaveTheSameAnswer(seed: UInt64) {
        var numbering = TransactionNumbering()
        var random = SeededRandom(seed: seed)
        for _ in 0..<4 {
            let number = numbering.next(using: &random)
            _ = numbering.strange(number &+ 1, to: number)
        }
        var last: [UInt16] = []
        for _ in 0..<500 {
            let number = numbering.next(using: &random)
            let answer = numbering.answer(to: number)
            #expect(last.allSatisfy { $0 != answer && numbering.answer(to: $0) != number })
            last = (last + [number]).suffix(32)
        }
    }
}

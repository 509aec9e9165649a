import Execution
import Metering
import Testing

struct ScaledIntegerTests {
    @Test(
        arguments: [
            ("0", 0, 0), ("-12", -12, 0), ("0.1", 1, -1), ("-0.05", -5, -2),
            ("1234.50", 123_450, -2),
            (".5", 5, -1), ("1e-3", 1, -3), ("2.5E2", 25, 1), ("9223372036854775807", Int64.max, 0),
            ("-9223372036854775808", Int64.min, 0),
        ] as [(String, Int64, Int)])
    func readsDecimalTextDigitByDigit(text: String, mantissa: Int64, exponent: Int) throws {
        let number = try #require(ScaledInteger(text))
        #expect(number.mantissa == mantissa)
        #expect(number.exponent == exponent)
    }

    @Test(arguments: [
        "", "-", "e3", "1e", "1.2.3", "1,5", "1.-5", "0x10", "nan", "inf", " 1", "1 ", "1e999",
        "9223372036854775808", "٣",
    ])
    func refusesWhatIsNoDecimal(text: String) {
        #expect(ScaledInteger(text) == nil)
    }

    @Test(
        arguments: [
            (123_450, -2, "1234.50"), (-5, -2, "-0.05"), (0, -2, "0.00"), (7, 3, "7000"),
            (0, 4, "0"),
            (Int64.min, -19, "-0.9223372036854775808"), (1, 19, "1e19"), (-3, -31, "-3e-31"),
        ] as [(Int64, Int, String)])
    func printsPlainDigits(mantissa: Int64, exponent: Int, text: String) {
        #expect(ScaledInteger(mantissa, exponent: exponent).description == text)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func textReadsBackWithTheSameDigits(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let number = ScaledInteger(
            anyMantissa(&random), exponent: .random(in: -40...40, using: &random))
        let read = try #require(ScaledInteger(number.description))
        #expect(read == number)
        if number.exponent <= 0 {
            #expect(read.mantissa == number.mantissa)
            #expect(read.exponent == number.exponent)
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func shortestFloatReadsBackAsTheSameFloat(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<50 {
            let value = Float(bitPattern: UInt32.random(in: .min ... .max, using: &random))
            guard value.isFinite else {
                #expect(ScaledInteger(shortest: value) == nil)
                continue
            }
            let number = try #require(ScaledInteger(shortest: value))
            #expect(Float(number.description) == value)
            // The standard library prints the shortest digits that read back.
            #expect(number == ScaledInteger(value.description))
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func decimalDigitsOfAMeterComeBackFromItsFloat(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for decimals in 0...6 {
            // Any float tells apart six digits.
            let digits = Int64.random(in: -999_999...999_999, using: &random)
            let written = ScaledInteger(digits, exponent: -decimals)
            let float = try #require(Float(written.description))
            #expect(ScaledInteger(shortest: float) == written)
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func shortestDoubleReadsBackAsTheSameDouble(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<50 {
            let value = Double(bitPattern: UInt64.random(in: .min ... .max, using: &random))
            guard value.isFinite else {
                #expect(ScaledInteger(shortest: value) == nil)
                continue
            }
            let number = try #require(ScaledInteger(shortest: value))
            #expect(Double(number.description) == value)
        }
    }

    @Test func aKnownFloatKeepsTheDigitsOfItsMeter() {
        #expect(ScaledInteger(shortest: Float(221.9))?.description == "221.9")
        #expect(ScaledInteger(shortest: -Float.zero) == ScaledInteger(0))
        #expect(ScaledInteger(shortest: Float.nan) == nil)
        #expect(ScaledInteger(shortest: -Double.infinity) == nil)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func rescalingKeepsTheNumberOrRefuses(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let number = ScaledInteger(
            anyMantissa(&random), exponent: .random(in: -20...20, using: &random))
        let target = Int.random(in: -20...20, using: &random)
        guard let rescaled = number.rescaled(to: target) else { return }
        #expect(rescaled.exponent == target)
        #expect(rescaled == number)
        #expect(rescaled.rescaled(to: number.exponent)?.mantissa == number.mantissa)
    }

    @Test func rescalingNeverLosesDigits() {
        #expect(ScaledInteger(125, exponent: -2).rescaled(to: -1) == nil)
        #expect(ScaledInteger(.max).rescaled(to: -1) == nil)
        #expect(ScaledInteger(1_250, exponent: -3).rescaled(to: -2)?.mantissa == 125)
        #expect(ScaledInteger(0, exponent: 5).rescaled(to: -90)?.mantissa == 0)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func sumsAndProductsAreExact(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let left = Int64.random(in: -1_000_000_000...1_000_000_000, using: &random)
        let right = Int64.random(in: -1_000_000_000...1_000_000_000, using: &random)
        let first = ScaledInteger(left, exponent: -3)
        let second = ScaledInteger(right, exponent: -1)
        #expect(first.multiplied(by: second) == ScaledInteger(left * right, exponent: -4))
        #expect(first.adding(second) == ScaledInteger(left + right * 100, exponent: -3))
        #expect(second.adding(first) == first.adding(second))
    }

    @Test func whatLeaves64BitsIsNoResult() {
        #expect(ScaledInteger(.max).adding(ScaledInteger(1)) == nil)
        #expect(ScaledInteger(.max).multiplied(by: ScaledInteger(2)) == nil)
        #expect(ScaledInteger(.max, exponent: 3).adding(ScaledInteger(1, exponent: -3)) == nil)
    }

    @Test func equalsByValue() {
        #expect(ScaledInteger(150, exponent: -2) == ScaledInteger(15, exponent: -1))
        #expect(
            Set([ScaledInteger(150, exponent: -2), ScaledInteger(15, exponent: -1)]).count == 1)
        #expect(ScaledInteger(0, exponent: -2) == ScaledInteger(0, exponent: 7))
        #expect(ScaledInteger(-1, exponent: 2) < ScaledInteger(1, exponent: -2))
    }

    private func anyMantissa(_ random: inout SeededRandom) -> Int64 {
        let bits = Int64.random(in: .min ... .max, using: &random)
        return bits >> Int64.random(in: 0...63, using: &random)
    }
}

import Testing

@testable import linli

@Suite struct AmountTests {
    @Test(arguments: [
        (0, "0 s"), (0.25, "0.3 s"), (59.9, "59 s"), (60, "1 min"), (3_661, "1 h 1 min"),
        (86_400, "1 d"), (93_784, "1 d 2 h"), (.infinity, "-"),
    ])
    func durationsHaveTwoUnits(seconds: Double, text: String) {
        #expect(Amount.duration(seconds) == text)
    }

    @Test(arguments: [
        (0, "0 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"), (1_048_575, "1.0 MiB"),
        (734_003_200, "700 MiB"), (Int64.max, "8388608 TiB"),
    ])
    func bytesHaveABinaryPrefix(count: Int64, text: String) {
        #expect(Amount.bytes(count) == text)
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1_000, "1 000"), (-1_234_567, "-1 234 567"),
        (Int.min, "-9 223 372 036 854 775 808"),
    ])
    func countsAreInGroupsOfThree(number: Int, text: String) {
        #expect(Amount.count(number) == text)
    }

    @Test(arguments: [
        (1.005, 1, "1.0"), (-0.04, 1, "0.0"), (-2.25, 1, "-2.3"), (0.5, 0, "1"), (12, 3, "12.000"),
        (1e30, 2, "1e+30"),
    ])
    func numbersHaveTheirDecimals(value: Double, decimals: Int, text: String) {
        #expect(Amount.fixed(value, decimals) == text)
    }
}

import Documents
import Execution
import Testing

@Suite struct QuantityTests {
    @Test(
        arguments: [
            ("250ms", 250), ("10s", 10_000), ("15m", 900_000), ("1h", 3_600_000),
            ("90d", 7_776_000_000), ("0s", 0), ("1000ms", 1_000),
        ] as [(String, Int64)])
    func readsDurations(_ text: String, _ milliseconds: Int64) {
        #expect(duration(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", "s", "10", "-5s", "+5s", "1.5s", "5 s", "5S", "5min", "1h30m", "٣s", "99999999999d",
        "9223372036854775807ms", "18446744073709551616s",
    ])
    func refusesOtherText(_ text: String) {
        #expect(duration(text) == nil)
    }

    @Test(arguments: 0..<200)
    func durationsReadBackAsTheyAreWritten(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let units: [Int64] = [1, 1_000, 60_000, 3_600_000, 86_400_000]
        let unit = units.randomElement(using: &random) ?? 1
        let value = Duration.milliseconds(Int64.random(in: 0...5_000, using: &random) * unit)
        #expect(duration(value.documentText) == value)
    }

    @Test(arguments: [
        ("1B", 1), ("512KiB", 524_288), ("64MiB", 67_108_864), ("2GiB", 2_147_483_648),
        ("1TiB", 1_099_511_627_776), ("3kB", 3_000), ("2GB", 2_000_000_000),
    ])
    func readsSizes(_ text: String, _ bytes: Int) {
        #expect(size(text) == bytes)
    }

    @Test(arguments: ["", "GiB", "2", "2 GiB", "2gib", "-1B", "1.5GiB", "99999999999TiB"])
    func refusesOtherSizes(_ text: String) {
        #expect(size(text) == nil)
    }

    private func duration(_ text: String) -> Duration? {
        // Refusing the text is one of the two answers asked for.
        try? DocumentReader.read(text: "\"\(text)\"", file: "t") {
            $0.duration(in: .zero ... .seconds(1_000_000_000))
        }
    }

    private func size(_ text: String) -> Int? {
        // Refusing the text is one of the two answers asked for.
        try? DocumentReader.read(text: "\"\(text)\"", file: "t") { $0.byteCount(in: 0...(1 << 62)) }
    }
}

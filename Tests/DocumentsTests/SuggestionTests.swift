import Documents
import Testing

@Suite struct SuggestionTests {
    @Test(arguments: [
        ("unti", "unit"), ("Unit", "unit"), ("baudrate", "baudRate"), ("profil", "profile"),
        ("serail", "serial"), ("energy.active.import", "energy.active.import.total"),
    ])
    func namesTheNearestWord(_ word: String, _ nearest: String) {
        let known = [
            "unit", "baudRate", "profile", "serial", "bus", "energy.active.import.total",
            "energy.active.export.total",
        ]
        #expect(suggestion(for: word, among: known) == "; did you mean \"\(nearest)\"?")
    }

    @Test func namesAllWhereNoneIsNear() {
        #expect(suggestion(for: "horse", among: ["b", "a"]) == "; known are a, b")
    }

    @Test func saysNothingWhereThereAreTooMany() {
        #expect(suggestion(for: "horse", among: (10..<40).map { "x\($0)" }) == "")
        #expect(suggestion(for: "horse", among: []) == "")
    }

    @Test func isNotSlowedDownByALongWord() {
        let word = String(repeating: "ab", count: 50_000)
        #expect(suggestion(for: word, among: ["abab"]) == "; known are abab")
    }
}

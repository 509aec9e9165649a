import MaintenanceAPI
import Testing

@Suite struct NearestNamesTests {
    private let names = [
        "b1-u101-elec/voltage.l1", "b1-u101-elec/voltage.l2", "b1-u101-elec/power.active.total",
        "gas-room/gas.lel",
    ]

    @Test(arguments: [
        ("b1-u101-elec/voltage.l3", ["b1-u101-elec/voltage.l1", "b1-u101-elec/voltage.l2"]),
        ("B1-U101-ELEC/VOLTAGE.L1", ["b1-u101-elec/voltage.l1", "b1-u101-elec/voltage.l2"]),
        ("gas-rom/gas.lel", ["gas-room/gas.lel"]),
        ("power", ["b1-u101-elec/power.active.total"]),
        ("lel", ["gas-room/gas.lel"]),
        ("zz", []), ("", []), ("🙈🙈🙈", []),
    ])
    func findsTheNearestFirst(word: String, expected: [String]) {
        #expect(nearestNames(to: word, among: names) == expected)
    }

    @Test func givesNoMoreThanWereAskedFor() {
        #expect(nearestNames(to: "b1-u101-elec/voltage.l3", among: names, count: 1).count == 1)
    }

    @Test func takesAnEndlessWordInItsStride() {
        #expect(nearestNames(to: String(repeating: "x", count: 60_000), among: names).isEmpty)
    }
}

import Testing

@testable import SiteConfiguration

@Suite struct ChargingFaultTests {
    private let fixture: ChargingFixture

    init() throws {
        fixture = try ChargingFixture()
    }

    @Test func theDocumentThatIsChangedIsValid() {
        #expect(fixture.faults(ChargingFixture.valid) == [])
    }

    @Test(arguments: SiteFaultCase.charging)
    func reportsTheFault(_ change: SiteFaultCase) {
        #expect(ChargingFixture.valid.contains(change.old))
        let text = ChargingFixture.valid.replacing(change.old, with: change.new, maxReplacements: 1)
        #expect(fixture.faults(text) == change.faults)
    }

    @Test func allFaultsComeAtOnce() {
        let text = ChargingFixture.valid
            .replacing("limit: 63", with: "limit: 0").replacing("turn: 10m", with: "turn: 1s")
            .replacing("- keba-1", with: "- keba-9").replacing("[l2]", with: "[l4]")
            .replacing("limit: 200", with: "limit: many").replacing("limit: 16", with: "limit: 5")
        #expect(
            fixture.faults(text).map { $0.split(separator: ":")[1] } == [
                "3", "6", "8", "10", "13", "17",
            ])
    }

    @Test func aChargerWithFaultsOfItsOwnIsNotReportedAgain() {
        #expect(fixture.faults("charging:\n  a: {limit: 16, chargers: [broken]}") == [])
    }

    @Test func boundsWhatThereIs() {
        let groups = (0...64).map { "  g\($0): {limit: 16, chargers: [broken]}" }
        #expect(
            fixture.faults("charging:\n" + groups.joined(separator: "\n")) == [
                "site.yaml:2:3: charging: holds 65; at most 64 are supported"
            ])
        let chargers = Array(repeating: "broken", count: 65).joined(separator: ", ")
        #expect(
            fixture.faults("charging:\n  a: {limit: 16, chargers: [\(chargers)]}") == [
                "site.yaml:2:28: charging.a.chargers: holds 65; at most 64 are supported"
            ])
    }
}

extension SiteFaultCase {
    private static let garage = "charging.garage"
    private static let yard = "charging.yard"

    static let charging: [SiteFaultCase] = groups + chargers + feeders

    private static let groups = [
        SiteFaultCase("    limit: 63\n", "", ["site.yaml:3:5: \(garage): \"limit\" is missing"]),
        SiteFaultCase(
            "limit: 63", "limit: 63A",
            [
                "site.yaml:3:12: \(garage).limit: expected a whole number, found \"63A\"; write the number alone: 63"
            ]),
        SiteFaultCase(
            "limit: 63", "limit: 7",
            [
                "site.yaml:3:12: \(garage).limit: is less than the 8 A that a single charger is told at least"
            ]),
        SiteFaultCase(
            "minimum: 8", "minimum: 5",
            ["site.yaml:5:14: \(garage).minimum: must lie in 6...32, found 5"]),
        SiteFaultCase(
            "turn: 10m", "turn: 30s",
            ["site.yaml:6:11: \(garage).turn: must lie in 1m...1d, found 30s"]),
        SiteFaultCase(
            "turn: 10m", "turns: 10m",
            ["site.yaml:6:5: \(garage).turns: unknown key; did you mean \"turn\"?"]),
        SiteFaultCase(
            "  yard:", "  Yard:",
            [
                "site.yaml:16:3: charging.Yard: the name must be 1 to 64 lower-case letters, digits, \"-\", \"_\" or \".\", the first a letter or digit"
            ]),
        SiteFaultCase(
            "  yard:", "  substation:",
            ["site.yaml:16:3: charging.substation: substation is a device too; rename the group"]),
        SiteFaultCase(
            "[wall-1, {charger: etek-1, maximum: 20, phases: [l3, l1, l2]}]", "[]",
            ["site.yaml:18:15: \(yard).chargers: is empty; name a device of kind charger"]),
    ]

    private static let chargers = [
        SiteFaultCase(
            "- keba-1", "- keba-2",
            [
                "site.yaml:8:9: \(garage).chargers[0]: unknown device \"keba-2\"; known are abb-1, alfen-1, broken, etek-1, keba-1, lazy-1, p30-1, phoenix-1, slow-meter, substation, wall-1"
            ]
        ),
        SiteFaultCase(
            "- keba-1", "- substation",
            [
                "site.yaml:8:9: \(garage).chargers[0]: substation is of kind electricity-meter, not charger"
            ]),
        SiteFaultCase(
            "- keba-1", "- lazy-1",
            [
                "site.yaml:8:9: \(garage).chargers[0]: is read every 2m; a charger of a group must be read at least every 1m"
            ]),
        SiteFaultCase(
            "[wall-1,", "[keba-1,",
            [
                "site.yaml:18:16: \(yard).chargers[0]: keba-1 is already in a group at \(garage).chargers[0], line 8"
            ]),
        SiteFaultCase(
            "[wall-1,", "[alfen-1,",
            [
                "site.yaml:18:16: \(yard).chargers[0]: the profile alfen-eve does not say how much it can draw; give \"maximum\", the rating of its fuse"
            ]),
        SiteFaultCase(
            "wall-1,", "{charger: wall-1, maximum: 20},",
            [
                "site.yaml:18:43: \(yard).chargers[0].maximum: is more than the 16 A of Energy Control"
            ]),
        SiteFaultCase(
            "maximum: 16,", "maximum: 7,",
            [
                "site.yaml:9:35: \(garage).chargers[1].maximum: can draw at most 7 A, less than the group's minimum, 8 A"
            ]),
        SiteFaultCase(
            "fallback: 8", "fallback: 20",
            ["site.yaml:9:49: \(garage).chargers[1].fallback: is more than the 16 A it can draw"]),
        SiteFaultCase(
            "wall-1,", "{charger: wall-1, fallback: 8},",
            [
                "site.yaml:18:44: \(yard).chargers[0].fallback: is set by the gateway at config.failsafe.current; leave it out"
            ]),
        SiteFaultCase(
            "{charger: abb-1, ", "{",
            ["site.yaml:9:9: \(garage).chargers[1]: \"charger\" is missing"]),
        SiteFaultCase(
            "phases: [l2],", "phases: [],",
            [
                "site.yaml:10:38: \(garage).chargers[2].phases: names the phase of each conductor of the charger: [l2], or [l2, l3, l1]"
            ]),
        SiteFaultCase(
            "[l3, l1, l2]", "[l3, l1, l3]",
            ["site.yaml:18:72: \(yard).chargers[1].phases[2]: is listed twice"]),
        SiteFaultCase(
            "currents: [substation/current.l2]", "currents: [substation/curent.l2]",
            [
                "site.yaml:10:55: \(garage).chargers[2].currents[0]: eastron-sdm630 has no point \"curent.l2\"; did you mean \"current.l2\"?"
            ]),
        SiteFaultCase(
            "phases: [l2], ", "",
            [
                "site.yaml:10:40: \(garage).chargers[2].currents: holds 1; the charger has 3 conductors"
            ]),
    ]

    private static let feeders = [
        SiteFaultCase(
            ", currents: [substation/current.l2]", "",
            [
                "site.yaml:10:19: \(garage).chargers[2].charger: does not tell what it draws, which the feeder measures too; name the \"currents\" of a meter before it"
            ]),
        SiteFaultCase(
            "substation/current.l1, ", "",
            [
                "site.yaml:12:17: \(garage).feeder.currents: holds 2; name the current of each phase, from l1 on: 1 or 3"
            ]),
        SiteFaultCase(
            "[substation/current.l1, substation/current.l2, substation/current.l3]",
            "[substation/current.l1]",
            [
                "site.yaml:8:9: \(garage).chargers[0]: is not on l1 alone, which is all the feeder measures; say phases: [l1]",
                "site.yaml:9:19: \(garage).chargers[1].charger: is not on l1 alone, which is all the feeder measures; say phases: [l1]",
                "site.yaml:10:19: \(garage).chargers[2].charger: is not on l1 alone, which is all the feeder measures; say phases: [l1]",
            ]),
        SiteFaultCase(
            "[substation/current.l1, substation/current.l2, substation/current.l3]", "[]",
            [
                "site.yaml:12:17: \(garage).feeder.currents: is empty; name the current of each phase, from l1 on"
            ]),
        SiteFaultCase(
            "[substation/current.l1,", "[slow-meter/current.l1,",
            [
                "site.yaml:12:18: \(garage).feeder.currents[0]: is read every 1m; others switch on at any time, so read it at least every 15s"
            ]),
        SiteFaultCase(
            "withoutReadings: 24", "withoutReadings: 201",
            [
                "site.yaml:15:24: \(garage).feeder.withoutReadings: is more than the feeder's limit, 200 A"
            ]),
        SiteFaultCase(
            "measures: everything", "measures: all",
            [
                "site.yaml:14:17: \(garage).feeder.measures: unknown word \"all\"; known are everything, others"
            ]),
        SiteFaultCase(
            "      limit: 200\n", "",
            ["site.yaml:12:7: \(garage).feeder: \"limit\" is missing"]),
    ]
}

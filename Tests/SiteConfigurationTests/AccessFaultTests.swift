import DeviceProfiles
import Documents
import GPIO
import SiteConfiguration
import Testing

/// Lockers, doors and what else switches, in one document: each fault comes with line and path.
@Suite struct AccessFaultTests {
    private let fixture: SiteFixture

    init() throws {
        fixture = try SiteFixture()
    }

    private static let board = BoardDocument(
        name: "Test board", serial: [:],
        lines: Dictionary(
            uniqueKeysWithValues: ["LOCK1", "LOCK2", "DOOR1", "DOOR2", "BUTTON1", "SMOKE1"]
                .enumerated().map { ($1, LineSettings(chip: "gpiochip0", offset: $0)) }))

    private static let valid = """
        version: 1
        site: {id: a, name: A, timeZone: UTC, location: {latitude: 36, longitude: 117}}
        buses: {b: {tcp: "10.0.0.1:502"}}
        devices:
          relays: {profile: wb-mr6c, bus: b, unit: 1}
        lockers:
          east:
            supply: {strikesAtOnce: 2, waiting: 4}
            pulse: 500ms
            codes: {digits: 6, valid: 72h, misses: 5, lockout: 10m}
            compartments:
              A01: {strike: LOCK1, contact: DOOR1, size: small}
              A02: {strike: relays/relay.1, contact: relays/input.1, size: large}
        doors:
          entrance: {strike: LOCK2, contact: DOOR2, exit: BUTTON1, releaseFor: 5s}
        calendars:
          holidays: {dates: ["2026-10-01..2026-10-07"]}
        lighting:
          stairs: {circuit: relays/relay.2, control: [{from: sunset, to: "23:30", calendar: holidays}]}
        alarms:
          fire: {when: {line: SMOKE1}, then: [{release: entrance}, {on: stairs}]}
        """

    @Test func theDocumentThatIsChangedIsValid() {
        #expect(fixture.faults(Self.valid, board: Self.board) == [])
    }

    @Test(arguments: SiteFaultCase.access)
    func reportsTheFault(_ change: SiteFaultCase) {
        #expect(Self.valid.contains(change.old))
        let text = Self.valid.replacing(change.old, with: change.new, maxReplacements: 1)
        #expect(fixture.faults(text, board: Self.board) == change.faults)
    }

    @Test func aNameOfALineNeedsABoard() {
        let faults = fixture.faults(Self.valid, board: nil)
        #expect(faults.count == 6)
        #expect(faults.allSatisfy { $0.contains("none is given; start with --board") })
        #expect(
            faults.first?.hasPrefix("site.yaml:12:21: lockers.east.compartments.A01.strike:")
                == true)
    }
}

extension SiteFaultCase {
    private static let first = "lockers.east.compartments.A01"
    private static let second = "lockers.east.compartments.A02"

    static let access = strikes + lines + rules

    private static let strikes = [
        SiteFaultCase(
            "pulse: 500ms", "pulse: 3001ms",
            ["site.yaml:9:12: lockers.east.pulse: must lie in 50ms...3s, found 3001ms"]),
        SiteFaultCase(
            "pulse: 500ms", "pulse: 49ms",
            ["site.yaml:9:12: lockers.east.pulse: must lie in 50ms...3s, found 49ms"]),
        SiteFaultCase(
            "releaseFor: 5s", "releaseFor: 61s",
            ["site.yaml:15:72: doors.entrance.releaseFor: must lie in 1s...1m, found 61s"]),
        SiteFaultCase(
            "strikesAtOnce: 2", "strikesAtOnce: 0",
            ["site.yaml:8:29: lockers.east.supply.strikesAtOnce: must lie in 1...64, found 0"]),
        SiteFaultCase(
            "digits: 6", "digits: 3",
            ["site.yaml:10:21: lockers.east.codes.digits: must lie in 4...10, found 3"]),
        SiteFaultCase(
            "size: small", "size: tiny",
            [
                "site.yaml:12:50: \(first).size: unknown word \"tiny\"; known are large, medium, small"
            ]),
    ]

    private static let lines = [
        SiteFaultCase(
            "strike: LOCK1", "strike: LOCK3",
            [
                "site.yaml:12:21: \(first).strike: the board Test board has no line \"LOCK3\"; known are BUTTON1, DOOR1, DOOR2, LOCK1, LOCK2, SMOKE1"
            ]),
        SiteFaultCase(
            "contact: DOOR2", "contact: DOR2",
            [
                "site.yaml:15:38: doors.entrance.contact: the board Test board has no line \"DOR2\"; did you mean \"DOOR2\"?"
            ]),
        SiteFaultCase(
            "strike: relays/relay.1", "strike: LOCK1",
            ["site.yaml:13:21: \(second).strike: LOCK1 is already used at \(first).strike, line 12"]
        ),
        SiteFaultCase(
            "strike: LOCK2", "strike: \"gpiochip0:0\"",
            [
                "site.yaml:15:22: doors.entrance.strike: gpiochip0:0 is already used at \(first).strike, line 12"
            ]),
        SiteFaultCase(
            "exit: BUTTON1", "exit: DOOR2",
            [
                "site.yaml:15:51: doors.entrance.exit: DOOR2 is already used at doors.entrance.contact, line 15"
            ]),
        SiteFaultCase(
            "strike: relays/relay.1", "strike: relays/input.2",
            [
                "site.yaml:13:21: \(second).strike: relays/input.2 cannot be switched; it is only read"
            ]),
        SiteFaultCase(
            "circuit: relays/relay.2", "circuit: relays/relay.1",
            [
                "site.yaml:19:21: lighting.stairs.circuit: relays/relay.1 is already used at \(second).strike, line 13"
            ]),
    ]

    private static let rules = [
        // A contact belongs to its door: no rule looks past the door at it, nor switches a strike.
        SiteFaultCase(
            "line: SMOKE1", "line: DOOR1",
            [
                "site.yaml:21:23: alarms.fire.when.line: DOOR1 is already used at \(first).contact, line 12"
            ]),
        SiteFaultCase(
            "{on: stairs}", "{on: LOCK2}",
            [
                "site.yaml:21:65: alarms.fire.then[1].on: LOCK2 is already used at doors.entrance.strike, line 15"
            ]),
        SiteFaultCase(
            "{release: entrance}", "{release: entrence}",
            [
                "site.yaml:21:49: alarms.fire.then[0].release: unknown door \"entrence\"; did you mean \"entrance\"?"
            ]),
        SiteFaultCase(
            "line: SMOKE1", "point: relays/relay.2.actual, equals: 1",
            [
                "site.yaml:21:3: alarms.fire: acts on itself in a loop: fire → relays/relay.2 → fire"
            ]),
        SiteFaultCase(
            "\"23:30\"", "\"24:30\"",
            [
                "site.yaml:19:66: lighting.stairs.control[0].to: \"24:30\" is not a time of day; write 00:00 to 24:00"
            ]),
        SiteFaultCase(
            "2026-10-07", "2026-10-32",
            [
                "site.yaml:17:22: calendars.holidays.dates[0]: the calendar has no such day: \"2026-10-01..2026-10-32\""
            ]),
        SiteFaultCase(
            ", location: {latitude: 36, longitude: 117}", "",
            [
                "site.yaml:19:54: lighting.stairs.control[0].from: sunset is not known without the place; give site.location"
            ]),
    ]
}

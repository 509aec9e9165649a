import Testing

@testable import SiteConfiguration

@Suite struct LightingFaultTests {
    private let fixture: LightingFixture

    init() throws {
        fixture = try LightingFixture()
    }

    @Test func theDocumentThatIsChangedIsValid() {
        #expect(fixture.faults(LightingFixture.valid) == [])
    }

    @Test(arguments: SiteFaultCase.lighting)
    func reportsTheFault(_ change: SiteFaultCase) {
        #expect(LightingFixture.valid.contains(change.old))
        let text = LightingFixture.valid.replacing(change.old, with: change.new, maxReplacements: 1)
        #expect(fixture.faults(text) == change.faults)
    }

    @Test func theSunNeedsAPlace() {
        #expect(
            fixture.faults(LightingFixture.valid, hasLocation: false) == [
                "site.yaml:13:16: lighting.stairs-1.control[0].from: sunset is not known without the place; give site.location",
                "site.yaml:13:32: lighting.stairs-1.control[0].to: sunrise is not known without the place; give site.location",
                "site.yaml:19:16: lighting.garden.control[0].from: dusk is not known without the place; give site.location",
                "site.yaml:20:27: lighting.garden.control[1].to: sunrise is not known without the place; give site.location",
            ])
    }

    @Test func allFaultsComeAtOnce() {
        let text = LightingFixture.valid
            .replacing("02-29]", with: "02-30]").replacing("relay.1", with: "relay.9")
            .replacing("\"23:30\"", with: "\"25:00\"").replacing("level: 30", with: "level: 130")
            .replacing("RELAY2", with: "RELAY9")
        #expect(
            fixture.faults(text).map { $0.split(separator: ":")[1] } == [
                "2", "5", "13", "16", "19",
            ])
    }

    @Test func aBrokenCalendarIsNotReportedAgainWhereItIsNamed() {
        let text = LightingFixture.valid.replacing("02-29]", with: "02-30]")
        #expect(fixture.faults(text).count == 1)
    }

    @Test func boundsWhatThereIs() {
        let circuits = (0...256).map { "  c\($0): {circuit: \"gpiochip7:\($0)\", control: []}" }
        #expect(
            fixture.faults("lighting:\n" + circuits.joined(separator: "\n")) == [
                "site.yaml:2:3: lighting: holds 257; at most 256 are supported"
            ])
        let entries = Array(repeating: "{presence: PIR1}", count: 33).joined(separator: ", ")
        #expect(
            fixture.faults("lighting:\n  a: {circuit: RELAY1, control: [\(entries)]}") == [
                "site.yaml:2:33: lighting.a.control: holds 33; at most 32 are supported"
            ])
    }
}

extension SiteFaultCase {
    private static let stairs = "lighting.stairs-1"
    private static let garden = "lighting.garden"

    static let lighting: [SiteFaultCase] = times + entries + circuits + calendars

    private static let times = [
        SiteFaultCase(
            "\"23:30\"", "\"25:00\"",
            [
                "site.yaml:19:26: \(garden).control[0].to: \"25:00\" is not a time of day; write 00:00 to 24:00"
            ]),
        SiteFaultCase(
            "05:30", "24:00",
            [
                "site.yaml:20:16: \(garden).control[1].from: \"24:00\" is not a time of day; write 00:00 to 23:59"
            ]),
        SiteFaultCase(
            "05:30", "05:60",
            [
                "site.yaml:20:16: \(garden).control[1].from: \"05:60\" is not a time of day; write 00:00 to 23:59"
            ]),
        SiteFaultCase(
            "24:00", "24:01",
            [
                "site.yaml:21:28: \(garden).control[2].to: \"24:01\" is not a time of day; write 00:00 to 24:00"
            ]),
        SiteFaultCase(
            "dusk,", "midnight,",
            [
                "site.yaml:19:16: \(garden).control[0].from: \"midnight\" is not a time of day; known are dawn, dusk, sunrise, sunset"
            ]),
        SiteFaultCase(
            "sunset-10m", "sunst-10m",
            [
                "site.yaml:13:16: \(stairs).control[0].from: \"sunst-10m\" is not a time of day; did you mean \"sunset\"?"
            ]),
        SiteFaultCase(
            "sunset-10m", "sunset-7h",
            [
                "site.yaml:13:16: \(stairs).control[0].from: expected a time such as sunset, sunset-10m or sunset+1h, at most 6h off, found \"sunset-7h\""
            ]),
        SiteFaultCase(
            "sunset-10m", "sunset10m",
            [
                "site.yaml:13:16: \(stairs).control[0].from: expected a time such as sunset, sunset-10m or sunset+1h, at most 6h off, found \"sunset10m\""
            ]),
        SiteFaultCase(
            "from: \"0:00\", to: 24:00", "from: 08:00, to: 8:00",
            [
                "site.yaml:21:27: \(garden).control[2].to: is when the window begins; leave from and to out for the whole day"
            ]),
        SiteFaultCase(
            "to: sunrise+10m", "to: sunset-20m",
            [
                "site.yaml:13:32: \(stairs).control[0].to: is not after the beginning, so the window is empty"
            ]),
        SiteFaultCase(
            "to: sunrise,", "",
            [
                "site.yaml:20:16: \(garden).control[1].from: needs \"to\", the time at which the window ends"
            ]),
        SiteFaultCase(
            "from: dusk, ", "",
            [
                "site.yaml:19:14: \(garden).control[0].to: needs \"from\", the time at which the window begins"
            ]),
        SiteFaultCase(
            "from: dusk, ", "from: , ",
            [
                "site.yaml:19:10: \(garden).control[0].from: has no value; leave the key out or give one",
                "site.yaml:19:22: \(garden).control[0].to: needs \"from\", the time at which the window begins",
            ]),
    ]

    private static let entries = [
        SiteFaultCase(
            "[mon, tue]", "[mon, tuesday]",
            [
                "site.yaml:13:57: \(stairs).control[0].days[1]: unknown word \"tuesday\"; known are fri, mon, sat, sun, thu, tue, wed"
            ]),
        SiteFaultCase(
            "[mon, tue]", "[mon, mon]",
            ["site.yaml:13:57: \(stairs).control[0].days[1]: is listed twice"]),
        SiteFaultCase(
            "[mon, tue]", "[]",
            ["site.yaml:13:51: \(stairs).control[0].days: is empty; leave it out for all days"]),
        SiteFaultCase(
            "notCalendar: holidays", "notCalendar: holiday",
            [
                "site.yaml:13:76: \(stairs).control[0].notCalendar: unknown calendar \"holiday\"; did you mean \"holidays\"?"
            ]),
        SiteFaultCase(
            "level: 30", "level: 101",
            ["site.yaml:13:93: \(stairs).control[0].level: must lie in 0...100, found 101"]),
        SiteFaultCase(
            "level: 30", "level: -1",
            ["site.yaml:13:93: \(stairs).control[0].level: must lie in 0...100, found -1"]),
        SiteFaultCase(
            "level: 30", "level: 0",
            ["site.yaml:13:93: \(stairs).control[0].level: lights nothing; leave the entry out"]),
        SiteFaultCase(
            "presence: PIR1}", "presence: PIR1, level: 50}",
            ["site.yaml:21:51: \(garden).control[2].level: is of use with a \"dimmer\" alone"]),
        SiteFaultCase(
            "presence: PIR1}", "hold: 5s}",
            ["site.yaml:21:35: \(garden).control[2].hold: is of use with \"presence\" alone"]),
        SiteFaultCase(
            "{from: \"0:00\", to: 24:00, presence: PIR1}", "{}",
            [
                "site.yaml:21:9: \(garden).control[2]: has no condition, so the circuit would always be lit; write from and to"
            ]),
        SiteFaultCase(
            "PIR2", "PIR3",
            [
                "site.yaml:14:27: \(stairs).control[1].presence[1]: the board Test board has no line \"PIR3\"; known are DUSK, PIR1, PIR2, RELAY1, RELAY2"
            ]),
        SiteFaultCase(
            "[PIR1, PIR2]", "[]",
            ["site.yaml:14:20: \(stairs).control[1].presence: is empty; name a line"]),
        SiteFaultCase(
            "hold: 3m", "hold: 13h",
            ["site.yaml:14:40: \(stairs).control[1].hold: must lie in 1s...12h, found 13h"]),
        SiteFaultCase(
            "above: 60", "above: 30",
            [
                "site.yaml:19:89: \(garden).control[0].photocell.above: must be more than below, 30, found 30"
            ]),
        SiteFaultCase(
            ", above: 60", "",
            ["site.yaml:19:46: \(garden).control[0].photocell: \"above\" is missing"]),
        SiteFaultCase(
            "line: DUSK", "line: DUSK, point: sky/illuminance",
            [
                "site.yaml:20:67: \(garden).control[1].photocell: has either a \"line\" or a \"point\""
            ]),
        SiteFaultCase(
            "line: DUSK", "line: DUSK, below: 3",
            [
                "site.yaml:20:80: \(garden).control[1].photocell.below: is of use with a \"point\" alone"
            ]),
        SiteFaultCase(
            "sky/illuminance", "sky/iluminance",
            [
                "site.yaml:19:54: \(garden).control[0].photocell.point: wb-msw-v4 has no point \"iluminance\"; did you mean \"illuminance\"?"
            ]),
        SiteFaultCase(
            "sky/illuminance", "skies/illuminance",
            [
                "site.yaml:19:54: \(garden).control[0].photocell.point: unknown device \"skies\"; known are b1-stairs, dimmer-1, quiet, sky, stair-relays"
            ]),
        SiteFaultCase(
            "sky/illuminance", "illuminance",
            [
                "site.yaml:19:54: \(garden).control[0].photocell.point: a point is written device/point, found \"illuminance\""
            ]),
        SiteFaultCase(
            "sky/illuminance", "sky/info.firmware",
            [
                "site.yaml:19:54: \(garden).control[0].photocell.point: info.firmware is not read from sky; add it to \"read\" there"
            ]),
    ]

    private static let circuits = [
        SiteFaultCase(
            "circuit: RELAY2", "circuit: stair-relays/relay.1",
            [
                "site.yaml:16:14: \(garden).circuit: stair-relays/relay.1 is already used at \(stairs).circuit, line 5"
            ]),
        SiteFaultCase(
            "circuit: RELAY2", "circuit: PIR1",
            [
                "site.yaml:16:14: \(garden).circuit: PIR1 is already used at \(stairs).control[1].presence[0], line 14"
            ]),
        SiteFaultCase(
            "circuit: RELAY2", "circuit: stair-relays/input.1",
            [
                "site.yaml:16:14: \(garden).circuit: stair-relays/input.1 cannot be switched; it is only read"
            ]),
        SiteFaultCase(
            "    circuit: RELAY2\n", "",
            [
                "site.yaml:15:3: \(garden): has neither \"circuit\" nor \"dimmer\", so nothing would switch it"
            ]),
        SiteFaultCase(
            "dimmer-1/light.1.brightness", "dimmer-1/light.1.on",
            [
                "site.yaml:6:13: \(stairs).dimmer: dimmer-1/light.1.on is switched, not dimmed; a dimmer is a point of registers"
            ]),
        SiteFaultCase(
            "dimmer-1/light.1.brightness", "dimmer-1/config.safety.timer",
            [
                "site.yaml:6:13: \(stairs).dimmer: the profile does not say at which value config.safety.timer is fully lit"
            ]),
        SiteFaultCase(
            "dimmer: dimmer-1/light.1.brightness", "dimmer: RELAY1",
            [
                "site.yaml:6:13: \(stairs).dimmer: RELAY1 is switched, not dimmed; a dimmer is a point of registers"
            ]),
        SiteFaultCase(
            "safeState: on", "safeState: lit",
            ["site.yaml:7:16: \(stairs).safeState: unknown word \"lit\"; known are off, on"]),
        SiteFaultCase(
            "    lampFailure: {below: 20, after: 2m}\n", "",
            [
                "site.yaml:8:12: \(stairs).power: is of use with lampFailure alone: {below: 20, after: 1m}"
            ]),
        SiteFaultCase(
            "    power: b1-stairs/power.active.total\n", "",
            ["site.yaml:8:18: \(stairs).lampFailure: needs the circuit's metered \"power\""]),
        SiteFaultCase(
            "b1-stairs/power", "quiet/power",
            [
                "site.yaml:8:12: \(stairs).power: power.active.total is not read from quiet; add it to \"read\" there"
            ]),
        SiteFaultCase(
            "below: 20", "below: 0",
            ["site.yaml:9:26: \(stairs).lampFailure.below: must be more than 0"]),
        SiteFaultCase(
            "stagger: 500ms", "stagger: 11s",
            ["site.yaml:10:14: \(stairs).stagger: must lie in 0ms...10s, found 11s"]),
        SiteFaultCase(
            "minimumOn: 10s", "minimumOn: 0s",
            ["site.yaml:11:16: \(stairs).minimumOn: must lie in 1s...1h, found 0s"]),
        SiteFaultCase(
            "minimumOn: 10s", "minimum: 10s",
            ["site.yaml:11:5: \(stairs).minimum: unknown key; did you mean \"minimumOn\"?"]),
        SiteFaultCase(
            "garden:", "Garden:",
            [
                "site.yaml:15:3: lighting.Garden: the name must be 1 to 64 lower-case letters, digits, \"-\", \"_\" or \".\", the first a letter or digit"
            ]),
    ]

    private static let calendars = [
        SiteFaultCase(
            "2027-01-01", "2027-02-29",
            [
                "site.yaml:2:48: calendars.holidays.dates[1]: the calendar has no such day: \"2027-02-29\""
            ]),
        SiteFaultCase(
            "2027-01-01", "2027-1-1",
            [
                "site.yaml:2:48: calendars.holidays.dates[1]: expected a date such as 2026-10-01, every year 10-01, or first..last, found \"2027-1-1\""
            ]),
        SiteFaultCase(
            "2027-01-01", "10-01..2027-01-01",
            [
                "site.yaml:2:48: calendars.holidays.dates[1]: expected a date such as 2026-10-01, every year 10-01, or first..last, found \"10-01..2027-01-01\""
            ]),
        SiteFaultCase(
            "..2026-10-07", "..2026-09-07",
            [
                "site.yaml:2:22: calendars.holidays.dates[0]: is empty: 2026-09-07 is before 2026-10-01"
            ]),
        SiteFaultCase(
            "dates: [\"2026-10-01..2026-10-07\", 2027-01-01, 12-24..01-06, 02-29]", "dates: []",
            ["site.yaml:2:21: calendars.holidays.dates: is empty; name at least one day"]),
        SiteFaultCase(
            "{dates:", "{days:",
            [
                "site.yaml:2:13: calendars.holidays: \"dates\" is missing",
                "site.yaml:2:14: calendars.holidays.days: unknown key; known are dates",
            ]),
    ]
}

import DeviceProfiles
import Documents
import Foundation
import SiteConfiguration
import Testing

/// One mistake is one fault.
@Suite struct FollowUpTests {
    private let fixture: SiteFixture

    init() throws { fixture = try SiteFixture() }

    private func site(_ zone: String = "UTC", _ rest: String) -> String {
        """
        version: 1
        site: {id: a, name: A, timeZone: \(zone)}
        \(rest)
        """
    }

    @Test func devicesOfMisspeltBusesAreNotUnknownToo() {
        let text = site(
            "UTC",
            """
            busses: {b: {tcp: "10.0.0.1"}}
            devices:
              d: {profile: wb-mr6c, bus: b, unit: 1}
              e: {profile: wb-mr6c, bus: b, unit: 2}
            """)
        #expect(
            fixture.faults(text) == [
                "site.yaml:3:1: busses: unknown key; did you mean \"buses\"?"
            ])
    }

    @Test func linesOfMissingDevicesAreNotUnknownToo() {
        let text = site(
            "UTC",
            """
            buses: {}
            divices: {}
            doors: {d: {strike: r/relay.1, contact: r/input.1}}
            alarms: {a: {when: {silent: r}}}
            """)
        #expect(
            fixture.faults(text) == [
                "site.yaml:4:1: divices: unknown key; did you mean \"devices\"?"
            ])
    }

    @Test(arguments: [
        ("Asia/Beijing", "; write Asia/Shanghai"), ("Asia/Bejing", "; write Asia/Shanghai"),
        ("Beijing", "; write Asia/Shanghai"), ("北京", "; write Asia/Shanghai"),
        ("Asia/Shenzhen", "; write Asia/Shanghai"), ("GMT+8", "; write Asia/Shanghai"),
        ("Asia/Mumbai", "; write Asia/Kolkata"), ("Europe/Munich", "; write Europe/Berlin"),
        ("America/Washington", "; write America/New_York"),
        ("Asia/Shangai", "; did you mean \"Asia/Shanghai\"?"),
        ("Europe/Belin", "; did you mean \"Europe/Berlin\"?"),
        ("Asia/Nowhere", "; zones are written as Asia/Shanghai"),
    ])
    func aCityIsToldItsTimeZoneAndNeverThatOfAnother(zone: String, words: String) {
        let found = fixture.faults(site(zone, "buses: {}\ndevices: {}"))
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix(words) == true, "\(found)")
    }

    @Test func thePlaceOfASiteWithAFaultIsNotMissingToo() {
        let found = fixture.faults(
            """
            version: 1
            site: {id: a, name: A, timeZone: Asia/Beijing, location: {latitude: 36, longitude: 117}}
            buses: {b: {tcp: "10.0.0.1"}}
            devices: {r: {profile: wb-mr6c, bus: b, unit: 1}}
            lighting: {l: {circuit: r/relay.1, safeState: on, control: [{from: sunset, to: sunrise}]}}
            """)
        #expect(found.count == 1, "\(found)")
    }

    @Test func devicesAmongTheBusesAreOneFault() {
        let found = fixture.faults(
            site(
                "UTC",
                """
                buses:
                  b: {tcp: "10.0.0.1"}
                  d: {profile: wb-mr6c, bus: b, unit: 1}
                  e: {profile: wb-mr6c, bus: b, unit: 2}
                """))
        #expect(
            found == [
                "site.yaml:5:3: buses.d: is a device, no bus: begin a section `devices:` before it"
            ])
    }

    @Test func aKeyThatStandsTooFarLeftIsToldWhereItBelongs() {
        let found = fixture.faults(
            """
            version: 1
            site: {id: a, name: A, timeZone: UTC}
            buses: {b: {tcp: "10.0.0.1"}}
            devices: {}
            meter: {profile: wb-mr6c, bus: b, unit: 1}
            """)
        #expect(
            found == [
                "site.yaml:5:1: meter: belongs under devices; indent it by two spaces more than devices"
            ])
    }

    /// What stands on the first page is sound as it stands, on the board it names.
    @Test func theExampleOfTheReadmeIsSound() throws {
        let repository = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let page = try String(contentsOfFile: repository + "/README.md", encoding: .utf8)
        let start = try #require(page.range(of: "```yaml\nversion: 1\n"))
        let end = try #require(page.range(of: "```", range: start.upperBound..<page.endIndex))
        let text = "version: 1\n" + page[start.upperBound..<end.lowerBound]
        let board = try BoardDocument.load(repository + "/board/raspberry-pi-4.yaml")
        let checked = try SiteDocument.check(
            text, file: "/nowhere/site.yaml", board: board, profiles: ProfileLibrary.shipped())
        // The ports of the board are not those of this machine.
        let warnings = checked.warnings.map(\.reason).filter { !$0.contains("on this machine") }
        #expect(warnings == [])
        let count = try ProfileLibrary.shipped().identifiers.count
        #expect(page.contains("described in") && page.contains(" \(count) devices\n"))
    }
}

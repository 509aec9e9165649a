import Documents
import SiteConfiguration
import Testing

/// What is doubtful in a sound document, and only that.
@Suite struct SiteWarningTests {
    private let fixture: SiteFixture

    init() throws { fixture = try SiteFixture() }

    private func warnings(_ text: String) throws -> [String] {
        do {
            let checked = try SiteDocument.check(
                text, file: "\(fixture.folder)/site.yaml", board: SiteFixture.board,
                profiles: fixture.profiles)
            return checked.warnings.map {
                $0.description.replacing("\(fixture.folder)/", with: "")
            }
        } catch {
            Issue.record("\(error)")
            return []
        }
    }

    /// A site with nothing doubtful in it but what is added.
    private func site(
        location: String = "", buses: String = "", devices: String = "", rest: String = "",
        destinations: String = "destinations: {city: {mqtt: {url: \"mqtt://10.0.0.9\"}, "
            + "format: linli, share: everything}}"
    ) -> String {
        """
        version: 1
        site: {id: a, name: A, timeZone: Asia/Shanghai\(location)}
        buses:
          net: {tcp: "10.0.0.20:502"}
        \(buses)
        devices:
          m: {profile: eastron-sdm120, bus: net, unit: 1, every: 1m}
        \(devices)
        \(rest)
        \(destinations)
        """
    }

    @Test func aSoundSiteHasNone() throws {
        #expect(try warnings(site()) == [])
        #expect(try warnings(site(location: ", location: {latitude: 36.6, longitude: 117}")) == [])
    }

    @Test func unusualUnitsAreTakenAndToldOf() throws {
        let line = "  line: {rtuOverTCP: \"10.0.0.21:4001\"}"
        let devices = """
              reserved: {profile: eastron-sdm120, bus: line, unit: 248, every: 1m}
              server: {profile: eastron-sdm120, bus: net, unit: 0, every: 1m}
              own: {profile: eastron-sdm120, bus: net, unit: 255, every: 1m}
            """
        let found = try warnings(site(buses: line, devices: devices))
        #expect(found.count == 2)
        #expect(found.first?.contains("devices.reserved.unit: unit 248 is kept back") == true)
        #expect(found.last?.contains("devices.server.unit: unit 0 is for all units") == true)
    }

    @Test(arguments: [
        (36.67, -117.02, "36.67, -117.02 is not in the country of Asia/Shanghai (CN)"),
        (52.52, 13.405, "is not in the country"), (-36.67, 117.02, "look at the signs"),
        (35.68, 139.77, "look at the signs"),
    ])
    func coordinatesAreInTheCountryOfTheTimeZone(
        latitude: Double, longitude: Double, words: String
    ) throws {
        let location = ", location: {latitude: \(latitude), longitude: \(longitude)}"
        let found = try warnings(site(location: location))
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("site.yaml:2:") == true, "\(found)")
        #expect(found.first?.contains("warning: site.location: ") == true, "\(found)")
        #expect(found.first?.contains(words) == true, "\(found)")
    }

    @Test(arguments: [
        ("Europe/Berlin", 52.5, 13.4), ("America/New_York", 40.7, -74), ("Asia/Urumqi", 39.5, 76),
        ("Asia/Shanghai", 53.5, 122.3), ("Asia/Kolkata", 8.1, 77.5), ("Europe/Oslo", 71, 25.8),
        ("Australia/Perth", -31.9, 115.8), ("Pacific/Fiji", -17.8, 177.9), ("UTC", 10, 10),
        ("Asia/Hong_Kong", 22.3, 114.2), ("Europe/Moscow", 55.7, 37.6), ("Etc/GMT-8", 30, 120),
    ])
    func placesWithinTheirCountryAreNotDoubted(
        zone: String, latitude: Double, longitude: Double
    ) throws {
        let text = site(location: ", location: {latitude: \(latitude), longitude: \(longitude)}")
        #expect(try warnings(text.replacing("Asia/Shanghai", with: zone)) == [])
    }

    @Test func swappedCoordinatesAreNamed() throws {
        let text = site(location: ", location: {latitude: 13.4, longitude: 52.5}")
            .replacing("Asia/Shanghai", with: "Europe/Berlin")
        #expect(try warnings(text).first?.contains("are swapped") == true)
    }

    /// Each with the line, the path, and words of the warning.
    private static let cases: [(buses: String, devices: String, rest: String, warning: String)] = [
        (
            "  r: {serial: /dev/null, baudRate: 9600, parity: even}",
            "  d: {profile: eastron-sdm120, bus: r, unit: 1}", "",
            """
            site.yaml:5:36: warning: buses.r.baudRate: eastron-sdm120 leaves the factory with \
            2400 baud, parity none; a device that was not set to 9600 baud, parity even does not \
            answer here: d
            """
        ),
        (
            "  r: {serial: /dev/null, baudRate: 9600, parity: even}",
            "  d: {profile: chint-ddsu666, bus: r, unit: 1}", "",
            """
            site.yaml:5:50: warning: buses.r.parity: chint-ddsu666 leaves the factory with \
            9600 baud, parity none; a device that was not set to 9600 baud, parity even does not \
            answer here: d
            """
        ),
        (
            "  r: {serial: /dev/ttyNOWHERE, baudRate: 9600, parity: none}", "", "",
            """
            site.yaml:5:15: warning: buses.r.serial: there is no /dev/ttyNOWHERE on this machine; \
            `ls /dev/serial/by-path` shows the ports of adapters
            """
        ),
        (
            "  r: {serial: /dev/null, baudRate: 2400, parity: none}",
            "  d: {profile: eastron-sdm120, bus: r, unit: 1, every: 1s}", "",
            "site.yaml:5:6: warning: buses.r: cannot keep its intervals: to read 1 device"
        ),
        (
            "  r: {rtuOverTCP: \"10.0.0.21:4001\"}",
            "  relays: {profile: wb-mr6c, bus: r, unit: 1, every: 1s}\n"
                + "  slow: {profile: eastron-sdm120, bus: r, unit: 2, responseTimeout: 3s}",
            "doors: {d: {strike: relays/relay.1, contact: relays/input.1}}",
            """
            site.yaml:10:21: warning: doors.d.strike: shares r with slow, which holds it for up to \
            3.0 s when it does not answer; give the relay a bus of its own, or slow a shorter \
            responseTimeout and lateAnswerLimit
            """
        ),
        (
            "  r: {serial: /dev/null, baudRate: 2400, parity: none}",
            "  relays: {profile: wb-mr6c, bus: r, unit: 1, every: 10s}\n"
                + "  d: {profile: eastron-sdm120, bus: r, unit: 2, read: [voltage.l1]}",
            "valves: {v: {close: relays/relay.1, closed: none}}",
            "waits for the answers of d on a line of 2400 baud"
        ),
        (
            "", "  b: {profile: wb-mr6c, bus: net, unit: 9, every: 1m}",
            "doors: {d: {strike: b/relay.1, contact: b/input.1, exit: b/input.2}}",
            "warning: doors.d.exit: is read every 1m, and a press is shorter: most are missed"
        ),
        (
            "", "  b: {profile: wb-mr6c, bus: net, unit: 9, every: 10s}",
            "doors: {d: {strike: b/relay.1, contact: b/input.1}}",
            "warning: doors.d.contact: is read every 10s: a door that is opened and closed"
        ),
        (
            "", "  b: {profile: wb-mr6c, bus: net, unit: 0}", "",
            "warning: devices.b.unit: unit 0 is for all units at once behind many gateways"
        ),
        (
            "", "",
            "alarms: {a: {when: {point: m/voltage.l1, above: 400}, severity: info}, "
                + "b: {when: {all: [{point: m/voltage.l1, above: 250}, "
                + "{point: m/voltage.l1, below: 200}]}}}",
            "alarms.b.when: can never come: m/voltage.l1 is never above 250 and below 200 at once"
        ),
        (
            "", "  h: {profile: nhzd210-lux, bus: net, unit: 2, every: 15m}",
            "alarms: {a: {when: {point: h/illuminance, above: 10}}}",
            "warning: alarms.a.when: comes up to 15m late: h is read so seldom"
        ),
    ]

    @Test(arguments: cases.indices)
    func whatIsDoubtfulIsSaidAtItsPlace(_ index: Int) throws {
        let one = Self.cases[index]
        let found = try warnings(site(buses: one.buses, devices: one.devices, rest: one.rest))
        #expect(found.contains { $0.contains(one.warning) }, "\(found)")
    }

    @Test func withoutADestinationNothingLeaves() throws {
        let found = try warnings(site(destinations: ""))
        #expect(
            found == [
                "site.yaml:1:1: warning: there is no destination: what is read stays in the cache "
                    + "of the gateway"
            ])
    }

    @Test func aPasswordThatGoesOutUnencryptedIsSaid() throws {
        let text = site(
            destinations: """
                destinations:
                  x: {mqtt: {url: "mqtt://10.0.0.9", user: u, passwordFile: heat.password}, format: linli, share: everything}
                """)
        let found = try warnings(text)
        #expect(found.count == 1)
        #expect(found.first?.contains("the password goes to 10.0.0.9 unencrypted") == true)
        #expect(try warnings(text.replacing("10.0.0.9", with: "127.0.0.1")) == [])
    }

    @Test func aDocumentWithFaultsHasNoWarnings() throws {
        let text = site(rest: "lines: {}", destinations: "")
        #expect(fixture.faults(text).count == 1)
    }
}

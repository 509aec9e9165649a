import DeviceProfiles
import Documents
import SiteConfiguration
import Testing

/// Alarms that can never come are told before anybody relies on them.
@Suite struct AlarmReachTests {
    private static let profile = """
        id: detector
        kind: gas-detector
        vendor: Nobody
        model: Sniffer
        points:
          - {name: gas.concentration, table: input, address: 0, type: uint8, scale: 0.1}
          - {name: temperature, table: input, address: 1, type: int16, scale: 0.1, offset: 10}
          - {name: state, table: input, address: 2, type: uint16, enum: {0: quiet, 1: low, 2: high}}
          - {name: status, table: input, address: 3, type: uint16, bits: {0: warm, 3: faulty}}
          - {name: level, table: input, address: 4, type: uint16, mask: 0x0F00}
          - {name: pressure, table: input, address: 5, type: float32, order: ABCD}
          - {name: count, table: input, address: 7, type: bcd, count: 1}
        """

    private func warnings(_ when: String) throws -> [String] {
        let fixture = try SiteFixture()
        SiteFixture.write(Self.profile, to: "\(fixture.folder)/detector.yaml")
        let text = """
            version: 1
            site: {id: a, name: A, timeZone: UTC}
            buses: {n: {tcp: "10.0.0.20:502"}}
            devices: {g: {profile: detector, bus: n, unit: 1, every: 1s}, r: {profile: wb-mr6c, bus: n, unit: 2, every: 1s}}
            alarms:
              base: {when: {point: g/gas.concentration, above: 20}}
              a: {when: \(when)}
            destinations: {c: {mqtt: {url: "mqtt://10.0.0.9"}, format: linli, share: everything}}
            """
        let profiles = try ProfileLibrary.shipped().loading(folder: fixture.folder)
        return try SiteDocument.check(text, file: "s.yaml", board: nil, profiles: profiles)
            .warnings.map(\.description)
    }

    @Test(arguments: [
        ("{point: g/gas.concentration, above: 25.5}", "g/gas.concentration is at most 25.5"),
        ("{point: g/gas.concentration, equals: 30}", "is at most 25.5, as its registers hold it"),
        ("{point: g/gas.concentration, equals: 1.05}", "goes in steps of 0.1, and is never 1.05"),
        ("{point: g/temperature, above: 4000}", "is at most 3286.7"),
        ("{point: g/temperature, below: -4000}", "is at least -3266.8"),
        ("{point: g/state, equals: 7}", "has no state 7; its profile knows 0 quiet, 1 low, 2 high"),
        ("{point: g/status, bit: 5}", "has no bit 5 that its profile knows; it knows 0 warm"),
        ("{point: g/level, above: 15}", "is at most 15, as its registers hold it"),
        ("{point: g/count, above: 9999}", "is at most 9999"),
        ("{not: {not: {point: g/level, above: 15}}}", ""),
        ("{point: g/level, above: 15, for: 5s}", "is at most 15"),
        ("{any: [{point: g/level, above: 15}, {point: g/count, above: 9999}]}", "is at most 15"),
        ("{all: [{silent: g}, {point: g/level, above: 15}]}", "is at most 15"),
        (
            "{all: [{line: r/input.1}, {any: [{silent: g}]}, {line: r/input.1, is: inactive}]}",
            "r/input.1 is never active and inactive at once"
        ),
        (
            "{all: [{point: g/state, equals: 1}, {point: g/state, equals: 2}]}",
            "g/state is never 1 and 2 at once"
        ),
        (
            "{all: [{point: g/pressure, above: 5, for: 2s}, {point: g/pressure, below: 5}]}",
            "g/pressure is never above 5 and below 5 at once"
        ),
        (
            "{all: [{point: g/level, equals: 3}, {point: g/level, above: 9}]}",
            "g/level is never 3 and above 9 at once"
        ),
    ])
    func anAlarmThatCanNeverComeIsTold(when: String, words: String) throws {
        let found = try warnings(when)
        guard !words.isEmpty else { return #expect(found == []) }
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix("s.yaml:7:") == true, "\(found)")
        #expect(found.first?.contains("warning: alarms.a.when: can never come: ") == true)
        #expect(found.first?.contains(words) == true, "\(found)")
    }

    @Test(arguments: [
        "{point: g/gas.concentration, above: 25.4}", "{point: g/gas.concentration, equals: 25.5}",
        "{point: g/temperature, below: -3266}", "{point: g/state, equals: high}",
        "{point: g/status, bit: faulty}", "{point: g/level, above: 14}",
        "{point: g/pressure, above: 1000000}", "{alarm: base}",
        "{point: g/level, above: 20, below: 3}", "{any: [{line: r/input.1}, {silent: g}]}",
        "{all: [{point: g/level, above: 3}, {point: g/level, below: 9}]}",
        "{not: {point: g/level, above: 15}}",
    ])
    func anAlarmThatMayComeIsNotDoubted(when: String) throws {
        #expect(try warnings(when) == [])
    }

    @Test func onePartThatCanNeverBeSoIsToldToo() throws {
        let found = try warnings("{any: [{silent: g}, {point: g/level, above: 15}]}")
        #expect(found.count == 1)
        #expect(found.first?.contains("one part can never be so: g/level is at most 15") == true)
    }

    @Test func anAlarmThatWaitsForOneThatNeverComesNeverComesEither() throws {
        let found = try warnings("{point: g/level, above: 15}}\n  b: {when: {alarm: a}")
        #expect(found.count == 2)
        #expect(found.last?.contains("alarms.b.when: can never come: g/level") == true)
    }
}

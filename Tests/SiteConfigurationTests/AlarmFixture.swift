import DeviceProfiles
import Documents
import GPIO
import Metering

@testable import SiteConfiguration

/// Valves and alarms read by themselves, beside a few devices, circuits and doors.
struct AlarmFixture {
    private let fixture: SiteFixture
    private let profiles: ProfileLibrary
    private let devices: [DeviceConfiguration]

    init() throws {
        fixture = try SiteFixture()
        SiteFixture.write(Self.detector, to: "\(fixture.folder)/detector.yaml")
        profiles = try ProfileLibrary.shipped().loading(folder: fixture.folder)
        devices = try SiteDocument.read(
            Self.site, file: "site.yaml", board: nil, profiles: profiles
        ).devices
    }

    struct Rules: Hashable {
        var valves: [ValveConfiguration]
        var alarms: [AlarmConfiguration]
    }

    /// Reads a document of `valves:` and `alarms:`.
    func read(_ text: String) throws(DocumentFaults) -> Rules {
        try DocumentReader.read(text: text, file: "s") { root in
            guard let fields = root.fields(["valves", "alarms"]) else { return nil }
            let names = Set(devices.map(\.id.description)).union(["broken"])
            let lines = LineCatalog(board: Self.board, devices: devices, deviceNames: names)
            var valves: [String: ValveConfiguration?] = [:]
            for entry in fields.optional("valves")?.entries() ?? [] {
                valves[entry.name] = .some(ValveConfiguration(entry, lines: lines))
            }
            let relay = LineReference(
                name: LineName("relays/relay.6"),
                source: .point(devices[1].id, devices[1].profile.points[0]))
            let reader = AlarmReader(
                names: AlarmNames(
                    board: Self.board, circuits: ["stairs-1": [relay], "both": []],
                    doors: ["entrance-1"], charging: ["garage", "charger-1"], valves: valves),
                devices: devices, deviceNames: names, lines: lines)
            return Rules(
                valves: valves.values.compactMap(\.self).sorted { $0.name < $1.name },
                alarms: reader.alarms(fields.optional("alarms")))
        }
    }

    func faults(_ text: String) -> [String] {
        do throws(DocumentFaults) {
            _ = try read(text)
            return []
        } catch {
            return error.faults.map { String($0.description.dropFirst(2)) }
        }
    }

    private static let board = BoardDocument(
        name: "Test", serial: [:],
        lines: Dictionary(
            uniqueKeysWithValues: [
                "VALVE1", "SHUT1", "OPEN1", "FAN1", "FAN2", "PUMP1", "SMOKE1", "SMOKE2", "both",
            ].enumerated().map { ($1, LineSettings(chip: "gpiochip0", offset: $0)) }))

    private static let site = """
        version: 1
        site: {id: a, name: A, timeZone: UTC}
        buses: {b: {tcp: "10.0.0.1:502"}}
        devices:
          gas: {profile: detector, bus: b, unit: 1, every: 2s}
          relays: {profile: wb-mr6c, bus: b, unit: 2}
          bay: {profile: parking-ultrasonic-generic, bus: b, unit: 3}
          bin: {profile: mxs485-ultrasonic, bus: b, unit: 4}
          tunnel-air: {profile: dongxin-sf6-o2, bus: b, unit: 5, read: [gas.o2, gas.sf6]}
          tunnel-water: {profile: qdy30a-level, bus: b, unit: 6}
          tunnel-climate: {profile: xy-md02-sht20, bus: b, unit: 7}
          fitness: {profile: wb-mcm8-pulse, bus: b, unit: 8}
          pole: {profile: cpn-outdoor-air, bus: b, unit: 9}
        """

    private static let detector = """
        id: detector
        kind: gas-detector
        vendor: Nobody
        model: D
        points:
          - {name: lel, table: input, address: 0, type: uint16, scale: 0.1, max: 100}
          - {name: state, table: input, address: 1, type: uint16, enum: {0: normal, 1: alarm}}
          - {name: status, table: input, address: 2, type: uint16, bits: {0: low battery, 3: tamper}}
          - {name: temperature, table: input, address: 3, type: int16, min: -40, max: 85}
          - {name: serial, table: input, address: 4, type: string, count: 4}
          - {name: flow, table: input, address: 8, type: float32, order: ABCD}
          - {name: count, table: input, address: 10, type: uint32, order: ABCD}
          - {name: contact, table: discrete, address: 0}
          - {name: hidden, table: input, address: 20, type: uint16, poll: false}
          - {name: command.reset, table: coil, address: 1, access: write}
        """
}

import DeviceProfiles
import Documents
import Execution
import GPIO
import Metering
import Modbus

@testable import SiteConfiguration

/// Reads `calendars:` and `lighting:` with a board and devices to refer to.
struct LightingFixture {
    private let profiles: ProfileLibrary

    init() throws {
        profiles = try Self.library.get()
    }

    private static let library: Result<ProfileLibrary, DocumentFaults> = {
        do throws(DocumentFaults) { return .success(try ProfileLibrary.shipped()) } catch {
            return .failure(error)
        }
    }()

    func read(_ text: String, hasLocation: Bool = true) throws(DocumentFaults) -> [LightingCircuit]
    {
        let devices = devices
        return try DocumentReader.read(text: text, file: "site.yaml") { root in
            guard let fields = root.fields(["calendars", "lighting"]) else { return nil }
            let names = Set(devices.map(\.id.description))
            let reader = LightingReader(
                lines: LineCatalog(board: Self.board, devices: devices, deviceNames: names),
                points: LightingPointCatalog(devices: devices, deviceNames: names),
                calendars: CalendarCatalog(fields.optional("calendars")), hasLocation: hasLocation)
            return reader.circuits(fields.optional("lighting"))
        }
    }

    func faults(_ text: String, hasLocation: Bool = true) -> [String] {
        do throws(DocumentFaults) {
            _ = try read(text, hasLocation: hasLocation)
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    var devices: [DeviceConfiguration] {
        [
            device("stair-relays", "wb-mr6c"), device("dimmer-1", "wb-mdm3"),
            device("b1-stairs", "eastron-sdm120"), device("sky", "wb-msw-v4", every: .seconds(600)),
            device("quiet", "eastron-sdm120", reading: ["voltage"]),
        ].compactMap(\.self)
    }

    func device(
        _ name: String, _ profile: String, every: Duration = .seconds(60),
        reading: [String]? = nil
    ) -> DeviceConfiguration? {
        // A shipped profile that cannot be read makes the tests fail that use it.
        guard let id = DeviceIdentifier(name), let profile = try? profiles.profile(profile) else {
            return nil
        }
        let points = profile.points.filter {
            reading?.contains($0.name.description) ?? $0.isPolled
        }
        return DeviceConfiguration(
            id: id, profile: profile, bus: "riser-1", unit: UnitIdentifier(1), every: every,
            points: points,
            place: [:], timing: ExchangeTiming())
    }

    private static let board = BoardDocument(
        name: "Test board", serial: [:],
        lines: [
            "RELAY1": LineSettings(chip: "gpiochip0", offset: 1),
            "RELAY2": LineSettings(chip: "gpiochip0", offset: 2),
            "PIR1": LineSettings(chip: "gpiochip0", offset: 11),
            "PIR2": LineSettings(chip: "gpiochip0", offset: 12),
            "DUSK": LineSettings(chip: "gpiochip0", offset: 13),
        ])

    /// Line 1 is `calendars:`.
    static let valid = """
        calendars:
          holidays: {dates: ["2026-10-01..2026-10-07", 2027-01-01, 12-24..01-06, 02-29]}
        lighting:
          stairs-1:
            circuit: stair-relays/relay.1
            dimmer: dimmer-1/light.1.brightness
            safeState: on
            power: b1-stairs/power.active.total
            lampFailure: {below: 20, after: 2m}
            stagger: 500ms
            minimumOn: 10s
            control:
              - {from: sunset-10m, to: sunrise+10m, days: [mon, tue], notCalendar: holidays, level: 30}
              - {presence: [PIR1, PIR2], hold: 3m, level: 100}
          garden:
            circuit: RELAY2
            safeState: off
            control:
              - {from: dusk, to: "23:30", photocell: {point: sky/illuminance, below: 30, above: 60}}
              - {from: 05:30, to: sunrise, calendar: holidays, photocell: {line: DUSK, settle: 1m}}
              - {from: "0:00", to: 24:00, presence: PIR1}
        """
}

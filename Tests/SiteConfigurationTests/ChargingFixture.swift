import DeviceProfiles
import Documents
import Metering
import Modbus

@testable import SiteConfiguration

/// Reads `charging:` with chargers and meters to refer to.
struct ChargingFixture {
    private let profiles: ProfileLibrary

    init() throws {
        profiles = try Self.library.get()
    }

    private static let library: Result<ProfileLibrary, DocumentFaults> = {
        do throws(DocumentFaults) { return .success(try ProfileLibrary.shipped()) } catch {
            return .failure(error)
        }
    }()

    func read(_ text: String) throws(DocumentFaults) -> [ChargingGroupConfiguration] {
        try sections(text).groups
    }

    /// The groups, and what must be read for them.
    func sections(
        _ text: String
    ) throws(DocumentFaults) -> (
        groups: [ChargingGroupConfiguration], sensed: Set<PointIdentifier>
    ) {
        let devices = devices
        return try DocumentReader.read(text: text, file: "site.yaml") { root in
            guard let fields = root.fields(["charging"]) else { return nil }
            let names = Set(devices.map(\.id.description)).union(["broken"])
            let lines = LineCatalog(board: nil, devices: devices, deviceNames: names)
            let groups = ChargingGroupReader(devices: devices, deviceNames: names, lines: lines)
                .groups(fields.optional("charging"))
            return (groups, Set(lines.sensedPoints.keys))
        }
    }

    func faults(_ text: String) -> [String] {
        do throws(DocumentFaults) {
            _ = try read(text)
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    private var devices: [DeviceConfiguration] {
        [
            device("keba-1", "keba-p40"), device("p30-1", "keba-p30"),
            device("abb-1", "abb-terra-ac"),
            device("wall-1", "heidelberg-energy-control"),
            device("phoenix-1", "phoenix-ev-cc-ac1-m"),
            device("etek-1", "etek-ekepc2"), device("lazy-1", "keba-p40", every: .seconds(120)),
            device("alfen-1", "alfen-eve", reading: ["power.active.total"]),
            device("substation", "eastron-sdm630", every: .seconds(5)),
            device("slow-meter", "eastron-sdm630", every: .seconds(60)),
        ].compactMap(\.self)
    }

    private func device(
        _ name: String, _ profile: String, every: Duration = .seconds(5),
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
            id: id, profile: profile, bus: "garage", unit: UnitIdentifier(1), every: every,
            points: points, place: [:], timing: ExchangeTiming())
    }

    /// Line 1 is `charging:`.
    static let valid = """
        charging:
          garage:
            limit: 63
            maximum: 32
            minimum: 8
            turn: 10m
            chargers:
              - keba-1
              - {charger: abb-1, maximum: 16, fallback: 8}
              - {charger: phoenix-1, phases: [l2], currents: [substation/current.l2]}
            feeder:
              currents: [substation/current.l1, substation/current.l2, substation/current.l3]
              limit: 200
              measures: everything
              withoutReadings: 24
          yard:
            limit: 16
            chargers: [wall-1, {charger: etek-1, maximum: 20, phases: [l3, l1, l2]}]
        """
}

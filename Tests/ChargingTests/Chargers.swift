import DeviceProfiles
import Metering
import Modbus
import SiteConfiguration

/// Chargers as a site document describes them.
enum Chargers {
    /// A charger that is told by `command.current`, paused by 0 A, and tells state and currents.
    static func charger(
        _ name: String, maximum: Amperes = 32, phases: [MainsPhase] = MainsPhase.allCases,
        fallback: Amperes? = nil, profileFallback: ChargingFallback = .none,
        every: Duration = .seconds(1), tellsState: Bool = true
    ) -> ChargerConfiguration {
        guard let device = DeviceIdentifier(name) else { preconditionFailure("no name: \(name)") }
        let state = point("status.charging")
        let charging = ChargingProfile(
            state: tellsState ? state.name : nil,
            words: ["A": .free, "B": .connected, "C": .charging, "F": .fault],
            current: pointName("command.current"), pause: .noCurrent, again: .seconds(20),
            fallback: profileFallback)
        return ChargerConfiguration(
            device: device, every: every, profile: charging,
            current: point("command.current"), state: tellsState ? state : nil,
            drawn: phases.indices.map {
                PointIdentifier(device: device, point: pointName("current.l\($0 + 1)"))
            }, energy: point("energy.session"), maximum: maximum, phases: phases,
            fallback: fallback)
    }

    static func group(
        limit: Amperes, turn: Duration = .seconds(900), feeder: FeederConfiguration? = nil,
        _ chargers: ChargerConfiguration...
    ) -> ChargingGroupConfiguration {
        ChargingGroupConfiguration(
            name: "garage", limit: limit, turn: turn, chargers: chargers, feeder: feeder)
    }

    static func feeder(
        limit: Amperes, includesChargers: Bool = true, withoutReadings: Amperes = 0
    ) -> FeederConfiguration {
        FeederConfiguration(
            currents: ["l1", "l2", "l3"].map { identifier("substation/current.\($0)") },
            every: .seconds(1), limit: limit, includesChargers: includesChargers,
            withoutReadings: withoutReadings)
    }

    static func identifier(_ text: String) -> PointIdentifier {
        guard let point = PointIdentifier(text) else { preconditionFailure("no point: \(text)") }
        return point
    }

    private static func pointName(_ text: String) -> PointName {
        guard let name = PointName(text) else { preconditionFailure("no name: \(text)") }
        return name
    }

    private static func point(_ name: String) -> PointProfile {
        var point = PointProfile(
            name: pointName(name), range: RegisterRange(.holding, at: 0, count: 1),
            encoding: RegisterEncoding(type: .uint16), access: .readWrite)
        point.labels = [0: "A", 1: "B", 2: "C", 3: "F"]
        point.unit = name.hasPrefix("energy") ? "Wh" : nil
        return point
    }
}

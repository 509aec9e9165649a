import DeviceProfiles
package import Execution
import FoundationEssentials
import Metering
package import SiteConfiguration

/// All buses and devices of a site document, simulated.
package struct SimulatedCommunity: Sendable {
    private let buses: [SimulatedBus]
    private let profiles: [String: DeviceProfile]
    private let world: SimulatedWorld

    /// Opens all terminals and ports; nothing is answered before ``run()``.
    ///
    /// - Parameter clock: The time of the community, for its loads.
    package init(
        _ site: SiteDocument, options: SimulationOptions,
        clock: @escaping @Sendable () -> SimulatedTime
    ) throws(CommunityError) {
        var buses: [SimulatedBus] = []
        for bus in site.buses {
            let devices = site.devices(on: bus.name).map { device in
                SimulatedDevice(
                    name: device.id.description, unit: device.unit, profile: device.profile,
                    isSilentAtHoles: options.isSilentAtHoles, seed: options.seed)
            }
            buses.append(
                try SimulatedBus(bus, devices: devices, options: options, clock: clock))
        }
        self.buses = buses
        profiles = Dictionary(
            site.devices.map { ($0.id.description, $0.profile) }, uniquingKeysWith: { $1 })
        let devices = Dictionary(
            buses.flatMap(\.devices).map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        world = SimulatedWorld(site, devices: devices, seed: options.seed)
    }

    /// Answers on all buses, and lets doors and valves move, until the task is cancelled.
    package func run(_ time: TimeSource) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await world.run(time) }
            for bus in buses { group.addTask { await bus.run() } }
        }
    }

    package var status: SimulationStatus {
        SimulationStatus(
            buses: buses.map(\.status),
            devices: buses.flatMap { bus in
                bus.devices.map { SimulationStatus.Device($0, bus: bus.name) }
            },
            world: world.states)
    }

    /// Carries out a line of the control socket.
    ///
    /// - Returns: JSON for `status`; for `fault TARGET FAULT`, `set DEVICE/POINT NUMBER` and
    ///   `hand NAME ACT` a line that begins with `ok` or `error`.
    package func obey(_ line: String) -> String {
        let words = line.split(separator: " ").map(String.init)
        switch words.first {
        case "status" where words.count == 1: return status.json
        case "fault" where words.count >= 3:
            return setFault(words[1], words.dropFirst(2).joined(separator: " "))
        case "set" where words.count == 3: return setPoint(words[1], words[2])
        case "hand" where words.count == 3:
            return world.handle(words[1], words[2]).map { "error \($0)\n" }
                ?? "ok \(words[1]) \(words[2])\n"
        default:
            return "error unknown command; known are: status, fault TARGET FAULT, "
                + "set DEVICE/POINT NUMBER, hand NAME ACT\n"
        }
    }

    private func setFault(_ target: String, _ text: String) -> String {
        guard let setting = FaultSetting(text: text) else {
            return "error \"\(text)\" is no fault; faults are: \(Fault.usage)\n"
        }
        let devices = devices(named: target)
        guard !devices.isEmpty else {
            return "error there is no device or bus \"\(target)\"; `status` lists them\n"
        }
        for device in devices { device.set(setting) }
        return "ok \(setting.text) on \(devices.count == 1 ? target : "\(devices.count) devices")\n"
    }

    private func setPoint(_ name: String, _ text: String) -> String {
        guard let number = ScaledInteger(text) else { return "error \"\(text)\" is no number\n" }
        guard let identifier = PointIdentifier(name),
            let device = devices(named: identifier.device.description).first,
            let point = profiles[device.name]?.point(named: identifier.point)
        else { return "error there is no point \"\(name)\"\n" }
        guard device.set(point, to: number) else {
            return "error \(name) cannot hold \(text)\n"
        }
        return "ok \(name) holds \(text)\n"
    }

    /// A device by its name, all devices of a bus by the bus's, or `all`.
    private func devices(named target: String) -> [SimulatedDevice] {
        let all = buses.flatMap(\.devices)
        if target == "all" { return all }
        if let device = all.first(where: { $0.name == target }) { return [device] }
        return buses.first { $0.name == target }?.devices ?? []
    }
}

extension SimulationStatus {
    package var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        // Numbers and text only: nothing in it can fail to encode.
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    /// - Returns: `nil` where the text is not the status of a simulation.
    package init?(json: String) {
        // What is wrong with another program's text is of no use to anyone.
        guard let status = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else {
            return nil
        }
        self = status
    }
}

import FoundationEssentials
import Metering
package import SiteConfiguration

/// All buses and devices of a site document, simulated.
package struct SimulatedCommunity: Sendable {
    private let buses: [SimulatedBus]

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
    }

    /// Answers on all buses until the task is cancelled.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            for bus in buses { group.addTask { await bus.run() } }
        }
    }

    package var status: SimulationStatus {
        SimulationStatus(
            buses: buses.map(\.status),
            devices: buses.flatMap { bus in
                bus.devices.map { SimulationStatus.Device($0, bus: bus.name) }
            })
    }

    /// Carries out a line of the control socket.
    ///
    /// - Returns: JSON for `status`; for `fault TARGET FAULT` a line that begins with `ok` or
    ///   `error`.
    package func obey(_ line: String) -> String {
        let words = line.split(separator: " ").map(String.init)
        switch words.first {
        case "status" where words.count == 1: return status.json
        case "fault" where words.count >= 3:
            return setFault(words[1], words.dropFirst(2).joined(separator: " "))
        default: return "error unknown command; known are: status, fault TARGET FAULT\n"
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

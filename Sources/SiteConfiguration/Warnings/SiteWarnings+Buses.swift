import DeviceProfiles
import Documents
import Glibc
import Metering
import Modbus

extension SiteWarnings {
    /// More than this share of its time a bus has not for the readings alone: commands, probes and
    /// repeats need the rest.
    private static let shareLimit = 0.9

    func warnOfBuses() {
        for bus in site.buses {
            let devices = site.devices(on: bus.name)
            if case .serial(let path, let settings, _) = bus.link {
                if access(path, F_OK) != 0 {
                    warn(
                        "buses", bus.name, "serial",
                        reason:
                            "there is no \(path) on this machine; `ls /dev/serial/by-path` shows "
                            + "the ports of adapters")
                }
                warnOfSettings(settings, of: bus.name, devices)
            }
            let share = BusEffort(bus.link).share(of: devices)
            guard share > Self.shareLimit else { continue }
            let percent = Int(min(share * 100, 1e6).rounded())
            warn(
                "buses", bus.name,
                reason: "cannot keep its intervals: to read \(count(devices)) as often as is asked "
                    + "would take about \(percent) % of its time; raise `every`, list less under "
                    + "`read`, or divide the bus")
        }
    }

    private func count(_ devices: [DeviceConfiguration]) -> String {
        devices.count == 1 ? "1 device" : "\(devices.count) devices"
    }

    /// Devices that leave the factory with another speed or parity, by their profiles.
    private func warnOfSettings(
        _ settings: SerialSettings, of bus: String, _ devices: [DeviceConfiguration]
    ) {
        let profiles = Set(devices.map(\.profile))
        for profile in profiles.sorted(by: { $0.id < $1.id }) {
            let own = devices.filter { $0.profile == profile }.map(\.id.description)
            let (rate, parity) = (profile.link.baudRate, profile.link.parity)
            let isOtherRate = rate.map { $0 != settings.baudRate } ?? false
            let isOtherParity = parity.map { $0 != settings.parity } ?? false
            guard isOtherRate || isOtherParity else { continue }
            let factory = [
                rate.map { "\($0) baud" }, parity.map { "parity \($0.rawValue)" },
            ].compactMap { $0 }.joined(separator: ", ")
            warn(
                "buses", bus, isOtherRate ? "baudRate" : "parity",
                reason:
                    "\(profile.id) leaves the factory with \(factory); a device that was not set "
                    + "to \(settings.baudRate) baud, parity \(settings.parity.rawValue) does not "
                    + "answer here: \(own.listed)")
        }
    }

    /// Units that the standard keeps back, and some devices have all the same.
    func warnOfUnits() {
        for device in site.devices {
            guard let bus = site.bus(named: device.bus) else { continue }
            let unit = device.unit.rawValue
            if !bus.link.isModbusTCP, unit >= 248 {
                warn(
                    "devices", device.id.description, "unit",
                    reason: "unit \(unit) is kept back by the standard (units are 1 to 247); few "
                        + "devices answer to it")
            } else if bus.link.isModbusTCP, unit == 0 {
                warn(
                    "devices", device.id.description, "unit",
                    reason: "unit 0 is for all units at once behind many gateways, and then nobody "
                        + "answers; a device of its own is 255 or 1")
            }
        }
    }

    /// How long a bus may be held before a valve or a strike on it comes too late.
    private static let holdLimit = Duration.milliseconds(1_500)
    /// Below this speed every answer holds the bus for long.
    private static let slowestLine = 4_800

    /// Valves and strikes that share a bus with a device that may hold it for long.
    func warnOfSlowLines() {
        for line in site.lines where line.isOutput && line.isPressing {
            guard let board = line.reference.source.point?.device,
                let bus = site.device(board).flatMap({ site.bus(named: $0.bus) })
            else { continue }
            let effort = BusEffort(bus.link)
            let others = site.devices(on: bus.name).filter { $0.id != board }
            let slowest = others.max { effort.longestHold(by: $0) < effort.longestHold(by: $1) }
            if let slowest, effort.longestHold(by: slowest) > Self.holdLimit {
                let hold = effort.longestHold(by: slowest).seconds
                warn(
                    at: line,
                    reason: "shares \(bus.name) with \(slowest.id), which holds it for up to "
                        + "\((hold * 10).rounded() / 10) s when it does not answer; give the relay a "
                        + "bus of its own, or \(slowest.id) a shorter responseTimeout and "
                        + "lateAnswerLimit")
            } else if case .serial(_, let settings, _) = bus.link,
                settings.baudRate < Self.slowestLine, !others.isEmpty
            {
                warn(
                    at: line,
                    reason: "waits for the answers of \(others.map(\.id.description).listed) on a "
                        + "line of \(settings.baudRate) baud; give the relay a bus of its own")
            }
        }
    }

    private func warn(at line: SiteLine, reason: String) {
        let keys = line.use.split(separator: ".").map(String.init)
        nearest(keys).warn(reason)
    }
}

extension SiteLine {
    /// Whether it shuts a valve or works a strike.
    fileprivate var isPressing: Bool {
        ["valves.", "doors.", "lockers."].contains { use.hasPrefix($0) }
    }
}

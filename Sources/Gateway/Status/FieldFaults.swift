import Execution
import GPIO
import MaintenanceAPI
import Metering
import SiteConfiguration

extension Gateway {
    /// Buses that are down, and those that have more to read than they have time for.
    func busFaults(_ buses: [BusReport]) -> [StatusFault] {
        let overloaded = buses.compactMap { bus -> StatusFault? in
            guard bus.isConnected, let share = bus.overrunShare else { return nil }
            return StatusFault(
                .fault, "buses.\(bus.name)",
                "the bus \(bus.name) cannot keep its intervals: of a device up to "
                    + "\(Int((share * 100).rounded())) % of the turns are left out",
                advice: "raise `every`, list less under `read`, or divide the bus")
        }
        return overloaded
            + buses.filter { !$0.isConnected }.map { bus in
                StatusFault(
                    .fault, "buses.\(bus.name)",
                    "the bus \(bus.name) (\(bus.link)) is not connected: "
                        + (bus.lastFault ?? "not tried yet"),
                    advice: "look at its plug, its power and its name in the site document",
                    since: bus.downSince)
            }
    }

    /// Devices that are silent on buses that are not. Those that doors, alarms and the like hang
    /// on, each by itself; the others of a bus together.
    func deviceFaults(_ devices: [MaintenanceAPI.DeviceReport]) -> [StatusFault] {
        let uses = site.deviceUses
        let silent = devices.filter { $0.state == .silent }
        var faults = silent.compactMap { device -> StatusFault? in
            guard let uses = uses[device.id] else { return nil }
            return StatusFault(
                .fault, "devices.\(device.id)",
                "\(device.id) is silent, and \(uses.listed) \(uses.count == 1 ? "needs" : "need") it",
                advice: Self.silenceAdvice, since: device.silentSince)
        }
        for device in devices where device.state == .refusing {
            faults.append(
                StatusFault(
                    .fault, "devices.\(device.id)",
                    "\(device.id) answers, and refuses everything: "
                        + (device.lastFault ?? "an exception"),
                    advice: "its profile, its unit or its model is another: "
                        + "`linli profile show \(device.profile)`, `linli modbus read`"))
        }
        for bus in site.buses {
            let others = silent.filter { $0.bus == bus.name && uses[$0.id] == nil }
            guard !others.isEmpty else { continue }
            faults.append(
                StatusFault(
                    .fault, others.count == 1 ? "devices.\(others[0].id)" : "buses.\(bus.name)",
                    "\(others.map(\.id).listed) on \(bus.name) "
                        + "\(others.count == 1 ? "is" : "are") silent",
                    advice: Self.silenceAdvice, since: others.compactMap(\.silentSince).min()))
        }
        return faults
    }

    private static let silenceAdvice = "`linli devices --silent` says why"

    /// Lines that cannot be switched or read, by their chip or board; not those of a device that
    /// is told of already.
    func lineFaults(_ devices: [MaintenanceAPI.DeviceReport], at now: Moment) -> [StatusFault] {
        let silent = Set(
            devices.filter { $0.state == .silent || $0.state == .disconnected }.map(\.id))
        let faulty = desk.all.filter { $0.faultWords != nil }
        var faults: [StatusFault] = []
        for holder in faulty.map(\.reference.holder).uniqued where !silent.contains(holder) {
            let lines = faulty.filter { $0.reference.holder == holder }
            for words in lines.compactMap(\.faultWords).uniqued {
                let same = lines.filter { $0.faultWords == words }
                faults.append(
                    StatusFault(
                        .fault, "lines.\(holder)", LineWords.of(same, on: holder, words),
                        advice: "`linli lines --faulty` lists them; \(same[0].faultAdvice)",
                        since: same.compactMap(\.since).min().map {
                            moment(of: $0, at: now).milliseconds
                        }))
            }
        }
        return faults
    }
}

private enum LineWords {
    static func of(_ lines: [LineDesk.Entry], on holder: String, _ words: String) -> String {
        lines.count == 1
            ? "the line \(lines[0].reference.name) (\(lines[0].use)) is not to be had: \(words)"
            : "\(lines.count) lines of \(holder) are not to be had (\(lines.map(\.use).listed)): "
                + words
    }
}

extension LineReference {
    /// The chip or the device that it belongs to.
    fileprivate var holder: String {
        switch source {
        case .gpio(let settings): settings.chip
        case .point(let device, _): device.description
        }
    }
}

extension LineDesk.Entry {
    /// What to do about the fault of the line.
    fileprivate var faultAdvice: String {
        guard case .unknown(let fault) = sensed else { return "try again" }
        return switch fault {
        case .chipMissing: "plug it in or load its driver (`gpiodetect`)"
        case .noSuchLine: "mend its offset in the board's document (`gpioinfo`)"
        case .taken: "end who uses it (`gpioinfo`), or name another line"
        case .refused: "`dmesg` may say more"
        case .silent: "look at its power, its unit and its wires"
        case .exception: "its profile may not fit: `linli profile show`"
        case .notRead, .stopped: "wait until it was read"
        }
    }
}

extension [String] {
    /// The first few, and how many others: for a line of text.
    var listed: String {
        let named = prefix(5).joined(separator: ", ")
        return count > 5 ? "\(named) and \(count - 5) more" : named
    }

    /// Each once, in the order of the first.
    var uniqued: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}

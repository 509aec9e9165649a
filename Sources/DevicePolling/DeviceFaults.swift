import Execution
package import MaintenanceAPI

extension [BusReport] {
    /// Buses that are down, and those that have more to read than they have time for.
    package var faults: [StatusFault] {
        let overloaded = compactMap { bus -> StatusFault? in
            guard bus.isConnected, let share = bus.overrunShare else { return nil }
            return StatusFault(
                .fault, "buses.\(bus.name)",
                "the bus \(bus.name) cannot keep its intervals: of a device up to "
                    + "\(Int((share * 100).rounded())) % of the turns are left out",
                advice: "raise `every`, list less under `read`, or divide the bus")
        }
        return overloaded
            + filter { !$0.isConnected }.map { bus in
                StatusFault(
                    .fault, "buses.\(bus.name)",
                    "the bus \(bus.name) (\(bus.link)) is not connected: "
                        + (bus.lastFault ?? "not tried yet"),
                    advice: "look at its plug, its power and its name in the site document",
                    since: bus.downSince)
            }
    }
}

extension [DeviceReport] {
    /// Devices that are silent on buses that are not. Those that doors, alarms and the like hang
    /// on, each by itself; the others of a bus together.
    ///
    /// - Parameter uses: What hangs on each device.
    package func faults(uses: [String: [String]]) -> [StatusFault] {
        let silent = filter { $0.state == .silent }
        var faults = silent.compactMap { device -> StatusFault? in
            guard let uses = uses[device.id] else { return nil }
            return StatusFault(
                .fault, "devices.\(device.id)",
                "\(device.id) is silent, and \(uses.listed) \(uses.count == 1 ? "needs" : "need") it",
                advice: Self.silenceAdvice, since: device.silentSince)
        }
        for device in self where device.state == .refusing {
            faults.append(
                StatusFault(
                    .fault, "devices.\(device.id)",
                    "\(device.id) answers, and refuses everything: "
                        + (device.lastFault ?? "an exception"),
                    advice: "its profile, its unit or its model is another: "
                        + "`linli profile show \(device.profile)`, `linli modbus read`"))
        }
        for bus in map(\.bus).uniqued {
            let others = silent.filter { $0.bus == bus && uses[$0.id] == nil }
            guard !others.isEmpty else { continue }
            faults.append(
                StatusFault(
                    .fault, others.count == 1 ? "devices.\(others[0].id)" : "buses.\(bus)",
                    "\(others.map(\.id).listed) on \(bus) "
                        + "\(others.count == 1 ? "is" : "are") silent",
                    advice: Self.silenceAdvice, since: others.compactMap(\.silentSince).min()))
        }
        return faults
    }

    private static var silenceAdvice: String { "`linli devices --silent` says why" }
}

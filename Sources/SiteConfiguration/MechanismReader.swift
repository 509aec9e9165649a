import DeviceProfiles
import Documents
import GPIO
import Metering

/// What a site switches, as it was read from its document.
struct SiteMechanisms {
    var lockers: [LockerBankConfiguration]
    var doors: [DoorConfiguration]
    var lighting: [LightingCircuit]
    var charging: [ChargingGroupConfiguration]
    var valves: [ValveConfiguration]
    var alarms: [AlarmConfiguration]
    var lines: [SiteLine]
    /// Points that must be read because a line stands for them.
    var sensedPoints: [PointIdentifier: PointProfile]
}

/// Reads the sections of what switches, in the order in which they depend on one another. All
/// claim their lines from one catalog.
struct MechanismReader {
    let board: BoardDocument?
    let devices: [DeviceConfiguration]
    /// The names of all devices, those with faults of their own too.
    let deviceNames: Set<String>
    let hasLocation: Bool
    /// Files named in the document are looked for here.
    let folder: String
    let ports: PortClaims

    func mechanisms(_ fields: DocumentFields) -> SiteMechanisms {
        let lines = LineCatalog(board: board, devices: devices, deviceNames: deviceNames)
        let lockers = lockers(fields.optional("lockers"), lines: lines)
        let (doors, doorNames) = doors(fields.optional("doors"), lines: lines)
        let lighting = LightingReader(
            lines: lines,
            points: LightingPointCatalog(devices: devices, deviceNames: deviceNames),
            calendars: CalendarCatalog(fields.optional("calendars")), hasLocation: hasLocation)
        let circuitNodes = fields.optional("lighting")
        let circuits = lighting.circuits(circuitNodes)
        let chargingNode = fields.optional("charging")
        let charging = ChargingGroupReader(devices: devices, deviceNames: deviceNames, lines: lines)
            .groups(chargingNode)
        let valves = valves(fields.optional("valves"), lines: lines)
        let names = AlarmNames(
            board: board, circuits: circuitLines(circuitNodes, circuits), doors: doorNames,
            charging: chargingNames(chargingNode, charging), valves: valves)
        let alarms = AlarmReader(
            names: names, devices: devices, deviceNames: deviceNames, lines: lines
        ).alarms(fields.optional("alarms"))
        return SiteMechanisms(
            lockers: lockers, doors: doors,
            lighting: circuits, charging: charging,
            valves: valves.values.compactMap { $0 }.sorted { $0.name < $1.name },
            alarms: alarms, lines: lines.lines, sensedPoints: lines.sensedPoints)
    }

    private func lockers(
        _ node: DocumentNode?, lines: LineCatalog
    ) -> [LockerBankConfiguration] {
        let entries = node?.entries() ?? []
        if entries.count > LockerBankConfiguration.limit {
            node?.fail(
                "holds \(entries.count); at most \(LockerBankConfiguration.limit) are supported")
        }
        return entries.prefix(LockerBankConfiguration.limit).compactMap {
            LockerBankConfiguration(
                $0, lines: lines, board: board, folder: folder, ports: ports)
        }
    }

    /// The doors without faults, and the names of all.
    private func doors(
        _ node: DocumentNode?, lines: LineCatalog
    ) -> ([DoorConfiguration], names: Set<String>) {
        let entries = node?.entries() ?? []
        if entries.count > DoorConfiguration.limit {
            node?.fail(
                "holds \(entries.count); at most \(DoorConfiguration.limit) are supported")
        }
        let doors = entries.prefix(DoorConfiguration.limit).compactMap {
            DoorConfiguration($0, lines: lines)
        }
        return (doors, Set(entries.map(\.name)))
    }

    /// The valves by name; `nil` for one with faults of its own.
    private func valves(
        _ node: DocumentNode?, lines: LineCatalog
    ) -> [String: ValveConfiguration?] {
        let entries = node?.entries() ?? []
        if entries.count > ValveConfiguration.limit {
            node?.fail(
                "holds \(entries.count); at most \(ValveConfiguration.limit) are supported")
        }
        return Dictionary(
            entries.enumerated().map { place, entry in
                let isTooMany = place >= ValveConfiguration.limit
                return (entry.name, isTooMany ? nil : ValveConfiguration(entry, lines: lines))
            }
        ) { $1 }
    }

    /// What alarms may stop: all groups by name, and the chargers of those without faults. Where
    /// a group has faults, any device may be one of its chargers.
    private func chargingNames(
        _ node: DocumentNode?, _ groups: [ChargingGroupConfiguration]
    ) -> Set<String> {
        let names = Set((node?.entries() ?? []).map(\.name))
        let chargers = groups.flatMap { $0.chargers.map(\.name) }
        return names.union(names.count == groups.count ? Set(chargers) : deviceNames)
    }

    /// The lines each circuit switches; a circuit with faults of its own has none.
    private func circuitLines(
        _ node: DocumentNode?, _ circuits: [LightingCircuit]
    ) -> [String: [LineReference]] {
        var lines: [String: [LineReference]] = [:]
        for entry in node?.entries() ?? [] { lines[entry.name] = [] }
        for circuit in circuits { lines[circuit.name] = circuit.line.map { [$0] } ?? [] }
        return lines
    }
}

extension DeviceConfiguration {
    /// The same device, from which these points are read too.
    func sensing(_ points: [PointIdentifier: PointProfile]) -> DeviceConfiguration {
        let read = Set(self.points.map(\.name))
        let added = points.filter { $0.key.device == id && !read.contains($0.key.point) }
            .map(\.value).sorted { $0.name < $1.name }
        guard !added.isEmpty else { return self }
        return DeviceConfiguration(
            id: id, profile: profile, bus: bus, unit: unit, every: every,
            points: self.points + added, place: place, timing: timing)
    }
}

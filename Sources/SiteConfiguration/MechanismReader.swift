import DeviceProfiles
import Documents
import GPIO
import Metering

/// What a site switches, as it was read from its document.
struct SiteMechanisms {
    var lighting: [LightingCircuit]
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

    func mechanisms(_ fields: DocumentFields) -> SiteMechanisms {
        let lines = LineCatalog(board: board, devices: devices, deviceNames: deviceNames)
        let lighting = LightingReader(
            lines: lines,
            points: LightingPointCatalog(devices: devices, deviceNames: deviceNames),
            calendars: CalendarCatalog(fields.optional("calendars")), hasLocation: hasLocation)
        let circuitNodes = fields.optional("lighting")
        let circuits = lighting.circuits(circuitNodes)
        let valves = valves(fields.optional("valves"), lines: lines)
        let names = AlarmNames(
            board: board, circuits: circuitLines(circuitNodes, circuits), doors: [],
            valves: valves)
        let alarms = AlarmReader(
            names: names, devices: devices, deviceNames: deviceNames, lines: lines
        ).alarms(fields.optional("alarms"))
        return SiteMechanisms(
            lighting: circuits,
            valves: valves.values.compactMap { $0 }.sorted { $0.name < $1.name },
            alarms: alarms, lines: lines.lines, sensedPoints: lines.sensedPoints)
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
            entries.prefix(ValveConfiguration.limit).map {
                ($0.name, ValveConfiguration($0, lines: lines))
            }
        ) { $1 }
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

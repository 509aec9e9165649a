package import GPIO
package import Metering
package import SiteConfiguration

/// The rules of a site made ready: what depends on what, and in which order all is decided and
/// carried out. A value that does not change.
package struct AlarmProgram: Sendable {
    /// Each behind the rules it depends on.
    let rules: [Rule]
    let nodes: [ConditionNode]
    /// The lines of valves first, then other lines, circuits, doors, chargers: the order of acting.
    let outputs: [Output]
    let valves: [Valve]
    let points: [PointIdentifier]
    let lines: [LineReference]
    let devices: [DeviceIdentifier]

    /// By the index of a point in the catalog: its place in ``points``, or -1.
    let placeOfPoint: [Int32]
    let placeOfLine: [LineName: Int]
    let placeOfDevice: [DeviceIdentifier: Int]
    let placeOfRule: [String: Int]
    let placeOfValve: [String: Int]

    /// The rules that look at the value of each point, at each line, at the silence of each
    /// device; ascending.
    let rulesOfPoint: [[Int]]
    let rulesOfLine: [[Int]]
    let rulesOfDevice: [[Int]]
    /// The valves whose contact each line is.
    let valvesOfLine: [[Int]]
    /// The outputs that are points of each device.
    let outputsOfDevice: [[Int]]

    struct Rule: Sendable {
        let configuration: AlarmConfiguration
        /// Its condition among ``AlarmProgram/nodes``.
        let root: Int
        let demands: [Demand]
        let valves: [Int]
        /// The rules that look at this one; all are behind it.
        var dependants: [Int] = []
    }

    /// What a rule wants of an output as long as it is active.
    struct Demand: Hashable, Sendable {
        let output: Int
        let isOn: Bool
    }

    struct Output: Sendable {
        let target: AlarmOutput
        /// What it is told while no rule wants anything.
        let rest: AlarmCommand
        /// The valve it belongs to.
        let valve: Int?
    }

    struct Valve: Sendable {
        let configuration: ValveConfiguration
        let close: Int
        let open: Int?
        let contact: Int?

        var outputs: [Int] { [close] + (open.map { [$0] } ?? []) }
    }

    /// Makes the rules of a site ready, and adds one for each detector they rely on: see
    /// ``Supervision``.
    ///
    /// - Parameter index: Where the catalog of the running site has a point.
    /// - Precondition: The document was read without faults: no rule acts on itself, and each
    ///   name leads somewhere.
    package init(
        alarms: [AlarmConfiguration], valves: [ValveConfiguration],
        index: (PointIdentifier) -> PointIndex?
    ) {
        var builder = ProgramBuilder(valves: valves)
        builder.add(alarms + Supervision.rules(for: alarms))
        let (points, lines, devices) = (
            builder.points.items, builder.lines.items, builder.devices.items
        )
        var places: [Int32] = []
        for (place, point) in points.enumerated() {
            guard let index = index(point).map({ Int($0.rawValue) }) else { continue }
            if places.count <= index {
                places += Array(repeating: -1, count: index + 1 - places.count)
            }
            places[index] = Int32(place)
        }
        rules = builder.rules
        nodes = builder.nodes
        outputs = builder.outputs
        self.valves = builder.valves
        self.points = points
        self.lines = lines
        self.devices = devices
        placeOfPoint = places
        placeOfLine = Dictionary(uniqueKeysWithValues: zip(lines.map(\.name), lines.indices))
        placeOfDevice = Dictionary(uniqueKeysWithValues: zip(devices, devices.indices))
        placeOfRule = Dictionary(
            uniqueKeysWithValues: zip(rules.map(\.configuration.name), rules.indices))
        placeOfValve = Dictionary(
            uniqueKeysWithValues: zip(self.valves.map(\.configuration.name), self.valves.indices))
        rulesOfPoint = builder.rulesOfPoint.lists(points.count)
        rulesOfLine = builder.rulesOfLine.lists(lines.count)
        rulesOfDevice = builder.rulesOfDevice.lists(devices.count)
        valvesOfLine = builder.valvesOfLine.lists(lines.count)
        outputsOfDevice = builder.outputsOfDevice.lists(devices.count)
    }

    /// Whether any rule looks at a point.
    package func watches(_ point: PointIndex) -> Bool {
        let index = Int(point.rawValue)
        return index < placeOfPoint.count && placeOfPoint[index] >= 0
    }

    /// Whether any rule or valve looks at a line.
    package func watches(_ line: LineName) -> Bool { placeOfLine[line] != nil }

    /// The points whose readings the rules need.
    package var watchedPoints: Set<PointIdentifier> { Set(points) }

    /// The lines the rules and valves look at.
    package var watchedLines: [LineReference] { lines }

    /// What the rules and valves switch, in the order of acting.
    package var targets: [AlarmOutput] { outputs.map(\.target) }
}

/// Something that alarms switch.
package enum AlarmOutput: Hashable, Sendable, CustomStringConvertible {
    case line(LineName)
    case circuit(String)
    case door(String)
    /// A charger or a group of them; on is stopped.
    case charging(String)

    package var description: String {
        switch self {
        case .line(let line): line.description
        case .circuit(let name), .door(let name), .charging(let name): name
        }
    }
}

/// What an output is told.
package enum AlarmCommand: Hashable, Sendable {
    /// Active; a circuit held on; a door held unlocked; a charger held stopped.
    case on
    /// Inactive; a circuit held off.
    case off
    /// No alarm wants anything of a circuit, a door or a charger. Lines are never let go.
    case letGo
}

import DeviceProfiles
import Documents
import GPIO
import Metering

/// Reads the rules of a document: what they may name, and the faults of what they do name.
///
///     let reader = AlarmReader(
///         names: AlarmNames(
///             board: board, circuits: circuits, doors: doors, charging: charging, valves: valves),
///         devices: devices, deviceNames: names, lines: catalog)
///     let alarms = reader.alarms(fields.optional("alarms"))
struct AlarmReader {
    let names: AlarmNames
    let lines: LineCatalog
    /// All names under `devices`, those with faults too.
    let deviceNames: Set<String>
    private let devices: [String: DeviceConfiguration]

    init(
        names: AlarmNames, devices: [DeviceConfiguration], deviceNames: Set<String>,
        lines: LineCatalog
    ) {
        self.names = names
        self.lines = lines
        self.deviceNames = deviceNames
        self.devices = Dictionary(devices.map { ($0.id.description, $0) }) { $1 }
    }

    /// The rules without faults, in the order of the document.
    func alarms(_ node: DocumentNode?) -> [AlarmConfiguration] {
        guard let node, let entries = node.entries() else { return [] }
        guard entries.count <= AlarmConfiguration.limit else {
            node.fail("holds \(entries.count); at most \(AlarmConfiguration.limit) are supported")
            return []
        }
        let all = Set(entries.map(\.name))
        let read = entries.map { ($0, alarm($0, among: all)) }
        let loops = AlarmLoops(
            read.compactMap(\.1), circuits: names.circuits, valves: names.valves)
        for loop in loops.found {
            let entry = read.first { $0.0.name == loop.alarm }?.0
            entry?.key.fail("acts on itself in a loop: \(loop)")
        }
        return read.compactMap(\.1)
    }

    private func alarm(_ entry: DocumentEntry, among all: Set<String>) -> AlarmConfiguration? {
        let name = entry.checkedName()
        guard
            let fields = entry.value.fields(["when", "then", "latch", "severity", "message"])
        else { return nil }
        let conditions = AlarmConditionReader(rules: self, alarms: all)
        let condition = fields.required("when").flatMap { conditions.condition($0) }
        let actions = fields.optional("then").map(actions) ?? []
        let isLatched = fields.optional("latch").map { $0.boolean() } ?? false
        let severity =
            fields.optional("severity").map { $0.choice(of: AlarmSeverity.self) } ?? .alarm
        let message = fields.optional("message").map { $0.label() }
        guard let name, let condition, let actions, let isLatched, let severity,
            message != .some(nil)
        else { return nil }
        return AlarmConfiguration(
            name: name, condition: condition, actions: actions, isLatched: isLatched,
            severity: severity, message: message ?? nil)
    }

    private func actions(_ node: DocumentNode) -> [AlarmAction]? {
        guard let items = node.list() else { return nil }
        guard !items.isEmpty else {
            node.fail("is empty; leave it out for an alarm that is only told")
            return nil
        }
        guard items.count <= AlarmConfiguration.actionLimit else {
            node.fail(
                "holds \(items.count); at most \(AlarmConfiguration.actionLimit) are supported")
            return nil
        }
        var targets: [AlarmAction.Target: Int] = [:]
        var actions: [AlarmAction] = []
        for item in items {
            guard let action = action(item) else { continue }
            if let first = targets[action.target] {
                item.fail("acts on the same as line \(first) of this rule")
            }
            targets[action.target] = item.line
            actions.append(action)
        }
        return actions.count == items.count ? actions : nil
    }

    private static let actionWords = ["close", "on", "off", "release", "stop"]

    private func action(_ node: DocumentNode) -> AlarmAction? {
        guard
            let fields = node.fields(
                Self.actionWords,
                unsupported: [
                    "open": "no rule opens a valve; that is done by hand, with its own command"
                ])
        else { return nil }
        let given = Self.actionWords.filter(fields.contains)
        guard given.count == 1, let word = given.first else {
            if given.count > 1 { node.fail("is several actions; write each as an item of its own") }
            if given.isEmpty, !(node.entries() ?? []).contains(where: { $0.name == "open" }) {
                node.fail("is no action; write close, on, off, release or stop")
            }
            return nil
        }
        guard let target = fields.required(word) else { return nil }
        switch word {
        case "close": return names.valve(target).map { .close(valve: $0) }
        case "stop": return names.charging(target).map { .stop(charging: $0) }
        case "release": return names.door(target).map { .release(door: $0) }
        default: return output(target, isOn: word == "on")
        }
    }

    private func output(_ node: DocumentNode, isOn: Bool) -> AlarmAction? {
        func line() -> AlarmAction? {
            lines.sharedOutput(node).map {
                .line($0, isOn: isOn)
            }
        }
        // A mapping says more of a line than its name.
        if case .mapping = node.content { return line() }
        guard let text = node.text() else { return nil }
        switch names.kind(ofOutput: text) {
        case .circuit: return .circuit(text, isOn: isOn)
        case .line: return line()
        case .fault(let reason):
            node.fail(reason)
            return nil
        }
    }

    /// A line that a condition looks at.
    func observedLine(_ node: DocumentNode) -> LineReference? {
        lines.observedInput(node)
    }

    /// A device that a condition names.
    func device(_ node: DocumentNode) -> DeviceIdentifier? {
        guard let text = node.text() else { return nil }
        guard deviceNames.contains(text), let id = DeviceIdentifier(text) else {
            node.fail(
                "unknown device \"\(text.prefix(64))\"" + suggestion(for: text, among: deviceNames),
                namedIn: "devices")
            return nil
        }
        return id
    }

    /// A point that a condition names, which its device reads.
    func point(_ node: DocumentNode) -> (PointIdentifier, PointProfile)? {
        guard let text = node.text() else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            node.fail("a point is written device/point")
            return nil
        }
        guard let device = devices[parts[0]] else {
            if !deviceNames.contains(parts[0]) {
                node.fail(
                    "unknown device \"\(parts[0].prefix(64))\""
                        + suggestion(for: parts[0], among: deviceNames), namedIn: "devices")
            }
            return nil
        }
        guard let name = PointName(parts[1]), let point = device.profile.point(named: name) else {
            let known = device.profile.points.lazy.filter(\.access.isReadable)
                .map(\.name.description)
            node.fail(
                "\(device.profile.id) has no point \"\(parts[1].prefix(64))\""
                    + suggestion(for: parts[1], among: known))
            return nil
        }
        guard device.points.contains(where: { $0.name == name }) else {
            node.fail(
                point.access.isReadable
                    ? "\(device.id) does not read \(name); list it under its read"
                    : "\(name) can only be written")
            return nil
        }
        return (PointIdentifier(device: device.id, point: name), point)
    }
}

extension AlarmAction {
    /// What must not be acted on twice by one rule.
    fileprivate enum Target: Hashable {
        case valve(String)
        case line(LineSource)
        case circuit(String)
        case door(String)
        case charging(String)
    }

    fileprivate var target: Target {
        switch self {
        case .close(let valve): .valve(valve)
        case .line(let line, _): .line(line.source)
        case .circuit(let circuit, _): .circuit(circuit)
        case .release(let door): .door(door)
        case .stop(let name): .charging(name)
        }
    }
}

import Execution
import GPIO
import Metering
import SiteConfiguration

/// Lays out rules flat, and numbers all they look at and act on.
struct ProgramBuilder {
    private(set) var rules: [AlarmProgram.Rule] = []
    private(set) var nodes: [ConditionNode] = []
    private(set) var outputs: [AlarmProgram.Output] = []
    private(set) var valves: [AlarmProgram.Valve] = []
    private(set) var points = Numbering<PointIdentifier>()
    private(set) var lines = Numbering<LineReference>()
    private(set) var devices = Numbering<DeviceIdentifier>()
    private(set) var rulesOfPoint = Relation()
    private(set) var rulesOfLine = Relation()
    private(set) var rulesOfDevice = Relation()
    private(set) var valvesOfLine = Relation()
    private(set) var outputsOfDevice = Relation()
    private var outputNumbers: [AlarmOutput: Int] = [:]
    private var valveNumbers: [String: Int] = [:]
    private var ruleNumbers: [String: Int] = [:]
    private let valveConfigurations: [ValveConfiguration]

    init(valves: [ValveConfiguration]) {
        valveConfigurations = valves
    }

    mutating func add(_ alarms: [AlarmConfiguration]) {
        addOutputs(alarms)
        for alarm in Self.inOrder(alarms) {
            let number = rules.count
            let root = nodes.count
            layOut(alarm.condition, rule: number)
            ruleNumbers[alarm.name] = number
            rules.append(
                AlarmProgram.Rule(
                    configuration: alarm, root: root, demands: demands(of: alarm),
                    valves: alarm.actions.compactMap { action in
                        if case .close(let valve) = action { valveNumbers[valve] } else { nil }
                    }))
        }
        for (number, rule) in rules.enumerated() {
            for case .alarm(let name) in rule.configuration.condition.all {
                guard let other = ruleNumbers[name], rules[other].dependants.last != number
                else { continue }
                rules[other].dependants.append(number)
            }
        }
    }

    /// Rules behind those they depend on, else as they were.
    private static func inOrder(_ alarms: [AlarmConfiguration]) -> [AlarmConfiguration] {
        let byName = Dictionary(alarms.map { ($0.name, $0) }) { first, _ in first }
        var placed: Set<String> = []
        var onTheWay: Set<String> = []
        var ordered: [AlarmConfiguration] = []
        for alarm in alarms {
            var path = [alarm]
            while let next = path.last {
                onTheWay.insert(next.name)
                let open = next.condition.all.lazy.compactMap { condition in
                    if case .alarm(let name) = condition, !placed.contains(name) {
                        byName[name]
                    } else {
                        nil
                    }
                }.first
                if let open {
                    precondition(!onTheWay.contains(open.name), "no alarm depends on itself")
                    path.append(open)
                    continue
                }
                path.removeLast()
                onTheWay.remove(next.name)
                if placed.insert(next.name).inserted { ordered.append(next) }
            }
        }
        return ordered
    }

    private mutating func layOut(_ condition: AlarmCondition, rule: Int) {
        let place = nodes.count
        nodes.append(ConditionNode(kind: kind(of: condition, rule: rule), end: place + 1))
        switch condition {
        case .any(let parts), .all(let parts): for part in parts { layOut(part, rule: rule) }
        case .not(let part), .lasting(let part, _): layOut(part, rule: rule)
        default: break
        }
        nodes[place].end = nodes.count
    }

    private mutating func kind(
        of condition: AlarmCondition, rule: Int
    ) -> ConditionNode.Kind {
        switch condition {
        case .point(let point, let test):
            let place = points.number(of: point)
            rulesOfPoint.insert(rule, at: place)
            return switch test {
            case .outside(let above, let below, let hysteresis):
                .band(point: place, ConditionNode.Band(above, below, hysteresis: hysteresis))
            case .equals(let value): .equals(point: place, value)
            case .bit(let bit): .bit(point: place, bit)
            }
        case .missing(let point):
            let place = points.number(of: point)
            rulesOfPoint.insert(rule, at: place)
            return .missing(point: place)
        case .line(let line, let isActive):
            return .line(number(of: line, rule: rule), isActive: isActive)
        case .fault(let line): return .fault(line: number(of: line, rule: rule))
        case .silent(let device):
            let place = devices.number(of: device)
            rulesOfDevice.insert(rule, at: place)
            return .silent(device: place)
        case .alarm(let name):
            guard let other = ruleNumbers[name] else {
                preconditionFailure("every alarm that is named is there")
            }
            return .alarm(rule: other)
        case .any: return .any
        case .all: return .all
        case .not: return .not
        case .lasting(_, let period): return .lasting(nanoseconds: period.nanoseconds)
        }
    }

    private mutating func number(of line: LineReference, rule: Int) -> Int {
        let place = lines.number(of: line)
        rulesOfLine.insert(rule, at: place)
        return place
    }

    // MARK: - Outputs

    private mutating func addOutputs(_ alarms: [AlarmConfiguration]) {
        for valve in valveConfigurations {
            let number = valves.count
            // In this order, so that what opens a valve is off before what shuts it is on.
            let open = valve.open.map { addOutput($0, rest: .off, valve: number) }
            let close = addOutput(valve.close, rest: .off, valve: number)
            let contact = valve.closed.map { lines.number(of: $0) }
            if let contact { valvesOfLine.insert(number, at: contact) }
            valveNumbers[valve.name] = number
            valves.append(
                AlarmProgram.Valve(
                    configuration: valve, close: close, open: open, contact: contact))
        }
        let actions = alarms.flatMap(\.actions)
        let switchedOn = Set(
            actions.compactMap { action in
                if case .line(let line, isOn: true) = action { line.name } else { nil }
            })
        for case .line(let line, _) in actions where outputNumbers[.line(line.name)] == nil {
            // What alarms only ever switch off is what they release while all is well.
            let rest: AlarmCommand = switchedOn.contains(line.name) ? .off : .on
            _ = addOutput(line, rest: rest, valve: nil)
        }
        for case .circuit(let name, _) in actions { add(.circuit(name)) }
        for case .release(let name) in actions { add(.door(name)) }
        for case .stop(let name) in actions { add(.charging(name)) }
    }

    private mutating func addOutput(
        _ line: LineReference, rest: AlarmCommand, valve: Int?
    ) -> Int {
        let number = outputs.count
        outputNumbers[.line(line.name)] = number
        outputs.append(AlarmProgram.Output(target: .line(line.name), rest: rest, valve: valve))
        if let point = line.source.point {
            outputsOfDevice.insert(number, at: devices.number(of: point.device))
        }
        return number
    }

    private mutating func add(_ output: AlarmOutput) {
        guard outputNumbers[output] == nil else { return }
        outputNumbers[output] = outputs.count
        outputs.append(AlarmProgram.Output(target: output, rest: .letGo, valve: nil))
    }

    private func demands(of alarm: AlarmConfiguration) -> [AlarmProgram.Demand] {
        let demands = alarm.actions.compactMap { action -> AlarmProgram.Demand? in
            let (output, isOn): (AlarmOutput, Bool)
            switch action {
            case .close: return nil
            case .line(let line, let on): (output, isOn) = (.line(line.name), on)
            case .circuit(let name, let on): (output, isOn) = (.circuit(name), on)
            case .release(let name): (output, isOn) = (.door(name), true)
            case .stop(let name): (output, isOn) = (.charging(name), true)
            }
            guard let number = outputNumbers[output] else { return nil }
            return AlarmProgram.Demand(output: number, isOn: isOn)
        }
        return demands.sorted { $0.output < $1.output }
    }
}

/// Distinct things, numbered as they come.
struct Numbering<Item: Hashable> {
    private(set) var items: [Item] = []
    private var numbers: [Item: Int] = [:]

    mutating func number(of item: Item) -> Int {
        if let number = numbers[item] { return number }
        numbers[item] = items.count
        items.append(item)
        return items.count - 1
    }
}

/// Lists of numbers by number, in the order of insertion, each once.
struct Relation {
    private var found: [Int: [Int]] = [:]

    mutating func insert(_ number: Int, at place: Int) {
        if found[place]?.last != number { found[place, default: []].append(number) }
    }

    func lists(_ count: Int) -> [[Int]] { (0..<count).map { found[$0] ?? [] } }
}

extension ConditionNode.Band {
    init(_ above: ScaledInteger?, _ below: ScaledInteger?, hysteresis: ScaledInteger) {
        let down = ScaledInteger(-hysteresis.mantissa, exponent: hysteresis.exponent)
        // The reader has seen that the sums fit; without one, there is no hysteresis.
        self.init(
            above: above, endsAbove: above.map { $0.adding(down) ?? $0 }, below: below,
            endsBelow: below.map { $0.adding(hysteresis) ?? $0 })
    }
}

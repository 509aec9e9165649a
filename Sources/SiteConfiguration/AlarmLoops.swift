import DeviceProfiles
import GPIO
import Metering

/// The rules that act on themselves: through other alarms, or through what they switch and
/// look at.
struct AlarmLoops {
    /// A shortest way from a rule back to itself, for each group of rules that act on one
    /// another: it begins with the first of the group in the document.
    let found: [Loop]

    struct Loop: CustomStringConvertible {
        /// The first rule of the way.
        let alarm: String
        /// Rules, and the lines they act on the next by, without the first rule again.
        let way: [String]

        var description: String { (way + [alarm]).joined(separator: " → ") }
    }

    /// - Parameters:
    ///   - circuits: The lines each lighting circuit switches.
    /// - Complexity: O(*n*) in the number of conditions and actions of all rules.
    init(
        _ rules: [AlarmConfiguration], circuits: [String: [LineReference]],
        valves: [String: ValveConfiguration?]
    ) {
        let graph = ActionGraph(rules, circuits: circuits, valves: valves)
        found = graph.groups().compactMap { group in
            guard let start = group.filter({ $0 < rules.count }).min(),
                let way = graph.shortestLoop(from: start, within: Set(group))
            else { return nil }
            return (start, Loop(alarm: rules[start].name, way: way.map { graph.names[$0] }))
        }
        .sorted { (left: (Int, Loop), right: (Int, Loop)) in left.0 < right.0 }
        .map(\.1)
    }
}

/// What acts on what: rules on rules that name them, rules on lines, lines on rules that look
/// at them.
private struct ActionGraph {
    /// The rules first, in their order, then the lines.
    private(set) var names: [String]
    private var edges: [[Int]]
    private var places: [Thing: Int] = [:]

    init(
        _ rules: [AlarmConfiguration], circuits: [String: [LineReference]],
        valves: [String: ValveConfiguration?]
    ) {
        names = rules.map(\.name)
        edges = Array(repeating: [], count: rules.count)
        let numbers = Dictionary(rules.enumerated().map { ($1.name, $0) }) { first, _ in first }
        for (number, rule) in rules.enumerated() {
            for action in rule.actions {
                for line in action.lines(circuits: circuits, valves: valves) {
                    edges[number].append(
                        place(of: Thing(line.source), name: line.name.description))
                }
            }
        }
        for (number, rule) in rules.enumerated() {
            for condition in rule.condition.all {
                if case .alarm(let name) = condition, let other = numbers[name] {
                    edges[other].append(number)
                } else if let thing = Thing(condition), let place = places[thing] {
                    edges[place].append(number)
                }
            }
        }
    }

    private mutating func place(of thing: Thing, name: String) -> Int {
        if let place = places[thing] { return place }
        places[thing] = names.count
        names.append(name)
        edges.append([])
        return names.count - 1
    }

    /// The strongly connected groups in which something acts on itself.
    ///
    /// Source: Tarjan, "Depth-first search and linear graph algorithms" (1972), without recursion.
    func groups() -> [[Int]] {
        var found: [[Int]] = []
        var order = Array(repeating: 0, count: names.count)  // 0: not met yet
        var low = order
        var isOpen = Array(repeating: false, count: names.count)
        var open: [Int] = []
        var met = 0
        for root in names.indices where order[root] == 0 {
            var path: [(node: Int, next: Int)] = [(root, 0)]
            while let (node, next) = path.last {
                if next == 0 {
                    met += 1
                    (order[node], low[node]) = (met, met)
                    open.append(node)
                    isOpen[node] = true
                }
                if next < edges[node].count {
                    path[path.count - 1].next += 1
                    let other = edges[node][next]
                    if order[other] == 0 {
                        path.append((other, 0))
                    } else if isOpen[other] {
                        low[node] = min(low[node], order[other])
                    }
                    continue
                }
                path.removeLast()
                if let parent = path.last?.node { low[parent] = min(low[parent], low[node]) }
                guard low[node] == order[node], let start = open.lastIndex(of: node) else {
                    continue
                }
                let group = Array(open[start...])
                open.removeSubrange(start...)
                for member in group { isOpen[member] = false }
                if group.count > 1 || edges[node].contains(node) { found.append(group) }
            }
        }
        return found
    }

    /// The shortest way from a node back to itself, the node first.
    func shortestLoop(from start: Int, within group: Set<Int>) -> [Int]? {
        var cameFrom: [Int: Int] = [:]
        var queue = [start]
        var next = 0
        while next < queue.count {
            let node = queue[next]
            next += 1
            for other in edges[node] where group.contains(other) {
                if other == start {
                    var way = [node]
                    while way[0] != start, let before = cameFrom[way[0]] {
                        way.insert(before, at: 0)
                    }
                    return way
                }
                if cameFrom[other] == nil {
                    cameFrom[other] = node
                    queue.append(other)
                }
            }
        }
        return nil
    }
}

/// What a rule can switch and another look at, whatever name it has.
private enum Thing: Hashable {
    case gpio(chip: String, offset: Int)
    case point(PointIdentifier)

    init(_ source: LineSource) {
        switch source {
        case .gpio(let settings): self = .gpio(chip: settings.chip, offset: settings.offset)
        case .point(let device, let point):
            self.init(PointIdentifier(device: device, point: point.name))
        }
    }

    /// What a relay says it does (`relay.1.actual`) is the relay again.
    private init(_ point: PointIdentifier) {
        let name = point.point.description
        let relay = name.hasSuffix(".actual") ? PointName(String(name.dropLast(7))) : nil
        self = .point(PointIdentifier(device: point.device, point: relay ?? point.point))
    }

    /// What a condition looks at itself. That a line or a reading fails is not switched by a rule.
    init?(_ condition: AlarmCondition) {
        switch condition {
        case .line(let line, _): self.init(line.source)
        case .point(let point, _): self.init(point)
        default: return nil
        }
    }
}

extension AlarmAction {
    fileprivate func lines(
        circuits: [String: [LineReference]], valves: [String: ValveConfiguration?]
    ) -> [LineReference] {
        switch self {
        case .line(let line, _): [line]
        case .circuit(let name, _): circuits[name] ?? []
        case .close(let valve): (valves[valve] ?? nil)?.outputs ?? []
        case .release, .stop: []
        }
    }
}

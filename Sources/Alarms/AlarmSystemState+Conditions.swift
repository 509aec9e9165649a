import GPIO
import Metering
import SiteConfiguration

extension AlarmSystemState {
    /// Whether a condition is true; `nil` where that is not known.
    ///
    /// Looking twice at one moment changes nothing.
    ///
    /// - Parameter deadline: Made earlier where waiting alone would make a condition true.
    mutating func truth(of place: Int, at now: Int64, deadline: inout Int64) -> Bool? {
        let truth = newTruth(of: place, at: now, deadline: &deadline)
        truths[place] = truth.map { $0 ? 1 : 0 } ?? -1
        return truth
    }

    private mutating func newTruth(of place: Int, at now: Int64, deadline: inout Int64) -> Bool? {
        switch program.nodes[place].kind {
        case .band(let point, let band):
            guard case .value(let value, let isDoubtful) = points[point] else { return nil }
            let before = ConditionNode.Band.Side(rawValue: memory[place]) ?? .inside
            let side = band.side(of: value, from: before)
            if side == .inside, isDoubtful { return nil }
            memory[place] = side.rawValue
            return side != .inside
        case .equals(let point, let expected):
            return compare(points[point]) { $0 == expected }
        case .bit(let point, let bit):
            return compare(points[point]) { value in
                guard let word = value.rescaled(to: 0) else { return false }
                return word.mantissa >> Int64(bit) & 1 == 1
            }
        case .missing(let point): return points[point] == .unread ? nil : points[point] == .missing
        case .line(let line, let isActive): return lines[line].isActive.map { $0 == isActive }
        case .fault(let line):
            switch lines[line] {
            case .active, .inactive: return false
            case .unknown(.notRead), .unknown(.stopped): return nil
            case .unknown: return true
            }
        case .silent(let device): return isSilent[device]
        case .alarm(let rule): return rules[rule].truth
        case .any:
            return parts(of: place, at: now, deadline: &deadline) { $0 || $1 }
        case .all:
            return parts(of: place, at: now, deadline: &deadline) { $0 && $1 }
        case .not: return truth(of: place + 1, at: now, deadline: &deadline).map { !$0 }
        case .lasting(let nanoseconds):
            switch truth(of: place + 1, at: now, deadline: &deadline) {
            case true?:
                if memory[place] == Self.never { memory[place] = now }
                let end = memory[place] + nanoseconds
                if now < end { deadline = min(deadline, end) }
                return now >= end
            case false?:
                memory[place] = Self.never
                return false
            case nil: return nil
            }
        }
    }

    /// All parts of a condition together: `decide` tells whether it is true of two that are known.
    ///
    /// Every part is looked at, since each has to remember.
    private mutating func parts(
        of place: Int, at now: Int64, deadline: inout Int64, decide: (Bool, Bool) -> Bool
    ) -> Bool? {
        let isAny = decide(true, false)
        var isDecided = false
        var isUnknown = false
        var part = place + 1
        while part < program.nodes[place].end {
            switch truth(of: part, at: now, deadline: &deadline) {
            case isAny?: isDecided = true
            case nil: isUnknown = true
            default: break
            }
            part = program.nodes[part].end
        }
        if isDecided { return isAny }
        return isUnknown ? nil : !isAny
    }

    private func compare(_ input: PointInput, _ test: (ScaledInteger) -> Bool) -> Bool? {
        guard case .value(let value, let isDoubtful) = input else { return nil }
        let truth = test(value)
        return isDoubtful && !truth ? nil : truth
    }

    /// What a condition looks at that made it true: the first that is, with its value.
    func cause(of rule: Int) -> [String: String] {
        let root = program.rules[rule].root
        let leaf = (root..<program.nodes[root].end).first {
            truths[$0] == 1 && program.nodes[$0].isLeaf
        }
        guard let leaf else { return [:] }
        switch program.nodes[leaf].kind {
        case .band(let point, _), .equals(let point, _), .bit(let point, _):
            var details = ["cause": program.points[point].description]
            if case .value(let value, _) = points[point] { details["value"] = value.description }
            return details
        case .missing(let point):
            return ["cause": program.points[point].description, "value": "missing"]
        case .line(let line, let isActive):
            return [
                "cause": program.lines[line].name.description,
                "value": isActive ? "active" : "inactive",
            ]
        case .fault(let line):
            return ["cause": program.lines[line].name.description, "value": "fault"]
        case .silent(let device):
            return ["cause": program.devices[device].description, "value": "silent"]
        case .alarm(let other):
            return ["cause": program.rules[other].configuration.name, "value": "active"]
        case .any, .all, .not, .lasting: return [:]
        }
    }

    /// What a rule looks at and knows nothing of: points, lines.
    func unknownInputs(of rule: Int) -> [String] {
        let root = program.rules[rule].root
        let leaves = program.nodes[root..<program.nodes[root].end]
        var found: [String] = []
        for node in leaves {
            let name: String?
            switch node.kind {
            case .band(let point, _), .equals(let point, _), .bit(let point, _):
                if case .value = points[point] { continue }
                name = program.points[point].description
            case .line(let line, _):
                name = lines[line].isActive == nil ? program.lines[line].name.description : nil
            default: continue
            }
            if let name, !found.contains(name) { found.append(name) }
        }
        return found
    }
}

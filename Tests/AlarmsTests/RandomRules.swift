import Execution
import Metering
import SiteConfiguration

/// Rules that nobody would write, over a few points, lines and devices.
struct RandomRules {
    static let points = ["d0/a", "d0/b", "d1/a", "d1/b"].map { PointIdentifier($0)! }
    static let lines = ["IN0", "IN1", "IN2"]
    static let devices = ["d0", "d1"].map { DeviceIdentifier($0)! }
    static let valve = ValveConfiguration(name: "valve", close: .gpio("VALVE"), closed: nil)

    private var random: SeededRandom

    /// Whether rules look at the silence of devices.
    private let withSilence: Bool

    init(seed: UInt64, withSilence: Bool = true) {
        self.withSilence = withSilence
        random = SeededRandom(seed: seed)
    }

    mutating func rules() -> [AlarmConfiguration] {
        var rules: [AlarmConfiguration] = []
        for number in 0..<Int.random(in: 1...6, using: &random) {
            let condition = condition(rules.map(\.name), depth: 3)
            rules.append(
                AlarmConfiguration(
                    name: "r\(number)", condition: condition, actions: actions(),
                    isLatched: Bool.random(using: &random)))
        }
        // In any order: a rule may be written before those it depends on.
        return rules.shuffled(using: &random)
    }

    private mutating func actions() -> [AlarmAction] {
        var actions: [AlarmAction] = []
        for line in ["OUT0", "OUT1", "OUT2"] where Bool.random(using: &random) {
            // The third is only ever switched off.
            actions.append(
                line == "OUT2" || Int.random(in: 0..<4, using: &random) == 0
                    ? .off(line) : .on(line))
        }
        if Bool.random(using: &random) { actions.append(.circuit("stairs", isOn: true)) }
        if Bool.random(using: &random) { actions.append(.release(door: "entrance")) }
        if Bool.random(using: &random) { actions.append(.stop(charging: "garage")) }
        if Int.random(in: 0..<3, using: &random) == 0 { actions.append(.close(valve: "valve")) }
        return actions.shuffled(using: &random)
    }

    private mutating func condition(_ names: [String], depth: Int) -> AlarmCondition {
        let bare = bare(names, depth: depth)
        guard Int.random(in: 0..<4, using: &random) == 0 else { return bare }
        return .lasting(bare, .milliseconds(Int.random(in: 1...40, using: &random) * 100))
    }

    private mutating func bare(_ names: [String], depth: Int) -> AlarmCondition {
        let point = Self.points.randomElement(using: &random)!
        let line = Self.lines.randomElement(using: &random)!
        switch Int.random(in: 0..<(depth > 0 ? 13 : 9), using: &random) {
        case 0, 1: return .point(point, band())
        case 2: return .point(point, .equals(value()))
        case 3: return .point(point, .bit(Int.random(in: 0...3, using: &random)))
        case 4, 5: return .line(line, isActive: Bool.random(using: &random))
        case 6 where withSilence: return .silent(Self.devices.randomElement(using: &random)!)
        case 6, 7: return Bool.random(using: &random) ? .missing(point) : .fault(.gpio(line))
        case 8: return names.randomElement(using: &random).map { .alarm($0) } ?? .line(line)
        case 9, 10: return .any(parts(names, depth: depth))
        case 11: return .all(parts(names, depth: depth))
        default: return .not(condition(names, depth: depth - 1))
        }
    }

    private mutating func parts(_ names: [String], depth: Int) -> [AlarmCondition] {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in
            condition(names, depth: depth - 1)
        }
    }

    private mutating func band() -> PointTest {
        let below = Int64.random(in: 0...8, using: &random)
        let above = below + Int64.random(in: 4...8, using: &random)
        let hysteresis = ScaledInteger(Int64.random(in: 0...20, using: &random), exponent: -1)
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
            return .outside(above: ScaledInteger(above), below: nil, hysteresis: hysteresis)
        case 1:
            return .outside(above: nil, below: ScaledInteger(below), hysteresis: hysteresis)
        default:
            return .outside(
                above: ScaledInteger(above), below: ScaledInteger(below), hysteresis: hysteresis)
        }
    }

    private mutating func value() -> ScaledInteger {
        ScaledInteger(Int64.random(in: 0...16, using: &random))
    }
}

import Execution
import GPIO
import Metering
import SiteConfiguration

/// What alarms ought to be, worked out anew from all that has ever happened: slow, and without
/// any of the memory, order or index of the real thing.
///
/// Each thing that happens makes two steps: first time passes, then it is there.
final class ReferenceAlarms {
    enum Happening {
        case nothing
        case reading(PointIdentifier, ScaledInteger?, isDoubtful: Bool)
        case line(String, Bool?)
        case silent(DeviceIdentifier, Bool)
        case acknowledge(String)
    }

    private let rules: [AlarmConfiguration]
    private var steps: [(time: Int64, what: Happening)] = []
    private var truths: [Key: Bool?] = [:]
    private var actives: [String: [Bool]] = [:]

    private struct Key: Hashable {
        let condition: AlarmCondition
        let step: Int
    }

    init(_ rules: [AlarmConfiguration]) {
        self.rules = rules
    }

    func happens(_ what: Happening, at time: MonotonicTime) {
        steps.append((time.nanoseconds, .nothing))
        steps.append((time.nanoseconds, what))
    }

    /// The alarms that are active after all that has happened.
    var active: Set<String> {
        Set(rules.filter { isActive($0.name, steps.count - 1) }.map(\.name))
    }

    private func isActive(_ name: String, _ step: Int) -> Bool {
        if step < 0 { return false }
        guard let rule = rules.first(where: { $0.name == name }) else { return false }
        // Folded from the beginning, and kept by step only to be done in time.
        var (isActive, isAcknowledged, wasLastTrue) = (false, false, false)
        if let known = actives[name], known.count > step { return known[step] }
        var all: [Bool] = []
        for step in 0...step {
            let truth = truth(rule.condition, step)
            if isActive {
                if let truth { wasLastTrue = truth }
                if case .acknowledge(name) = steps[step].what { isAcknowledged = true }
                if !wasLastTrue, !rule.isLatched || isAcknowledged { isActive = false }
            } else if truth == true {
                (isActive, isAcknowledged, wasLastTrue) = (true, false, true)
            }
            all.append(isActive)
        }
        actives[name] = all
        return isActive
    }

    private func truth(_ condition: AlarmCondition, _ step: Int) -> Bool? {
        let key = Key(condition: condition, step: step)
        if let known = truths[key] { return known }
        let truth = freshTruth(condition, step)
        truths[key] = .some(truth)
        return truth
    }

    private func freshTruth(_ condition: AlarmCondition, _ step: Int) -> Bool? {
        switch condition {
        case .point(let point, .equals(let value)):
            return lastReading(point, step).flatMap { reading in
                guard let number = reading.0 else { return nil }
                return number == value ? true : (reading.1 ? nil : false)
            }
        case .point(let point, .bit(let bit)):
            return lastReading(point, step).flatMap { reading in
                guard let number = reading.0 else { return nil }
                // A number with a fraction has no bits.
                let word = Int64(number.doubleValue)
                let isSet = Double(word) == number.doubleValue && word & (1 << Int64(bit)) != 0
                return isSet ? true : (reading.1 ? nil : false)
            }
        case .point(let point, .outside(let above, let below, let hysteresis)):
            return side(point, above, below, hysteresis, step).truth
        case .line(let line, let isActive):
            for step in (0...step).reversed() {
                if case .line(line.name.description, let state) = steps[step].what {
                    return state.map { $0 == isActive }
                }
            }
            return nil
        case .silent(let device):
            for step in (0...step).reversed() {
                if case .silent(device, let isSilent) = steps[step].what { return isSilent }
            }
            return false
        case .missing(let point):
            guard let reading = lastReading(point, step) else { return nil }
            return reading.0 == nil
        case .fault(let line):
            for step in (0...step).reversed() {
                if case .line(line.name.description, let state) = steps[step].what {
                    return state == nil
                }
            }
            return nil
        case .alarm(let name):
            if isActive(name, step) { return true }
            let rule = rules.first { $0.name == name }
            return rule.flatMap { truth($0.condition, step) }.map { _ in false }
        case .any(let parts):
            let all = parts.map { truth($0, step) }
            return all.contains(true) ? true : (all.contains(nil) ? nil : false)
        case .all(let parts):
            let all = parts.map { truth($0, step) }
            return all.contains(false) ? false : (all.contains(nil) ? nil : true)
        case .not(let part): return truth(part, step).map { !$0 }
        case .lasting(let part, let period):
            guard let now = truth(part, step) else { return nil }
            guard now else { return false }
            var since = step
            for earlier in (0..<step).reversed() {
                let truth = truth(part, earlier)
                if truth == false { break }
                if truth == true { since = earlier }
            }
            return steps[step].time - steps[since].time >= period.nanoseconds
        }
    }

    private func lastReading(_ point: PointIdentifier, _ step: Int) -> (ScaledInteger?, Bool)? {
        for step in (0...step).reversed() {
            if case .reading(point, let value, let isDoubtful) = steps[step].what {
                return (value, isDoubtful)
            }
        }
        return nil
    }

    private func side(
        _ point: PointIdentifier, _ above: ScaledInteger?, _ below: ScaledInteger?,
        _ hysteresis: ScaledInteger, _ step: Int
    ) -> (truth: Bool?, side: Int) {
        var side = 0
        var truth: Bool?
        for step in 0...step {
            guard let (value, isDoubtful) = lastReading(point, step), let value else {
                truth = nil
                continue
            }
            let (number, slack) = (value.doubleValue, hysteresis.doubleValue)
            var new = 0
            if let above, number > above.doubleValue - (side == 1 ? slack : 0) { new = 1 }
            if new == 0, let below, number < below.doubleValue + (side == -1 ? slack : 0) {
                new = -1
            }
            if new == 0, isDoubtful {
                truth = nil
                continue
            }
            side = new
            truth = new != 0
        }
        return (truth, side)
    }
}

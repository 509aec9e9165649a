import DeviceProfiles
import Metering
import Modbus

/// Whether conditions of alarms can come to be at all, as far as the document and the registers
/// tell.
struct AlarmReach {
    let site: SiteDocument

    /// Why a condition is never so; `nil` where it may be.
    func obstacle(to condition: AlarmCondition, depth: Int = 0) -> String? {
        // Alarms cannot wait for one another in a loop; the bound is for the reader's peace.
        guard depth < AlarmConfiguration.depthLimit * 4 else { return nil }
        switch condition {
        case .point(let identifier, let test):
            return profile(of: identifier).flatMap { point in
                point.obstacle(to: test).map { "\(identifier) \($0)" }
            }
        case .any(let parts):
            let obstacles = parts.map { obstacle(to: $0, depth: depth + 1) }
            return obstacles.contains(nil) ? nil : obstacles.compactMap(\.self).first
        case .all(let parts):
            return parts.lazy.compactMap { obstacle(to: $0, depth: depth + 1) }.first
                ?? contradiction(in: parts)
        case .lasting(let part, _): return obstacle(to: part, depth: depth + 1)
        case .alarm(let name):
            return site.alarms.first { $0.name == name }
                .flatMap { obstacle(to: $0.condition, depth: depth + 1) }
        case .line, .silent, .missing, .fault, .not: return nil
        }
    }

    private func profile(of identifier: PointIdentifier) -> PointProfile? {
        site.device(identifier.device)?.profile.point(named: identifier.point)
    }

    /// Two parts of one `all` that are never so together.
    private func contradiction(in parts: [AlarmCondition]) -> String? {
        var lines: [LineReference: Bool] = [:]
        var bounds: [PointIdentifier: (above: ScaledInteger?, below: ScaledInteger?)] = [:]
        var equals: [PointIdentifier: ScaledInteger] = [:]
        for part in parts.flatMap(\.together) {
            switch part {
            case .line(let line, let isActive):
                if let other = lines.updateValue(isActive, forKey: line), other != isActive {
                    return "\(line.name) is never active and inactive at once"
                }
            case .point(let point, .equals(let number)):
                if let other = equals.updateValue(number, forKey: point), other != number {
                    return "\(point) is never \(other) and \(number) at once"
                }
            case .point(let point, .outside(let above, nil, _)):
                bounds[point, default: (nil, nil)].above = above
            case .point(let point, .outside(nil, let below, _)):
                bounds[point, default: (nil, nil)].below = below
            default: break
            }
        }
        for (point, bound) in bounds.sorted(by: { $0.key < $1.key }) {
            if let above = bound.above, let below = bound.below, below <= above {
                return "\(point) is never above \(above) and below \(below) at once"
            }
            if let number = equals[point] {
                if let above = bound.above, number <= above {
                    return "\(point) is never \(number) and above \(above) at once"
                }
                if let below = bound.below, below <= number {
                    return "\(point) is never \(number) and below \(below) at once"
                }
            }
        }
        return nil
    }
}

extension AlarmCondition {
    /// The conditions that must all be so for this one to be.
    fileprivate var together: [AlarmCondition] {
        switch self {
        case .all(let parts): parts.flatMap(\.together)
        case .lasting(let part, _): part.together
        default: [self]
        }
    }
}

extension PointProfile {
    /// Why a test of this point is never so, in words that go on after its name.
    fileprivate func obstacle(to test: PointTest) -> String? {
        switch test {
        case .outside(let above, let below, _):
            let most = mostHeld.map(\.doubleValue)
            let least = leastHeld.map(\.doubleValue)
            let isAbove = above.map { mark in most.map { mark.doubleValue < $0 } ?? true } ?? false
            let isBelow = below.map { mark in least.map { $0 < mark.doubleValue } ?? true } ?? false
            if isAbove || isBelow { return nil }
            if let above, let mostHeld {
                return "is at most \(mostHeld), as its registers hold it, and never above \(above)"
            }
            if let below, let leastHeld {
                return
                    "is at least \(leastHeld), as its registers hold it, and never below \(below)"
            }
            return nil
        case .equals(let number):
            if !labels.isEmpty, scale == ScaledInteger(1), offset == nil {
                guard let code = number.rescaled(to: 0)?.mantissa, labels[code] != nil else {
                    let known = labels.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                    return "has no state \(number); its profile knows \(known.listed)"
                }
            }
            if let most = mostHeld, most.doubleValue < number.doubleValue {
                return "is at most \(most), as its registers hold it, and never \(number)"
            }
            if let least = leastHeld, number.doubleValue < least.doubleValue {
                return "is at least \(least), as its registers hold it, and never \(number)"
            }
            if isWholeNumber, !isHeld(number) {
                return "goes in steps of \(scale), and is never \(number)"
            }
            return nil
        case .bit(let bit):
            guard !flags.isEmpty, flags[bit] == nil else { return nil }
            return "has no bit \(bit) that its profile knows; it knows "
                + flags.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.listed
        }
    }

    /// The numbers that the registers hold, before they are scaled.
    private var rawRange: ClosedRange<Int128>? {
        if range.table.isBits || encoding.bit != nil { return 0...1 }
        if let mask = encoding.mask {
            return 0...Int128(mask >> UInt64(mask.trailingZeroBitCount))
        }
        switch encoding.type {
        case .float32, .float64, .string, .raw: return nil
        case .bcd(let registers):
            return 0...((0..<registers * 4).reduce(Int128(1)) { power, _ in power * 10 } - 1)
        default: return encoding.type.range
        }
    }

    private var isWholeNumber: Bool { rawRange != nil && unitRegister == nil }

    private var leastHeld: ScaledInteger? { ends?.least }
    private var mostHeld: ScaledInteger? { ends?.most }

    private var ends: (least: ScaledInteger, most: ScaledInteger)? {
        guard unitRegister == nil, let rawRange else { return nil }
        let ends = [rawRange.lowerBound, rawRange.upperBound].compactMap { raw in
            Int64(exactly: raw).flatMap { ScaledInteger($0).multiplied(by: scale) }
                .flatMap { $0.adding(offset ?? ScaledInteger(0)) }
        }
        guard ends.count == 2 else { return nil }
        return (min(ends[0], ends[1]), max(ends[0], ends[1]))
    }

    /// Whether a whole number in the registers comes to this one.
    private func isHeld(_ number: ScaledInteger) -> Bool {
        let shift = offset.map { ScaledInteger(-$0.mantissa, exponent: $0.exponent) }
        guard let rest = number.adding(shift ?? ScaledInteger(0)), scale.mantissa != 0 else {
            return true
        }
        let exponent = min(rest.exponent, scale.exponent)
        guard let wanted = rest.rescaled(to: exponent), let step = scale.rescaled(to: exponent)
        else { return true }
        return wanted.mantissa % step.mantissa == 0
    }
}

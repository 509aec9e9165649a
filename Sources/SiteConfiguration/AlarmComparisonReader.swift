import DeviceProfiles
import Documents
import Metering
import Modbus

/// Reads what a point is compared with, and whether that makes sense for the point.
struct AlarmComparisonReader {
    let point: PointProfile
    let fields: DocumentFields

    /// The comparison, or `nil` after reporting its faults.
    var test: PointTest? {
        let isBand = fields.contains("above") || fields.contains("below")
        let kinds = [isBand, fields.contains("equals"), fields.contains("bit")].filter { $0 }
        guard kinds.count == 1 else {
            fields.node.fail(
                kinds.isEmpty
                    ? "the point is compared with nothing; write above, below, equals or bit"
                    : "above and below, equals, and bit are different conditions; write one")
            return nil
        }
        if isBand { return band }
        if fields.contains("hysteresis") {
            fields.entry("hysteresis")?.key.fail("has no effect without above or below")
            return nil
        }
        return fields.contains("equals") ? equality : bit
    }

    private var band: PointTest? {
        let above = fields.optional("above").map { $0.decimal() }
        let below = fields.optional("below").map { $0.decimal() }
        let hysteresis = fields.optional("hysteresis").map { $0.decimal() } ?? ScaledInteger(0)
        guard above != .some(nil), below != .some(nil), let hysteresis else { return nil }
        let limits = (above: above ?? nil, below: below ?? nil)
        guard limits.above != nil || limits.below != nil else { return nil }  // Without a value.
        let isSound = [
            checkOrder(limits.above, limits.below), checkReach(limits.above, limits.below),
            checkHysteresis(hysteresis, limits.above, limits.below),
        ]
        guard !isSound.contains(false) else { return nil }
        return .outside(above: limits.above, below: limits.below, hysteresis: hysteresis)
    }

    private func checkOrder(_ above: ScaledInteger?, _ below: ScaledInteger?) -> Bool {
        guard let above, let below, above <= below else { return true }
        fields.entry("above")?.value.fail(
            "\(above) is not more than below, \(below), so every value would be an alarm; "
                + "for a value between the two write each under all")
        return false
    }

    /// A mark beyond what the point can measure is never passed.
    private func checkReach(_ above: ScaledInteger?, _ below: ScaledInteger?) -> Bool {
        var isSound = true
        if let above, let most = point.greatest, above >= most {
            fields.entry("above")?.value.fail(
                "can never be so: \(point.name) is at most \(most)")
            isSound = false
        }
        if let below, let least = point.least, below <= least {
            fields.entry("below")?.value.fail(
                "can never be so: \(point.name) is at least \(least)")
            isSound = false
        }
        return isSound
    }

    /// A value that must come back further than it can never does, and the alarm never ends.
    private func checkHysteresis(
        _ hysteresis: ScaledInteger, _ above: ScaledInteger?, _ below: ScaledInteger?
    ) -> Bool {
        guard let node = fields.entry("hysteresis")?.value else { return true }
        if hysteresis < ScaledInteger(0) {
            node.fail("must not be negative, found \(hysteresis)")
            return false
        }
        let down = ScaledInteger(-hysteresis.mantissa, exponent: hysteresis.exponent)
        guard let end = (above ?? ScaledInteger(0)).adding(down),
            let start = (below ?? ScaledInteger(0)).adding(hysteresis)
        else {
            node.fail("has too many digits")
            return false
        }
        if above != nil, below != nil, end < start {
            node.fail("is too wide: the marks are too close together for it")
            return false
        }
        if above != nil, let least = point.least, end < least {
            node.fail(
                "is too wide: the alarm would end at \(end), and \(point.name) is at least \(least)"
            )
            return false
        }
        if below != nil, let most = point.greatest, most < start {
            node.fail(
                "is too wide: the alarm would end at \(start), and \(point.name) is at most \(most)"
            )
            return false
        }
        return true
    }

    private var equality: PointTest? {
        guard let node = fields.optional("equals") else { return nil }
        if case .scalar(let text, _) = node.content,
            let label = point.labels.first(where: { $0.value == text })
        {
            return .equals(ScaledInteger(label.key))
        }
        switch point.encoding.type {
        case .float32, .float64:
            node.fail("\(point.name) is seldom exactly a number; write above and below")
            return nil
        default: break
        }
        if case .scalar(let text, _) = node.content, ScaledInteger(text) == nil,
            !point.labels.isEmpty
        {
            node.fail(
                "\(point.name) has no state \"\(text.prefix(64))\""
                    + suggestion(for: text, among: point.labels.values))
            return nil
        }
        guard let number = node.decimal() else { return nil }
        let bits = [ScaledInteger(0), ScaledInteger(1)]
        if point.range.table.isBits ? bits.contains(number) : point.isBelievable(number) {
            return .equals(number)
        }
        node.fail("can never be so: \(point.name) is never \(number)")
        return nil
    }

    private var bit: PointTest? {
        guard let node = fields.optional("bit") else { return nil }
        if case .scalar(let text, _) = node.content,
            let flag = point.flags.first(where: { $0.value == text })
        {
            return .bit(flag.key)
        }
        switch point.encoding.type {
        case .float32, .float64, .bcd:
            node.fail("\(point.name) is no status word")
            return nil
        default: break
        }
        if case .scalar(let text, _) = node.content, Int(text) == nil, !point.flags.isEmpty {
            node.fail(
                "\(point.name) has no bit \"\(text.prefix(64))\""
                    + suggestion(for: text, among: point.flags.values))
            return nil
        }
        let width = point.range.table.isBits ? 1 : min(63, point.encoding.registerCount * 16)
        return node.integer(in: 0...(width - 1)).map { .bit($0) }
    }
}

extension PointProfile {
    /// The least number the point can hold, where that is known.
    fileprivate var least: ScaledInteger? {
        if let minimum { return minimum }
        if range.table.isBits { return ScaledInteger(0) }
        switch encoding.type {
        case .uint8, .uint16, .uint32, .uint48, .uint64, .bcd, .bool:
            return scale < ScaledInteger(0) ? nil : offset ?? ScaledInteger(0)
        default: return nil
        }
    }

    /// The greatest number the point can hold, where that is known.
    fileprivate var greatest: ScaledInteger? {
        maximum ?? (range.table.isBits ? ScaledInteger(1) : nil)
    }
}

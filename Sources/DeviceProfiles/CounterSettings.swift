package import Metering
import Modbus

/// What a profile says of a register that counts, where its name and type do not tell.
package struct CounterSettings: Hashable, Sendable {
    /// Whether the point is a counter at all; `nil` where its name tells.
    package var isCounter: Bool?
    /// Where it begins again at zero, in the unit of the point.
    package var rollover: ScaledInteger?
    /// The most it can count in an hour, in the unit of the point.
    package var mostPerHour: ScaledInteger?

    package init(
        isCounter: Bool? = nil, rollover: ScaledInteger? = nil, mostPerHour: ScaledInteger? = nil
    ) {
        self.isCounter = isCounter
        self.rollover = rollover
        self.mostPerHour = mostPerHour
    }
}

extension PointProfile {
    /// What the point cannot do, if it is a counter; `nil` where it is none.
    package func counterTraits(of kind: DeviceKind) -> CounterTraits? {
        guard !range.table.isBits, !encoding.type.isText, encoding.type != .bool,
            labels.isEmpty, flags.isEmpty,
            counter?.isCounter ?? CounterNames.isCounter(name)
        else { return nil }
        let factors = unitRegister?.factors.values.map(\.doubleValue) ?? [1]
        let step = abs(scale.doubleValue) * (factors.min() ?? 1)
        let isFloat = encoding.type == .float32 || encoding.type == .float64
        var traits = CounterTraits(step: step, isFloat: isFloat)
        if isFloat {
            let resolution = ScaledInteger(1, exponent: resolution ?? -6).doubleValue
            traits.step = resolution
        }
        if let rollover = counter?.rollover {
            traits.capacities = [rollover.doubleValue]
        } else if isFloat {
            traits.capacities = CounterTraits.decimalCapacities(step: 0.1)
        } else {
            let counts = [encoding.type.counts].compactMap(\.self)
            traits.capacities = factors.flatMap { factor in
                let step = abs(scale.doubleValue) * factor
                return counts.flatMap { [$0 * step, $0 * step / 2] }
                    + CounterTraits.decimalCapacities(step: step)
            }.sorted()
        }
        traits.mostPerHour = counter?.mostPerHour?.doubleValue ?? usualMostPerHour(kind)
        return traits
    }

    private func usualMostPerHour(_ kind: DeviceKind) -> Double? {
        if let unit { return CounterTraits.mostPerHour(unit: unit, isGas: kind == .gasMeter) }
        let words = name.description.split(separator: ".")
        guard words.last == "counter" || words.first == "pulses" || words.first == "pulse" else {
            return nil
        }
        return CounterTraits.mostPulsesPerHour * abs(scale.doubleValue)
    }
}

extension RegisterType {
    /// How many values the registers can hold.
    fileprivate var counts: Double? {
        switch self {
        case .int8, .uint8: 0x1p8
        case .int16, .uint16: 0x1p16
        case .int32, .uint32: 0x1p32
        case .int48, .uint48: 0x1p48
        case .int64, .uint64: 0x1p64
        case .bcd(let registers): (0..<registers * 4).reduce(1) { count, _ in count * 10 }
        case .bool, .float32, .float64, .string, .raw: nil
        }
    }
}

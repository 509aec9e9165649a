/// What is known of a register that only counts up: enough to tell what it cannot have done.
package struct CounterTraits: Hashable, Sendable {
    /// The smallest step of the register, in its unit.
    package var step: Double
    /// Whether its last digits are the noise of a 32-bit float.
    package var isFloat: Bool
    /// Where it may begin again at zero: by its digits, its width, or as its profile says.
    package var capacities: [Double]
    /// The most it can count in an hour, in its unit; `nil` where nobody can know.
    package var mostPerHour: Double?

    package init(
        step: Double, isFloat: Bool = false, capacities: [Double] = [], mostPerHour: Double? = nil
    ) {
        self.step = step
        self.isFloat = isFloat
        self.capacities = capacities
        self.mostPerHour = mostPerHour
    }

    /// The capacities of a register of five to twelve decimal digits that counts in `step`.
    package static func decimalCapacities(step: Double) -> [Double] {
        var capacity = step * 10_000
        return (5...12).map { _ in
            capacity *= 10
            return capacity
        }
    }

    /// What no meter of a residential community counts in an hour: 20 MW, 2,000 m3 of water or
    /// 20,000 m3 of gas, 1,000 pulses a second.
    ///
    /// - Parameters:
    ///   - unit: The unit of the register; `nil` for plain counts.
    ///   - isGas: Whether it counts gas.
    /// - Returns: `nil` for a unit that is not listed.
    package static func mostPerHour(unit: String?, isGas: Bool) -> Double? {
        guard let unit else { return nil }
        let cubicMetres = isGas ? 20_000.0 : 2_000
        return switch unit {
        case "Wh", "varh", "VAh": 20e6
        case "kWh", "kvarh", "kVAh": 20e3
        case "MWh", "Mvarh", "MVAh": 20
        case "GWh": 0.02
        case "kJ": 72e6
        case "MJ": 72e3
        case "GJ": 72
        case "kcal": 17.2e6
        case "Mcal": 17.2e3
        case "Gcal": 17.2
        case "m3", "t": cubicMetres
        case "L", "l", "kg": cubicMetres * 1_000
        default: nil
        }
    }

    /// The most that plain pulses come to in an hour.
    package static let mostPulsesPerHour = 3.6e6

    /// How far the last digits of a value may move by themselves.
    func noise(at value: Double) -> Double {
        isFloat ? max(step, abs(value) * 0x1p-22) : step
    }
}

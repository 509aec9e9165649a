/// How many of a profile's unit are one of the simulation's own: Wh, W, m³, m³/h, kPa, V, A.
enum UnitFactor {
    /// - Returns: 1 for a unit that is not known: the number then has a believable size at least.
    static func fromBase(to unit: String?) -> Double {
        guard let unit else { return 1 }
        return factors[unit] ?? 1
    }

    private static let factors: [String: Double] = [
        "kWh": 1e-3, "MWh": 1e-6, "kvarh": 1e-3, "kVAh": 1e-3, "kW": 1e-3, "MW": 1e-6,
        "kvar": 1e-3, "kVA": 1e-3, "J": 3_600, "kJ": 3.6, "MJ": 3.6e-3, "GJ": 3.6e-6,
        "MJ/h": 3.6e-3, "kJ/h": 3.6, "GJ/h": 3.6e-6, "L": 1e3, "l": 1e3, "L/h": 1e3, "l/h": 1e3,
        "L/min": 1e3 / 60, "L/s": 1 / 3.6, "t": 1, "t/h": 1, "kg": 1e3, "kg/h": 1e3,
        "mV": 1e3, "kV": 1e-3, "mA": 1e3, "bar": 1e-2, "mbar": 10, "hPa": 10, "MPa": 1e-3,
        "Pa": 1e3, "s": 3_600, "min": 60, "d": 1.0 / 24,
    ]
}

/// The one load behind all points of a simulated device, so that they agree with one another:
/// its counters are the integral of its powers, its phases add up.
struct DevicePhysics: Hashable, Sendable {
    let trade: Trade
    /// In W where energy is measured, in m³/h where volume is.
    let load: LoadCurve
    let seed: Noise
    /// How the load spreads over three phases; all on the first for a single-phase device.
    let phases: [Double]

    /// What kind of thing a device measures.
    enum Trade: String, Hashable, Sendable, CaseIterable {
        case electricity, heat, gas, water, charger, environment, state
    }

    init(trade: Trade, hasThreePhases: Bool, seed: Noise) {
        self.trade = trade
        self.seed = seed
        let size = 0.6 + 0.8 * seed.fraction(at: 0)
        let tilt = 0.04 * seed.fraction(at: 1)
        phases = hasThreePhases ? [1.0 / 3 + tilt, 1.0 / 3, 1.0 / 3 - tilt] : [1, 0, 0]
        let curve = seed.branch(1)
        load =
            switch trade {
            case .electricity where hasThreePhases:
                LoadCurve(
                    shape: .common, meanRate: 2_500 * size, season: .init(depth: 0.2, peakDay: 15),
                    dayVariation: 0.2, unrest: 0.5, seed: curve)
            case .electricity:
                LoadCurve(
                    shape: .household, meanRate: 380 * size,
                    season: .init(depth: 0.15, peakDay: 205), dayVariation: 0.4, seed: curve)
            case .heat:
                LoadCurve(
                    shape: .heating, meanRate: 900 * size, season: .init(depth: 0.88, peakDay: 18),
                    dayVariation: 0.1, unrest: 0.4, seed: curve)
            case .gas:
                LoadCurve(
                    shape: .cooking, meanRate: 0.03 * size,
                    season: .init(depth: 0.2, peakDay: 18), dayVariation: 0.5, seed: curve)
            case .water:
                LoadCurve(
                    shape: .water, meanRate: 0.012 * size,
                    season: .init(depth: 0.1, peakDay: 200), dayVariation: 0.5, seed: curve)
            case .charger:
                LoadCurve(
                    shape: .charging, meanRate: 700 * size, dayVariation: 0.6, unrest: 0.7,
                    seed: curve)
            case .environment, .state:
                LoadCurve(shape: .common, meanRate: 12 * size, unrest: 0.5, seed: curve)
            }
    }

    /// Kelvins between supply and return of a heat meter: makes its volume from its energy.
    static let heatDifference = 20.0
    /// Wh that a cubic metre of water carries for each kelvin.
    static let wattHoursPerCubicMetreKelvin = 1_163.0
    static let voltage = 230.0
    static let powerFactor = 0.95

    /// The load in W as volume in m³, where the device measures heat.
    var volumeFactor: Double {
        switch trade {
        case .heat: 1 / (Self.wattHoursPerCubicMetreKelvin * Self.heatDifference)
        case .gas, .water: 1
        default: 1e-4
        }
    }
}

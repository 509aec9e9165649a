/// What the points of sensors, detectors, lines and settings do.
struct EnvironmentPhysics: Sendable {
    let point: PointPhysics

    var model: ValueModel {
        let seed = point.seed
        switch point.words.first ?? "" {
        case "humidity": return wave(55, daily: -10, noise: 4)
        case "dewpoint": return wave(8, daily: 1, noise: 1)
        case "pressure": return pressure
        case "co2": return wave(620, daily: 140, noise: 60)
        case "pm25": return wave(35, daily: 6, noise: 12)
        case "pm10": return wave(58, daily: 9, noise: 18)
        case "aqi": return wave(70, daily: 5, noise: 20)
        case "voc": return wave(180, daily: 30, noise: 60)
        case "noise": return wave(48, daily: 6, noise: 5)
        case "illuminance", "solar": return light
        case "wind":
            return point.has("direction")
                ? wave(180, daily: 0, noise: 170) : wave(2.4, daily: 0.8, noise: 1.2)
        case "gas":
            return point.has("o2")
                ? wave(20.9, daily: 0, noise: 0.05) : wave(1, daily: 0, noise: 0.8)
        case "distance", "level": return wave(1_200, daily: 0, noise: 300, period: 7_200)
        case "bin": return wave(50, daily: 0, noise: 45, period: 28_800)
        case "sound": return .fixed(343)
        case "signal": return wave(70, daily: 0, noise: 10)
        case "door": return .fixed(point.has("locked") ? 1 : 0)
        case "input", "parking", "motion", "open":
            return .state(seed, chance: 0.35, period: 1_200)
        case "sensor": return .wave(Wave(mean: 4, noise: 2, seed: seed))
        case "conversion", "compressibility": return .fixed(1)
        case "density": return .fixed(0.8)
        case "mains": return .fixed(1)
        case "phase": return point.has("angle") ? wave(18, daily: 0, noise: 3) : .fixed(0)
        default: return .fixed(0)
        }
    }

    private func wave(
        _ mean: Double, daily: Double, noise: Double, period: Double = 600
    ) -> ValueModel {
        var wave = Wave(mean: mean, noise: noise, period: period, seed: point.seed)
        wave.daily = daily
        return .wave(wave)
    }

    private var pressure: ValueModel {
        let isAir = ["kPa", "hPa", "mbar"].contains(point.unit ?? "kPa")
        let mean = (isAir ? 101.3 : 300) * point.unitFactor
        return .wave(Wave(mean: mean, noise: mean * 0.008, period: 3_600, seed: point.seed))
    }

    /// Daylight with its night at zero comes from clamping: the profile's minimum, or the type.
    private var light: ValueModel {
        var wave = Wave(mean: 3_000, noise: 400, period: 300, seed: point.seed)
        wave.daily = 9_000
        wave.peakHour = 12.5
        return .wave(wave)
    }
}

/// Finds what a point does from its name's words and its unit.
///
/// The words are the profiles' vocabulary. A name not known gets a small constant, which is
/// still a good answer to a read.
struct PointPhysics: Sendable {
    let device: DevicePhysics
    let words: [Substring]
    let unit: String?
    let seed: Noise

    init(device: DevicePhysics, name: String, unit: String?) {
        self.device = device
        words = name.split(separator: ".")
        self.unit = unit
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a: `Hasher` differs from run to run.
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        seed = device.seed.branch(hash)
    }

    var model: ValueModel {
        if let last = words.last, last == "counter" || words.first == "pulses" || last == "counts" {
            return .total(device.load, factor: 0.1)
        }
        switch words.first ?? "" {
        case "energy", "charge": return energy
        case "power": return power
        case "voltage": return voltage
        case "current": return current
        case "frequency": return .wave(Wave(mean: 50, noise: 0.04, period: 20, seed: seed))
        case "volume", "mass": return volume
        case "flow", "velocity": return .rate(device.load, factor: device.volumeFactor * unitFactor)
        case "operating", "powered", "uptime": return .elapsedHours(factor: hourFactor)
        case "info": return words.contains("uptime") ? .elapsedHours(factor: hourFactor) : .fixed(7)
        case "temperature": return temperature
        case "supply", "mcu", "battery", "cp": return board
        default: return EnvironmentPhysics(point: self).model
        }
    }

    var unitFactor: Double { UnitFactor.fromBase(to: unit) }
    func has(_ word: Substring) -> Bool { words.contains(word) }

    /// The share of the device's load that the name's phase or tariff has.
    private var share: Double {
        for (index, phase) in ["l1", "l2", "l3"].enumerated() where has(phase[...]) {
            return device.phases[index]
        }
        for (word, share) in Self.tariffs where has(word) { return share }
        return 1
    }

    private static let tariffs: [(Substring, Double)] = [
        ("sharp", 0.10), ("peak", 0.35), ("flat", 0.35), ("valley", 0.20),
        ("tariff1", 0.6), ("tariff2", 0.3), ("tariff3", 0.1),
    ]

    private var hourFactor: Double {
        switch unit {
        case "s", "min", "d": unitFactor
        default: 1
        }
    }

    /// How much of the active load a reactive, apparent, cooling or exported one is.
    private var portion: Double {
        if has("export") || has("reverse") { return has("reactive") ? 0.02 : 0 }
        if has("reactive") { return 0.25 }
        if has("apparent") { return 1 / DevicePhysics.powerFactor }
        if has("cooling") { return 0.02 }
        return 1
    }

    private var energy: ValueModel {
        let factor = share * portion * unitFactor
        if has("frac") { return .fraction(device.load, factor: factor) }
        return .total(device.load, factor: factor)
    }

    private var power: ValueModel {
        if has("factor") { return .wave(Wave(mean: 0.95, noise: 0.04, period: 60, seed: seed)) }
        if has("max") || has("demand") || has("allowed") { return .fixed(3_000 * unitFactor) }
        return .rate(device.load, factor: share * portion * unitFactor)
    }

    private var voltage: ValueModel {
        if has("thd") { return .wave(Wave(mean: 2, noise: 0.5, seed: seed)) }
        let isBetweenPhases = ["l1l2", "l2l3", "l3l1", "ll"].contains { has($0) }
        let mean = isBetweenPhases ? 400.0 : DevicePhysics.voltage
        var wave = Wave(
            mean: mean * unitFactor, noise: 0.012 * mean * unitFactor, period: 15, seed: seed)
        wave.daily = 0.008 * mean * unitFactor
        wave.peakHour = 3  // Least load, highest voltage.
        return .wave(wave)
    }

    private var current: ValueModel {
        if has("thd") { return .wave(Wave(mean: 4, noise: 1, seed: seed)) }
        if has("neutral") { return .wave(Wave(mean: 0.3, noise: 0.2, seed: seed)) }
        if words.count > 1, !["l1", "l2", "l3", "avg", "sum", "total"].contains(words[1]) {
            return .fixed(16 * unitFactor)  // Limits and ratings.
        }
        let amperesPerWatt = 1 / (DevicePhysics.voltage * DevicePhysics.powerFactor)
        let part = has("avg") ? 1.0 / 3 : share
        return .rate(device.load, factor: part * amperesPerWatt * unitFactor)
    }

    private var volume: ValueModel {
        if has("reverse") { return .fixed(0) }
        let factor = device.volumeFactor * unitFactor * share
        if has("frac") { return .fraction(device.load, factor: factor) }
        return .total(device.load, factor: factor)
    }

    private var temperature: ValueModel {
        let flow = Wave(mean: 0, noise: 3, period: 900, seed: device.seed.branch(77))
        var wave = flow
        wave.yearly = 8
        wave.peakDay = 18
        switch words.dropFirst().first ?? "" {
        case "supply":
            wave.mean = 58
        case "return":
            wave.mean = 58 - DevicePhysics.heatDifference
        case "difference":
            return .wave(
                Wave(mean: DevicePhysics.heatDifference, noise: 0.4, period: 60, seed: seed))
        case "internal", "board", "pcb", "base", "fallback":
            return .wave(Wave(mean: 31, noise: 2, period: 600, seed: seed))
        case "water", "t3", "t4":
            return .wave(Wave(mean: 14, noise: 1, period: 1_800, seed: seed))
        default:
            wave = Wave(mean: 15, noise: 0.8, period: 600, seed: seed)
            wave.daily = 4
            wave.yearly = 13
        }
        return .wave(wave)
    }

    /// The device's own supply and processor.
    private var board: ValueModel {
        if has("temperature") { return .wave(Wave(mean: 38, noise: 2, period: 600, seed: seed)) }
        if has("state") || has("days") { return .fixed(1) }
        let mean =
            switch words.first ?? "" {
            case "supply": 24.0
            case "mcu": 3.3
            case "cp": 9.0
            default: 3.6
            }
        return .wave(Wave(mean: mean * unitFactor, noise: 0.01 * mean * unitFactor, seed: seed))
    }
}

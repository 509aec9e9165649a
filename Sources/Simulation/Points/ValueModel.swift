import Glibc

/// What a simulated quantity does over time, in the unit its point states.
package enum ValueModel: Hashable, Sendable {
    /// A counter: the integral of a load, times a factor for share and unit.
    case total(LoadCurve, factor: Double)
    /// The rate of the same load.
    case rate(LoadCurve, factor: Double)
    /// The part of a counter behind the decimal point.
    case fraction(LoadCurve, factor: Double)
    /// A level that follows day, season and chance.
    case wave(Wave)
    /// The hours since the counters' first day, times a factor.
    case elapsedHours(factor: Double)
    /// 1 where chance and the hour say so, else 0; changes at most once in a period of seconds.
    case state(Noise, chance: Double, period: Double)
    case fixed(Double)

    /// The value at a time.
    package func number(at time: SimulatedTime) -> Double {
        switch self {
        case .total(let load, let factor): return load.total(at: time) * factor
        case .rate(let load, let factor): return load.rate(at: time) * factor
        case .fraction(let load, let factor):
            let total = load.total(at: time) * factor
            return total - total.rounded(.down)
        case .wave(let wave): return wave.number(at: time)
        case .elapsedHours(let factor):
            return (time.days - Double(LoadCurve.firstDay)) * 24 * factor
        case .state(let noise, let chance, let period):
            let index = Int((time.localSeconds / period).rounded(.down))
            return noise.fraction(at: index) < chance ? 1 : 0
        case .fixed(let number): return number
        }
    }

    /// Whether the value only ever grows, so that it is cut, never rounded up.
    package var isCounter: Bool {
        switch self {
        case .total, .elapsedHours: true
        default: false
        }
    }
}

/// A level around a mean: a swing over the day, one over the year, and noise.
package struct Wave: Hashable, Sendable {
    package var mean: Double
    package var daily = 0.0
    /// The hour at which the day's swing is highest.
    package var peakHour = 14.0
    package var yearly = 0.0
    /// The day of the year at which the year's swing is highest.
    package var peakDay = 200.0
    package var noise = 0.0
    /// Seconds from one chance to the next.
    package var period = 120.0
    package var seed: Noise

    package init(mean: Double, noise: Double = 0, period: Double = 120, seed: Noise) {
        self.mean = mean
        self.noise = noise
        self.period = period
        self.seed = seed
    }

    package func number(at time: SimulatedTime) -> Double {
        var number = mean
        if daily != 0 { number += daily * cos(2 * .pi * (time.days - peakHour / 24)) }
        if yearly != 0 { number += yearly * cos(2 * .pi * (time.days - peakDay) / 365.2425) }
        if noise != 0 { number += noise * seed.smooth(at: time.localSeconds / period) }
        return number
    }
}

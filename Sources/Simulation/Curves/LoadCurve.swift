import Glibc

/// A load over the years: a rate, and the counter that is its exact integral.
///
/// A pure function of the time: nothing is stored, so any time can be asked for in any order,
/// two simulations with one seed agree, and a restart continues the same counter.
/// The rate is the mean × season and chance of the day × shape of the day × short steps.
package struct LoadCurve: Hashable, Sendable {
    private let shape: DailyShape
    private let meanRate: Double
    private let season: Season
    private let dayVariation: Double
    private let days: Noise
    private let slow: TimeWarp
    private let quick: TimeWarp

    /// A yearly swing: `depth` 0 for none, up to 1; the load is highest on `peakDay` of the year.
    package struct Season: Hashable, Sendable {
        let depth: Double
        let peakDay: Double

        package init(depth: Double, peakDay: Double) {
            self.depth = depth
            self.peakDay = peakDay
        }

        package static let none = Season(depth: 0, peakDay: 0)
    }

    /// - Parameters:
    ///   - meanRate: The mean over the year, in units an hour.
    ///   - dayVariation: How far one day strays from the next.
    /// - Precondition: `season.depth` + `dayVariation` is at most 1, so that no rate is negative.
    package init(
        shape: DailyShape, meanRate: Double, season: Season = .none, dayVariation: Double = 0,
        unrest: Double = 0.8, seed: Noise
    ) {
        precondition(
            season.depth >= 0 && dayVariation >= 0 && season.depth + dayVariation <= 1,
            "a load is never negative")
        precondition((0..<1).contains(unrest), "a load's steps never stop its clock")
        self.shape = shape
        self.meanRate = meanRate
        self.season = season
        self.dayVariation = dayVariation
        days = seed.branch(1)
        slow = TimeWarp(period: 3_600, depth: unrest, noise: seed.branch(2))
        quick = TimeWarp(period: 180, depth: unrest, noise: seed.branch(3))
    }

    /// The rate, in units an hour, at a time in seconds.
    package func rate(at time: SimulatedTime) -> Double {
        let moment = self.moment(time)
        return meanRate * factor(day: moment.day) * shape.rate(at: moment.part) * moment.speed
    }

    /// What has been counted since the counter's first day, in units. Never falls.
    package func total(at time: SimulatedTime) -> Double {
        let moment = self.moment(time)
        let wholeDays = sum(day: moment.day) - sum(day: Self.firstDay)
        return 24 * meanRate
            * (wholeDays + factor(day: moment.day) * shape.integral(to: moment.part))
    }

    private func moment(_ time: SimulatedTime) -> (day: Int, part: Double, speed: Double) {
        let outer = slow.warp(time.localSeconds)
        let inner = quick.warp(outer.time)
        let days = inner.time / 86_400
        let floor = days.rounded(.down)
        return (Int(floor), days - floor, outer.rate * inner.rate)
    }

    /// The load of one day, as a multiple of the mean.
    private func factor(day: Int) -> Double {
        1 + season.depth * cos(Self.dayAngle * (Double(day) - season.peakDay))
            + dayVariation * (days.fraction(at: day) - days.fraction(at: day + 1))
    }

    /// The sum of `factor` over all days before `day`, in closed form: the chances cancel from
    /// one day to the next, and the sum of cosines at equal steps is known.
    private func sum(day: Int) -> Double {
        let count = Double(day)
        let half = Self.dayAngle / 2
        let cosines =
            sin(count * half) / sin(half)
            * cos((count - 1) * half - Self.dayAngle * season.peakDay)
        return count + season.depth * cosines
            + dayVariation * (days.fraction(at: 0) - days.fraction(at: day))
    }

    /// 2025-01-01: the day all counters begin at zero.
    static let firstDay = 20_089
    private static let dayAngle = 2 * Double.pi / 365.2425
}

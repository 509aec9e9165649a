import Execution
import Simulation
import Testing

@Suite struct LoadCurveTests {
    /// 2026-01-01 in the local time of the curves.
    static let newYear = 20_454.0 * 86_400

    static func curve(_ seed: UInt64) -> LoadCurve {
        var random = SeededRandom(seed: seed)
        let shapes: [DailyShape] = [.household, .common, .heating, .cooking, .water, .charging]
        let depth = Double.random(in: 0...0.6, using: &random)
        return LoadCurve(
            shape: shapes[Int(seed) % shapes.count],
            meanRate: .random(in: 0.01...5_000, using: &random),
            season: .init(depth: depth, peakDay: .random(in: 0...365, using: &random)),
            dayVariation: .random(in: 0...(1 - depth), using: &random),
            unrest: .random(in: 0...0.9, using: &random), seed: Noise(seed: seed))
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func theCounterNeverFallsOverAYear(seed: UInt64) {
        let curve = Self.curve(seed)
        var last = -Double.infinity
        // Steps that share no factor with the hour or the day.
        for step in stride(from: 0.0, to: 366 * 86_400, by: 7_919) {
            let time = SimulatedTime(localSeconds: Self.newYear + step)
            let total = curve.total(at: time)
            #expect(total >= last)
            #expect(curve.rate(at: time) >= 0)
            last = total
        }
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func theCounterIsTheIntegralOfTheRate(seed: UInt64) {
        let curve = Self.curve(seed)
        var random = SeededRandom(seed: seed &+ 1)
        let start = Self.newYear + .random(in: 0...(300 * 86_400), using: &random)
        // The midpoint rule in steps of 6 s, over two days and their midnights.
        var integral = 0.0
        var time = start
        while time < start + 2 * 86_400 {
            integral += curve.rate(at: SimulatedTime(localSeconds: time + 3)) * 6 / 3_600
            time += 6
        }
        let counted =
            curve.total(at: SimulatedTime(localSeconds: time))
            - curve.total(at: SimulatedTime(localSeconds: start))
        #expect(counted > 0)
        #expect(abs(integral - counted) < 0.02 * counted)
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func aYearAmountsToTheMeanRate(seed: UInt64) {
        let rate = 100.0
        let curve = LoadCurve(
            shape: .household, meanRate: rate, season: .init(depth: 0.5, peakDay: 20),
            dayVariation: 0.4, seed: Noise(seed: seed))
        let start = SimulatedTime(localSeconds: Self.newYear)
        let end = SimulatedTime(localSeconds: Self.newYear + 365.2425 * 86_400)
        let year = curve.total(at: end) - curve.total(at: start)
        #expect(abs(year / (rate * 24 * 365.2425) - 1) < 0.01)
    }

    @Test func aHouseholdUsesMoreInTheEveningThanAtNight() {
        let curve = LoadCurve(shape: .household, meanRate: 400, seed: Noise(seed: 5))
        func energy(from: Double, to: Double) -> Double {
            (0..<28).reduce(0) { sum, day in
                let midnight = Self.newYear + Double(day) * 86_400
                return sum + curve.total(at: SimulatedTime(localSeconds: midnight + to * 3_600))
                    - curve.total(at: SimulatedTime(localSeconds: midnight + from * 3_600))
            }
        }
        #expect(energy(from: 18, to: 22) > 4 * energy(from: 1, to: 5))
        #expect(energy(from: 6, to: 9) > 2 * energy(from: 1, to: 4))
    }

    @Test func heatIsForTheWinter() {
        let curve = LoadCurve(
            shape: .heating, meanRate: 900, season: .init(depth: 0.88, peakDay: 18),
            dayVariation: 0.1, seed: Noise(seed: 6))
        func month(_ first: Double) -> Double {
            curve.total(at: SimulatedTime(localSeconds: Self.newYear + (first + 30) * 86_400))
                - curve.total(at: SimulatedTime(localSeconds: Self.newYear + first * 86_400))
        }
        #expect(month(0) > 8 * month(185))
    }

    @Test func theSameSeedCountsTheSame() {
        let time = SimulatedTime(localSeconds: Self.newYear + 12_345.678)
        #expect(Self.curve(7).total(at: time) == Self.curve(7).total(at: time))
        #expect(Self.curve(7).total(at: time) != Self.curve(13).total(at: time))
    }
}

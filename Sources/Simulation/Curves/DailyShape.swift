/// How a load spreads over the day: 24 knots, one an hour from midnight, joined by lines.
///
/// The shape is scaled to a mean of 1, so that a load is its mean times the shape, and the
/// integral over whole days is their number.
package struct DailyShape: Hashable, Sendable {
    private let knots: [Double]
    private let integrals: [Double]

    /// - Precondition: 24 weights, none negative, not all zero.
    package init(_ hourly: [Double]) {
        precondition(
            hourly.count == 24 && hourly.allSatisfy { $0 >= 0 } && hourly.contains { $0 > 0 },
            "a day has 24 weights, none negative")
        let mean = hourly.reduce(0, +) / 24
        let knots = hourly.map { $0 / mean } + [hourly[0] / mean]
        var integrals = [0.0]
        for hour in 0..<24 {
            integrals.append(integrals[hour] + (knots[hour] + knots[hour + 1]) / 48)
        }
        self.knots = knots
        self.integrals = integrals
    }

    /// The load at a part of the day, 0 ..< 1, as a multiple of its mean.
    package func rate(at part: Double) -> Double {
        let (hour, rest) = Self.split(part)
        return knots[hour] + (knots[hour + 1] - knots[hour]) * rest
    }

    /// The integral from midnight to a part of the day, 0 ..< 1, in mean days.
    package func integral(to part: Double) -> Double {
        let (hour, rest) = Self.split(part)
        let slope = knots[hour + 1] - knots[hour]
        return integrals[hour] + (knots[hour] * rest + slope * rest * rest / 2) / 24
    }

    private static func split(_ part: Double) -> (hour: Int, rest: Double) {
        let hours = part * 24
        let hour = min(23, max(0, Int(hours)))
        return (hour, hours - Double(hour))
    }
}

extension DailyShape {
    /// A household's electricity: a low night, a morning peak, a higher one in the evening.
    package static let household = DailyShape([
        0.45, 0.38, 0.34, 0.32, 0.33, 0.45, 0.85, 1.35, 1.20, 0.90, 0.80, 0.95,
        1.20, 1.00, 0.80, 0.80, 0.95, 1.35, 1.95, 2.30, 2.25, 1.90, 1.30, 0.75,
    ])
    /// Stairs, pumps and lifts: even, with the light of the evening.
    package static let common = DailyShape([
        0.9, 0.8, 0.8, 0.8, 0.8, 0.9, 1.1, 1.2, 1.1, 0.9, 0.8, 0.8,
        0.9, 0.8, 0.8, 0.8, 0.9, 1.2, 1.4, 1.5, 1.4, 1.3, 1.1, 1.0,
    ])
    /// Space heating: a lower night, a boost in the morning, gentle otherwise.
    package static let heating = DailyShape([
        0.75, 0.72, 0.70, 0.72, 0.85, 1.15, 1.40, 1.45, 1.25, 1.05, 0.95, 0.90,
        0.85, 0.85, 0.88, 0.95, 1.05, 1.15, 1.25, 1.25, 1.20, 1.10, 0.95, 0.82,
    ])
    /// Cooking gas: the three meals.
    package static let cooking = DailyShape([
        0.02, 0.01, 0.01, 0.01, 0.05, 0.40, 1.60, 1.90, 0.80, 0.40, 0.90, 2.60,
        2.30, 0.60, 0.20, 0.30, 1.10, 3.00, 3.60, 2.20, 0.90, 0.50, 0.25, 0.08,
    ])
    /// Cold water: washing in the morning, and the evening.
    package static let water = DailyShape([
        0.10, 0.05, 0.04, 0.04, 0.10, 0.60, 1.90, 2.20, 1.50, 1.10, 0.90, 1.00,
        1.20, 0.90, 0.70, 0.70, 0.90, 1.30, 1.80, 2.10, 2.00, 1.60, 0.90, 0.37,
    ])
    /// Charging of cars: the night after the evening's return.
    package static let charging = DailyShape([
        1.8, 1.6, 1.3, 0.9, 0.6, 0.3, 0.2, 0.2, 0.3, 0.4, 0.5, 0.5,
        0.5, 0.5, 0.6, 0.7, 0.9, 1.4, 1.9, 2.2, 2.3, 2.3, 2.2, 2.0,
    ])
}

package import Execution

/// One day of the sun at a place: from a solar midnight over solar noon to the next midnight.
///
/// The days of one place follow one another without a gap, so that each rising and each setting
/// belongs to exactly one of them, and a setting after the clock's midnight to the day before.
package struct SolarDay: Hashable, Sendable {
    package let place: SolarPlace
    /// When the sun passes the meridian above the horizon, or nearest to it.
    package let noon: Timestamp
    package let midnightBefore: Timestamp
    package let midnightAfter: Timestamp

    /// The day whose solar noon is nearest to a moment.
    ///
    /// - Parameter moment: The clock's noon of a date finds the day of that date in any time
    ///   zone, on both sides of the date line.
    package init(nearest moment: Timestamp, at place: SolarPlace) {
        self.place = place
        let noon = Self.transit(near: moment, hourAngle: 0, at: place)
        self.noon = noon
        let half = Duration.seconds(43_200)
        midnightBefore = Self.transit(near: noon - half, hourAngle: 180, at: place)
        midnightAfter = Self.transit(near: noon + half, hourAngle: 180, at: place)
    }

    /// When the sun rises through an altitude, between midnight and noon.
    package func rising(through altitude: SolarAltitude) -> SolarCrossing {
        crossing(altitude, below: midnightBefore)
    }

    /// When the sun sets through an altitude, between noon and the next midnight.
    package func setting(through altitude: SolarAltitude) -> SolarCrossing {
        crossing(altitude, below: midnightAfter)
    }

    /// When the upper limb of the sun appears.
    package var sunrise: SolarCrossing { rising(through: .horizon) }

    /// When the upper limb of the sun disappears.
    package var sunset: SolarCrossing { setting(through: .horizon) }

    private func crossing(_ altitude: SolarAltitude, below midnight: Timestamp) -> SolarCrossing {
        func isUp(_ time: Timestamp) -> Bool {
            SolarPosition(at: time).altitude(at: place) > altitude.degrees
        }
        guard isUp(noon) else { return .alwaysBelow }
        guard !isUp(midnight) else { return .alwaysAbove }
        // Halving needs no derivative, which vanishes where the sun only just rises.
        var (up, down) = (noon.milliseconds, midnight.milliseconds)
        while abs(up - down) > 1 {
            let middle = (up + down) / 2
            if isUp(Timestamp(milliseconds: middle)) { up = middle } else { down = middle }
        }
        return .at(Timestamp(milliseconds: up))
    }

    /// When the sun stands at an hour angle, nearest to a moment.
    private static func transit(
        near moment: Timestamp, hourAngle: Double, at place: SolarPlace
    ) -> Timestamp {
        var time = moment
        // The second step takes up how the equation of time changes within the first.
        for _ in 0..<3 {
            var excess = SolarPosition(at: time).hourAngle(at: place) - hourAngle
            excess -= 360 * (excess / 360).rounded()
            time.milliseconds -= Int64((excess * 240_000).rounded())
        }
        return time
    }
}

/// How high the centre of the sun stands where light changes.
package struct SolarAltitude: Hashable, Sendable {
    package let degrees: Double

    package init(degrees: Double) {
        self.degrees = degrees
    }

    /// The upper limb at a level horizon: the air's refraction and half the disc, 50 arc minutes.
    /// Source: NOAA, "Solar Calculation Details": 0.833°.
    package static let horizon = SolarAltitude(degrees: -0.833)
    /// Where civil twilight begins and ends: light enough to walk by.
    package static let civilTwilight = SolarAltitude(degrees: -6)
}

/// Whether and when the sun passes an altitude within half a day.
package enum SolarCrossing: Hashable, Sendable {
    case at(Timestamp)
    /// The sun stays above: polar day.
    case alwaysAbove
    /// The sun stays below: polar night.
    case alwaysBelow

    package var time: Timestamp? {
        if case .at(let time) = self { time } else { nil }
    }
}

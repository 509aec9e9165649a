package import Execution
import Glibc

/// Where the sun stands at one moment, as far as its rising and setting depend on it.
///
/// Source: NOAA Global Monitoring Laboratory, "Solar Calculation Details" (the equations of its
/// spreadsheets), after Meeus, "Astronomical Algorithms". Good to about 0.01 degrees and a few
/// seconds from 1900 to 2100.
package struct SolarPosition: Hashable, Sendable {
    /// In degrees, north positive.
    package let declination: Double
    /// How far a sundial is ahead of the mean sun, in minutes.
    package let equationOfTimeMinutes: Double
    /// The moment's seconds of its UTC day, with their fraction.
    private let secondOfDay: Double

    package init(at time: Timestamp) {
        let seconds = Double(time.milliseconds) / 1_000
        let century = (seconds - 946_728_000) / (36_525 * 86_400)  // From 2000-01-01T12:00Z.
        let meanLongitude = radians(
            280.46646 + century * (36_000.76983 + century * 0.0003032))
        let meanAnomaly = radians(357.52911 + century * (35_999.05029 - 0.0001537 * century))
        let eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
        let center =
            sin(meanAnomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
            + sin(2 * meanAnomaly) * (0.019993 - 0.000101 * century)
            + sin(3 * meanAnomaly) * 0.000289
        let node = radians(125.04 - 1_934.136 * century)
        let apparentLongitude = meanLongitude + radians(center - 0.00569 - 0.00478 * sin(node))
        let arcSeconds = 21.448 - century * (46.815 + century * (0.00059 - century * 0.001813))
        let obliquity = radians(23 + (26 + arcSeconds / 60) / 60 + 0.00256 * cos(node))
        declination = degrees(asin(sin(obliquity) * sin(apparentLongitude)))
        let half = tan(obliquity / 2)
        let y = half * half
        let equation =
            y * sin(2 * meanLongitude)
            - 2 * eccentricity * sin(meanAnomaly)
            + 4 * eccentricity * y * sin(meanAnomaly) * cos(2 * meanLongitude)
            - y * y * sin(4 * meanLongitude) / 2
            - 1.25 * eccentricity * eccentricity * sin(2 * meanAnomaly)
        equationOfTimeMinutes = 4 * degrees(equation)
        let days = seconds / 86_400
        secondOfDay = (days - days.rounded(.down)) * 86_400
    }

    /// How far the sun has passed the meridian of a place, in degrees: -180 up to 180; 0 at
    /// solar noon.
    package func hourAngle(at place: SolarPlace) -> Double {
        let minutes = secondOfDay / 60 + equationOfTimeMinutes + 4 * place.longitude
        let turns = minutes / 1_440 - 0.5
        return 360 * (turns - (turns + 0.5).rounded(.down))
    }

    /// How high the centre of the sun's disc stands over a level horizon, in degrees, the air's
    /// refraction left out.
    package func altitude(at place: SolarPlace) -> Double {
        let latitude = radians(place.latitude)
        let declination = radians(declination)
        let sine =
            sin(latitude) * sin(declination)
            + cos(latitude) * cos(declination) * cos(radians(hourAngle(at: place)))
        return degrees(asin(min(1, max(-1, sine))))
    }
}

/// A place on the earth, in degrees.
package struct SolarPlace: Hashable, Sendable {
    /// North is positive; -90 to 90.
    package let latitude: Double
    /// East is positive; -180 to 180.
    package let longitude: Double

    package init(latitude: Double, longitude: Double) {
        precondition((-90...90).contains(latitude), "a latitude lies between the poles")
        precondition((-180...180).contains(longitude), "a longitude lies within half a turn")
        self.latitude = latitude
        self.longitude = longitude
    }
}

private func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }

private func degrees(_ radians: Double) -> Double { radians * 180 / .pi }

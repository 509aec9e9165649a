import Execution
import SolarTime
import Testing

@Suite struct SolarDayTests {
    @Test(arguments: City.allCases)
    func agreesWithTheTableOfAYear(_ city: City) throws {
        let rows = sunTableOf2026.split(separator: "\n").map { $0.split(separator: " ") }
            .filter { $0[0] == city.rawValue }
        #expect(rows.count == 73)
        var worst = Duration.zero
        for row in rows {
            let midnight = try #require(Timestamp(date: row[1])) - .seconds(8 * 3_600)
            let day = SolarDay(nearest: midnight + .seconds(43_200), at: city.place)
            let computed = [
                day.rising(through: .civilTwilight), day.sunrise, day.sunset,
                day.setting(through: .civilTwilight),
            ]
            for (crossing, written) in zip(computed, row[2...]) {
                let expected = midnight + (try #require(Duration(clock: written)))
                let time = try #require(crossing.time)
                worst = max(worst, time - expected, expected - time)
            }
        }
        // The issue asks for a minute; the worst difference is 4.8 seconds.
        #expect(worst < .seconds(6))
    }

    @Test func agreesWithTheTableOfEdges() throws {
        for row in sunTableOfEdges.split(separator: "\n").map({ $0.split(separator: " ") }) {
            let place = try #require(edgePlaces[String(row[0])])
            let date = try #require(Timestamp(date: row[1]))
            let meanNoon = date + .seconds(43_200 - Int(place.longitude * 240))
            let day = SolarDay(nearest: meanNoon, at: place)
            for (crossing, written) in zip(
                [SolarCrossing.at(day.noon), day.sunrise, day.sunset], row[2...])
            {
                let comment: Comment = "\(row) \(crossing)"
                switch written {
                case "up": #expect(crossing == .alwaysAbove, comment)
                case "down": #expect(crossing == .alwaysBelow, comment)
                case "-": break
                default:
                    let parts = written.split(separator: "T")
                    let expected =
                        try #require(Timestamp(date: "2026-" + parts[0]))
                        + (try #require(Duration(clock: parts[1])))
                    let time = try #require(crossing.time, comment)
                    // Where the sun grazes the horizon, a hair of altitude is minutes.
                    let isNoon = crossing == .at(day.noon)
                    let slope = isNoon ? 1 : altitudePerMinute(at: time, place)
                    let allowed = Duration.milliseconds(Int(5_000 + 0.01 / slope * 60_000))
                    #expect(max(time - expected, expected - time) < allowed, comment)
                }
            }
        }
    }

    /// How fast the sun rises or sinks, in degrees.
    private func altitudePerMinute(at time: Timestamp, _ place: SolarPlace) -> Double {
        let before = SolarPosition(at: time - .seconds(30)).altitude(at: place)
        let after = SolarPosition(at: time + .seconds(30)).altitude(at: place)
        return max(abs(after - before), 0.000_1)
    }

    /// The days on which the sun stops setting and rising. Source: as the table of edges.
    @Test(arguments: [
        ("tromso", "2026-05-19", "2026-07-24", "2026-11-28", "2027-01-14"),
        ("longyearbyen", "2026-04-19", "2026-08-23", "2026-10-27", "2027-02-15"),
    ])
    func knowsPolarDaysAndNights(
        _ name: String, firstUp: String, lastUp: String, firstDown: String, lastDown: String
    ) throws {
        let place = try #require(edgePlaces[name])
        let start = try #require(Timestamp(date: "2026-03-01")) + .seconds(11 * 3_600)
        var up: [Timestamp] = []
        var down: [Timestamp] = []
        for offset in 0..<366 {
            let noon = start + .seconds(86_400 * offset)
            let day = SolarDay(nearest: noon, at: place)
            if day.sunrise == .alwaysAbove, day.sunset == .alwaysAbove { up.append(noon) }
            if day.sunrise == .alwaysBelow, day.sunset == .alwaysBelow { down.append(noon) }
        }
        func check(_ time: Timestamp?, _ date: String) throws {
            #expect(try #require(time).description.prefix(10) == date)
        }
        try check(up.first, firstUp)
        try check(up.last, lastUp)
        try check(down.first, firstDown)
        try check(down.last, lastDown)
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func holdsAtAnyPlaceAndTime(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let place = SolarPlace(
            latitude: Double.random(in: -90...90, using: &random),
            longitude: Double.random(in: -180...180, using: &random))
        let years = Int64(50) * 366 * 86_400_000
        let moment = Timestamp(
            milliseconds: Int64.random(
                in: 946_684_800_000...946_684_800_000 + years, using: &random))
        let day = SolarDay(nearest: moment, at: place)
        #expect(abs((day.noon - moment).inSeconds) <= 43_260, "noon is the nearest")
        #expect(day.midnightBefore < day.noon && day.noon < day.midnightAfter)
        let next = SolarDay(nearest: day.noon + .seconds(86_400), at: place)
        #expect(abs((next.midnightBefore - day.midnightAfter).inSeconds) < 0.1, "no gap")
        for altitude in [SolarAltitude.horizon, .civilTwilight] {
            for (crossing, range) in [
                (day.rising(through: altitude), day.midnightBefore...day.noon),
                (day.setting(through: altitude), day.noon...day.midnightAfter),
            ] {
                switch crossing {
                case .at(let time):
                    #expect(range.contains(time))
                    let height = SolarPosition(at: time).altitude(at: place)
                    #expect(abs(height - altitude.degrees) < 0.001, "is at the altitude itself")
                case .alwaysAbove:
                    #expect(SolarPosition(at: day.noon).altitude(at: place) > altitude.degrees)
                case .alwaysBelow:
                    #expect(SolarPosition(at: day.noon).altitude(at: place) <= altitude.degrees)
                }
            }
        }
    }

    @Test func aLeapDayIsADayLikeAnother() throws {
        let before = try #require(Timestamp(date: "2028-02-28")) + .seconds(4 * 3_600)
        let rises = try (0..<3).map { offset in
            let day = SolarDay(nearest: before + .seconds(86_400 * offset), at: City.jinan.place)
            return try #require(day.sunrise.time)
        }
        for (earlier, later) in zip(rises, rises.dropFirst()) {
            // Near the equinox the sun rises about 85 seconds earlier each day.
            #expect((86_400.0 - 90...86_400.0 - 75).contains((later - earlier).inSeconds))
        }
    }

    @Test func bothSidesOfTheDateLineHaveTheSameSun() {
        let noon = Timestamp(milliseconds: 1_780_272_000_000)
        let east = SolarDay(nearest: noon, at: SolarPlace(latitude: -17, longitude: 180))
        let west = SolarDay(nearest: noon, at: SolarPlace(latitude: -17, longitude: -180))
        #expect(east.sunrise == west.sunrise && east.sunset == west.sunset)
    }

    /// At a pole the sun rises and sets once a year.
    @Test(arguments: [-90.0, 90.0]) func thePolesHaveNoRising(_ latitude: Double) {
        let place = SolarPlace(latitude: latitude, longitude: 0)
        for day in 0..<365 {
            let noon = Timestamp(milliseconds: 1_767_225_600_000 + Int64(day) * 86_400_000)
            let sun = SolarDay(nearest: noon, at: place)
            let isNorthernSummer = (90..<255).contains(day)
            let isNorthernWinter = day < 70 || day > 275
            guard isNorthernSummer || isNorthernWinter else { continue }
            let isUp = (latitude > 0) == isNorthernSummer
            #expect(sun.sunrise == (isUp ? .alwaysAbove : .alwaysBelow))
            #expect(sun.sunset == (isUp ? .alwaysAbove : .alwaysBelow))
        }
    }
}

enum City: String, CaseIterable {
    case jinan, harbin, sanya

    var place: SolarPlace {
        switch self {
        case .jinan: SolarPlace(latitude: 36.6683, longitude: 117.0207)
        case .harbin: SolarPlace(latitude: 45.8038, longitude: 126.5350)
        case .sanya: SolarPlace(latitude: 18.2528, longitude: 109.5120)
        }
    }
}

private let edgePlaces = [
    "tromso": SolarPlace(latitude: 69.6492, longitude: 18.9553),
    "longyearbyen": SolarPlace(latitude: 78.2232, longitude: 15.6267),
    "quito": SolarPlace(latitude: -0.1807, longitude: -78.4678),
    "kiritimati": SolarPlace(latitude: 1.8721, longitude: -157.4278),
    "suva": SolarPlace(latitude: -18.1416, longitude: 178.4419),
    "ushuaia": SolarPlace(latitude: -54.8019, longitude: -68.3030),
    "mcmurdo": SolarPlace(latitude: -77.8463, longitude: 166.6682),
    "reykjavik": SolarPlace(latitude: 64.1466, longitude: -21.9426),
]

extension Timestamp {
    /// The first moment of a date in UTC, `2026-03-29`.
    init?(date: some StringProtocol) {
        let parts = date.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3 else { return nil }
        // Days since 1970 by the count of leap years.
        let (year, month, day) = (parts[0], parts[1], parts[2])
        let lengths = [31, year % 4 == 0 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        let days =
            (year - 1970) * 365 + (year - 1969) / 4 + lengths[..<(month - 1)].reduce(0, +) + day - 1
        self.init(milliseconds: Int64(days) * 86_400_000)
    }
}

extension Duration {
    /// Hours, minutes and seconds, `07:24:16`.
    init?(clock: some StringProtocol) {
        let parts = clock.split(separator: ":").compactMap { Int($0) }
        guard parts.count == 3 else { return nil }
        self = .seconds(parts[0] * 3_600 + parts[1] * 60 + parts[2])
    }
}

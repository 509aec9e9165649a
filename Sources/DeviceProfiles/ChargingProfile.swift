package import Metering

/// How a charging point is told what its car may draw, and how it tells what the car does.
///
/// Facts of the model, so that no program has to know one charger from another.
package struct ChargingProfile: Hashable, Sendable {
    /// The point that tells the state; `nil` where the charger has none.
    package var state: PointName?
    /// What its words mean: labels of its codes, or the texts it holds.
    package var words: [String: CarState]
    /// What tells whether a car is plugged in, where the state's word leaves that open.
    package var car: CarSign?
    /// The point that holds the most the car may draw.
    package var current: PointName
    /// What one unit of that point is worth, in amperes.
    package var amperesPerUnit: ScaledInteger
    package var pause: ChargingPause
    /// The most the charger can deliver, where its model decides that.
    package var maximum: Amperes?
    /// It must be told again at least this often, or it forgets.
    package var again: Duration
    package var fallback: ChargingFallback
    /// Settings it needs before it obeys, in order.
    package var preparation: [PointSetting]

    package init(
        state: PointName? = nil, words: [String: CarState] = [:], car: CarSign? = nil,
        current: PointName, amperesPerUnit: ScaledInteger = ScaledInteger(1),
        pause: ChargingPause, maximum: Amperes? = nil, again: Duration = standardAgain,
        fallback: ChargingFallback = .none, preparation: [PointSetting] = []
    ) {
        self.state = state
        self.words = words
        self.car = car
        self.current = current
        self.amperesPerUnit = amperesPerUnit
        self.pause = pause
        self.maximum = maximum
        self.again = again
        self.fallback = fallback
        self.preparation = preparation
    }

    /// How often a charger is told again what it was told, where its profile says nothing.
    package static let standardAgain = Duration.seconds(60)

    /// What the state's point says of the car.
    ///
    /// - Parameters:
    ///   - value: What was read of the point.
    ///   - hasCar: What ``car`` says, where that is known.
    package func carState(
        _ value: MeasuredValue, of point: PointProfile, hasCar: Bool?
    ) -> CarState {
        let word: String? =
            switch value {
            case .text(let text): text
            case .number(let number):
                number.rescaled(to: 0).flatMap { point.labels[$0.mantissa] }
            }
        if let word, let state = words[word] { return state }
        return hasCar == false ? .free : .connected
    }
}

/// What stands at a charging point. The raw value is the word of documents.
package enum CarState: String, CaseIterable, Hashable, Sendable {
    /// No car.
    case free
    /// A car is plugged in and draws nothing.
    case connected
    case charging
    /// The charger or the car has a fault, so that nothing is drawn.
    case fault
}

/// What tells whether a car is plugged in.
package struct CarSign: Hashable, Sendable {
    package enum Test: Hashable, Sendable {
        /// This bit is set, from the least significant, 0.
        case bit(Int)
        case above(ScaledInteger)
    }

    package var point: PointName
    package var test: Test

    package init(point: PointName, test: Test) {
        self.point = point
        self.test = test
    }

    /// What a value of the point says; `nil` for a text.
    package func hasCar(_ value: MeasuredValue) -> Bool? {
        guard let number = value.number else { return nil }
        switch test {
        case .bit(let bit): return number.rescaled(to: 0).map { $0.mantissa >> Int64(bit) & 1 == 1 }
        case .above(let mark): return number > mark
        }
    }
}

/// How a charger is made to deliver nothing.
package enum ChargingPause: Hashable, Sendable {
    /// It is told 0 A.
    case noCurrent
    /// A point of its own holds one value while it pauses and another while it does not.
    case point(PointName, pause: ScaledInteger, resume: ScaledInteger)
}

/// What a charger lets its car draw when nobody has asked it for some time.
package enum ChargingFallback: Hashable, Sendable {
    /// What it was told last.
    case none
    /// A current that was set in the charger by other means.
    case own
    /// A current that can be written to this point, in amperes.
    case point(PointName)
}

/// A value that a point is to hold.
package struct PointSetting: Hashable, Sendable {
    package var point: PointName
    package var value: ScaledInteger

    package init(point: PointName, value: ScaledInteger) {
        self.point = point
        self.value = value
    }
}

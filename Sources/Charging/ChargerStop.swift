import Execution

/// Somebody's wish that a charger charge nothing, in a form that can be kept through a restart.
package struct ChargerStop: Hashable, Sendable, Codable {
    package var charger: String
    /// Who wants it.
    package var by: String
    /// How much of it was left when this was written, in milliseconds; `nil` until somebody
    /// starts the charger.
    package var remainingMilliseconds: Int64?
    /// When it ends by the clock, in milliseconds since 1970; `nil` where that was not known.
    package var endMilliseconds: Int64?

    package init(
        charger: String, by: String, remainingMilliseconds: Int64? = nil,
        endMilliseconds: Int64? = nil
    ) {
        self.charger = charger
        self.by = by
        self.remainingMilliseconds = remainingMilliseconds
        self.endMilliseconds = endMilliseconds
    }

    /// The longest a stop with an end may last.
    package static let longest = Duration.seconds(30 * 86_400)

    /// How long it still holds: by the clock, or as much as was left where that is not known.
    func remaining(clock: Timestamp?) -> Duration? {
        guard let remainingMilliseconds else { return nil }
        let stored = min(Duration.milliseconds(remainingMilliseconds), Self.longest)
        guard let clock, let endMilliseconds else { return stored }
        // Never longer than was left when it was written: the clock may have been set back.
        return min(Timestamp(milliseconds: endMilliseconds) - clock, stored)
    }
}

/// Why a charger is not stopped or started.
package enum ChargingRefusal: CommandRefusal, Hashable, Sendable {
    case unknownCharger(String)
    /// Not positive, or longer than ``ChargerStop/longest``.
    case duration(Duration)
    /// The group has ended.
    case stopped
}

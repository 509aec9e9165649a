import Execution

/// What somebody wants a circuit to be, against its control.
package enum LightingCommand: Hashable, Sendable, Codable {
    case on
    case off
    /// In percent, 1 to 100; for a circuit with a dimmer.
    case level(Int)

    /// In percent.
    package var level: Int {
        switch self {
        case .on: 100
        case .off: 0
        case .level(let level): level
        }
    }
}

/// A command that holds until its end, in a form that can be kept through a restart.
package struct LightingOverride: Hashable, Sendable, Codable {
    package var circuit: String
    package var command: LightingCommand
    /// Who gave it, for the audit trail.
    package var by: String
    /// How much of it was left when this was written, in milliseconds.
    package var remainingMilliseconds: Int64
    /// When it ends by the clock, in milliseconds since 1970; `nil` where the clock was not known.
    package var endMilliseconds: Int64?

    package init(
        circuit: String, command: LightingCommand, by: String, remainingMilliseconds: Int64,
        endMilliseconds: Int64? = nil
    ) {
        self.circuit = circuit
        self.command = command
        self.by = by
        self.remainingMilliseconds = remainingMilliseconds
        self.endMilliseconds = endMilliseconds
    }

    /// The longest an override may last.
    package static let longest = Duration.seconds(7 * 86_400)

    /// How long it still holds: by the clock, or as much as was left when that is not known.
    func remaining(clock: Timestamp?) -> Duration {
        let stored = Duration.milliseconds(remainingMilliseconds)
        guard let clock, let endMilliseconds else { return min(stored, Self.longest) }
        // Never longer than was left when it was written: the clock may have been set back.
        return min(Timestamp(milliseconds: endMilliseconds) - clock, stored, Self.longest)
    }
}

/// Why an override is not taken.
package enum LightingRefusal: CommandRefusal, Hashable, Sendable {
    case unknownCircuit(String)
    /// A level between dark and lit for a circuit without a dimmer.
    case notDimmed(String)
    /// Not 0 to 100 percent.
    case level(Int)
    /// Not positive, or longer than ``LightingOverride/longest``.
    case duration(Duration)
    /// The lighting has ended.
    case stopped
}

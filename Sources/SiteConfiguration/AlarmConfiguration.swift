package import Metering

/// One rule: on what condition an alarm is raised, and what is done as long as it lasts.
package struct AlarmConfiguration: Hashable, Sendable {
    package let name: String
    package let condition: AlarmCondition
    /// In the order of the document; the order in which they are carried out is another matter.
    package let actions: [AlarmAction]
    /// Whether the alarm stays until somebody has acknowledged it and its condition is gone.
    package let isLatched: Bool
    package let severity: AlarmSeverity
    /// What people are told, in their own words.
    package let message: String?

    package init(
        name: String, condition: AlarmCondition, actions: [AlarmAction] = [],
        isLatched: Bool = false, severity: AlarmSeverity = .alarm, message: String? = nil
    ) {
        self.name = name
        self.condition = condition
        self.actions = actions
        self.isLatched = isLatched
        self.severity = severity
        self.message = message
    }

    /// The most rules a document may have.
    package static let limit = 1_000
    /// The most actions of one rule.
    package static let actionLimit = 32
    /// The most conditions within one rule, and how deep they may be nested.
    package static let conditionLimit = 64
    package static let depthLimit = 8
}

/// How much an alarm matters. The raw value is the word of the document.
package enum AlarmSeverity: String, CaseIterable, Hashable, Comparable, Sendable {
    /// Something that people may like to know: a bin is full, a bay is taken.
    case info
    case warning
    case alarm

    package static func < (left: AlarmSeverity, right: AlarmSeverity) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .alarm: 2
        }
    }
}

/// What must be so for an alarm to be raised.
///
/// A condition is true, false or unknown. It is unknown while a reading it needs is missing or a
/// line it needs cannot be read, unless the rest decides: one that is true decides `any`, one
/// that is false decides `all`. Whether a reading is missing or a line has a fault is unknown
/// before the first of it; another alarm is unknown while it is not active and its own condition
/// is unknown. A device is taken to answer until it is found silent.
package indirect enum AlarmCondition: Hashable, Sendable {
    case point(PointIdentifier, PointTest)
    case line(LineReference, isActive: Bool)
    /// The device has left several turns unanswered.
    case silent(DeviceIdentifier)
    /// The last reading of the point came without a value.
    case missing(PointIdentifier)
    /// The line cannot be read: its chip is gone, its relay board is silent.
    case fault(LineReference)
    /// Another alarm is active; a latched one until it is cleared.
    case alarm(String)
    case any([AlarmCondition])
    case all([AlarmCondition])
    case not(AlarmCondition)
    /// The condition has been true for so long, as far as it was known.
    case lasting(AlarmCondition, Duration)
}

/// What a reading is compared with.
package enum PointTest: Hashable, Sendable {
    /// Above the one or below the other, of which at least one is given. Once it is so, the
    /// value must come back by the hysteresis, to the very mark or beyond, for it to be over.
    case outside(above: ScaledInteger?, below: ScaledInteger?, hysteresis: ScaledInteger)
    case equals(ScaledInteger)
    /// This bit of a status word is set, counted from the least significant, 0.
    case bit(Int)
}

/// What is done as long as an alarm is active.
package enum AlarmAction: Hashable, Sendable {
    /// Shuts a valve, which stays shut when the alarm is over.
    case close(valve: String)
    /// Holds a line active or inactive.
    case line(LineReference, isOn: Bool)
    /// Holds a lighting circuit on or off, whatever its calendar says.
    case circuit(String, isOn: Bool)
    /// Holds a door unlocked.
    case release(door: String)
    /// Has a charger, or all of a group, charge nothing.
    case stop(charging: String)
}

extension AlarmCondition {
    /// This condition and all within it, from the outside in.
    package var all: [AlarmCondition] {
        var found: [AlarmCondition] = [self]
        switch self {
        case .any(let parts), .all(let parts): for part in parts { found += part.all }
        case .not(let part), .lasting(let part, _): found += part.all
        case .point, .line, .silent, .missing, .fault, .alarm: break
        }
        return found
    }

    /// The points whose readings it needs.
    package var points: Set<PointIdentifier> {
        Set(
            all.compactMap { condition in
                switch condition {
                case .point(let point, _), .missing(let point): point
                default: nil
                }
            })
    }

    /// The lines it looks at.
    package var lines: Set<LineReference> {
        Set(
            all.compactMap { condition in
                switch condition {
                case .line(let line, _), .fault(let line): line
                default: nil
                }
            })
    }
}

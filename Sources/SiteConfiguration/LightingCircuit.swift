package import DeviceProfiles
package import Metering

/// One circuit of lamps: what switches it, when it is lit, and how a dead lamp shows.
package struct LightingCircuit: Hashable, Sendable {
    package let name: String
    /// What switches it; `nil` where the dimmer does.
    package let line: LineReference?
    package let dimmer: LightingDimmer?
    /// What the circuit does where nothing better is known: without the time of day, or where a
    /// photocell or a presence sensor that matters is dead.
    package let safeState: LightingSafeState
    /// Lit while any entry holds, at the highest level of those that do.
    package let control: [LightingEntry]
    package let lampWatch: LampWatch?
    /// How long the next circuit waits after this one was switched, for its inrush.
    package let stagger: Duration
    /// Once lit by its control, how long it stays lit at least.
    package let minimumOn: Duration

    package init(
        name: String, line: LineReference?, dimmer: LightingDimmer? = nil,
        safeState: LightingSafeState = .on, control: [LightingEntry],
        lampWatch: LampWatch? = nil, stagger: Duration = standardStagger,
        minimumOn: Duration = standardMinimumOn
    ) {
        precondition(line != nil || dimmer != nil, "something switches a circuit")
        self.name = name
        self.line = line
        self.dimmer = dimmer
        self.safeState = safeState
        self.control = control
        self.lampWatch = lampWatch
        self.stagger = stagger
        self.minimumOn = minimumOn
    }

    package static let standardStagger = Duration.milliseconds(200)
    package static let standardMinimumOn = Duration.seconds(30)
}

/// The raw value is the word of documents.
package enum LightingSafeState: String, CaseIterable, Hashable, Sendable {
    case on
    case off
}

/// A writable point that holds a dimming level.
package struct LightingDimmer: Hashable, Sendable {
    package let device: DeviceIdentifier
    package let point: PointProfile
    /// The value of the point at which the lamps are fully lit; 0 is dark.
    package let fullValue: ScaledInteger

    package init(device: DeviceIdentifier, point: PointProfile, fullValue: ScaledInteger) {
        self.device = device
        self.point = point
        self.fullValue = fullValue
    }

    package var identifier: PointIdentifier {
        PointIdentifier(device: device, point: point.name)
    }

    /// The value of a level, to the nearest whole number of the point's unit; never 0 for a
    /// level above 0.
    ///
    /// - Parameter level: In percent, 0 to 100.
    package func value(at level: Int) -> ScaledInteger {
        guard level > 0 else { return ScaledInteger(0) }
        let value = (fullValue.doubleValue * Double(level) / 100).rounded()
        return ScaledInteger(max(1, Int64(value)))
    }
}

/// One way in which a circuit comes to be lit: all its conditions must hold.
package struct LightingEntry: Hashable, Sendable {
    package var window: LightingWindow?
    /// The weekdays on which a window may begin; `nil` for all.
    package var days: Set<Weekday>?
    /// The calendar that must name the day on which the window begins.
    package var calendar: CalendarConfiguration?
    /// The calendar that must not name that day.
    package var notCalendar: CalendarConfiguration?
    package var photocell: LightingPhotocell?
    /// Lines of presence sensors, any of which counts.
    package var presence: [LineReference]
    /// How long presence lasts after its sensors have fallen back.
    package var hold: Duration
    /// In percent, 1 to 100. Circuits without a dimmer have 100.
    package var level: Int

    package init(
        window: LightingWindow? = nil, days: Set<Weekday>? = nil,
        calendar: CalendarConfiguration? = nil, notCalendar: CalendarConfiguration? = nil,
        photocell: LightingPhotocell? = nil, presence: [LineReference] = [],
        hold: Duration = standardHold, level: Int = 100
    ) {
        self.window = window
        self.days = days
        self.calendar = calendar
        self.notCalendar = notCalendar
        self.photocell = photocell
        self.presence = presence
        self.hold = hold
        self.level = level
    }

    package static let standardHold = Duration.seconds(120)

    /// Whether it takes the time of day to tell whether the entry holds.
    package var needsTimeOfDay: Bool {
        window != nil || days != nil || calendar != nil || notCalendar != nil
    }
}

/// What tells whether it is dark outside.
package struct LightingPhotocell: Hashable, Sendable {
    package let source: Source
    /// How long it must stay dark or light to count, so that a headlight does not.
    package let settle: Duration

    package init(source: Source, settle: Duration = standardSettle) {
        self.source = source
        self.settle = settle
    }

    package static let standardSettle = Duration.seconds(30)

    package enum Source: Hashable, Sendable {
        /// A contact that is active while it is dark.
        case line(LineReference)
        /// A measured brightness: dark below one value, light above another, and in between as
        /// before. Without a reading for so long, the photocell is dead.
        case point(
            PointIdentifier, below: ScaledInteger, above: ScaledInteger, patience: Duration)
    }
}

/// How a circuit's metered power tells that lamps are dead.
package struct LampWatch: Hashable, Sendable {
    package let point: PointIdentifier
    /// Less than this at full level means dead lamps, in the unit of the point.
    package let below: ScaledInteger
    /// For how long.
    package let after: Duration

    package init(point: PointIdentifier, below: ScaledInteger, after: Duration) {
        self.point = point
        self.below = below
        self.after = after
    }
}

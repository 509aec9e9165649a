package import DeviceProfiles
package import Metering

/// Chargers that share a limit, so that the cable, the fuse or the transformer before them is not
/// overloaded.
package struct ChargingGroupConfiguration: Hashable, Sendable {
    package let name: String
    /// What its chargers may draw together, on each phase.
    package let limit: Amperes
    /// The least a charger is told; one for which that is not left is paused.
    package let minimum: Amperes
    /// How long a charger may charge while another waits.
    package let turn: Duration
    /// In the order of the document.
    package let chargers: [ChargerConfiguration]
    package let feeder: FeederConfiguration?

    package init(
        name: String, limit: Amperes, minimum: Amperes = standardMinimum,
        turn: Duration = standardTurn, chargers: [ChargerConfiguration],
        feeder: FeederConfiguration? = nil
    ) {
        self.name = name
        self.limit = limit
        self.minimum = minimum
        self.turn = turn
        self.chargers = chargers
        self.feeder = feeder
    }

    /// Source: IEC 61851-1, annex A: no duty cycle means less than 6 A.
    package static let standardMinimum: Amperes = 6
    package static let standardTurn = Duration.seconds(15 * 60)
    package static let limit = 64
    /// The most chargers of a group.
    package static let chargerLimit = 64

    /// The points that must be known to share the limit.
    package var watched: Set<PointIdentifier> {
        chargers.reduce(Set(feeder?.currents ?? [])) { $0.union($1.watched) }
    }

    /// What each charger is told to fall back to where it can be told: all of them together stay
    /// within what may be drawn when nobody is there to share it.
    package var fallback: Amperes {
        let share = min(limit, feeder?.withoutReadings ?? limit).count / max(chargers.count, 1)
        return share < minimum.count ? 0 : Amperes(share)
    }
}

/// One charging point of a group.
package struct ChargerConfiguration: Hashable, Sendable {
    package let device: DeviceIdentifier
    /// How often it is read.
    package let every: Duration
    package let profile: ChargingProfile
    /// What it is told its current by.
    package let current: PointProfile
    /// What tells its state; `nil` where it does not.
    package let state: PointProfile?
    package let car: PointIdentifier?
    /// What is measured of its conductors, in their order; empty where nothing is.
    package let drawn: [PointIdentifier]
    /// What it has charged: in the session where the charger counts that, else in all.
    package let energy: PointProfile?
    /// The most it can draw: its own fuse, or what its model delivers.
    package let maximum: Amperes
    /// Which phase of the supply each of its conductors hangs on.
    package let phases: [MainsPhase]
    /// What it draws by itself after a restart or when nobody asks it; `nil` for what it was told
    /// last.
    package let fallback: Amperes?

    package init(
        device: DeviceIdentifier, every: Duration, profile: ChargingProfile,
        current: PointProfile, state: PointProfile? = nil, car: PointIdentifier? = nil,
        drawn: [PointIdentifier] = [], energy: PointProfile? = nil, maximum: Amperes,
        phases: [MainsPhase] = MainsPhase.allCases, fallback: Amperes? = nil
    ) {
        self.device = device
        self.every = every
        self.profile = profile
        self.current = current
        self.state = state
        self.car = car
        self.drawn = drawn
        self.energy = energy
        self.maximum = maximum
        self.phases = phases
        self.fallback = fallback
    }

    /// It goes by the name of its device.
    package var name: String { device.description }

    /// The points that must be known of it.
    package var watched: Set<PointIdentifier> {
        Set(drawn + [car, state.map(identifier), energy.map(identifier)].compactMap(\.self))
    }

    /// The point of it that a name stands for.
    package func identifier(_ point: PointProfile) -> PointIdentifier {
        PointIdentifier(device: device, point: point.name)
    }

    /// What is written, in this order, so that its car draws at most so much.
    ///
    /// - Parameter current: 0 pauses it.
    package func settings(for current: Amperes) -> [PointSetting] {
        let told = PointSetting(point: self.current.name, value: value(of: current))
        switch profile.pause {
        case .noCurrent: return [told]
        case .point(let point, let pause, let resume):
            return current == 0
                ? [PointSetting(point: point, value: pause)]
                : [told, PointSetting(point: point, value: resume)]
        }
    }

    /// Whether ``preparation(fallback:)`` is anything.
    package var needsPreparation: Bool { !preparation(fallback: 0).isEmpty }

    /// What is written before it is told anything, in this order.
    ///
    /// - Parameter fallback: What it is to draw when nobody asks it.
    package func preparation(fallback: Amperes) -> [PointSetting] {
        guard case .point(let point) = profile.fallback else { return profile.preparation }
        let current = min(fallback, maximum)
        let setting = PointSetting(point: point, value: ScaledInteger(Int64(current.count)))
        return profile.preparation + [setting]
    }

    /// A current as its point states it, never more.
    private func value(of current: Amperes) -> ScaledInteger {
        let step = self.current.scale
        let amperes = profile.amperesPerUnit.doubleValue * step.doubleValue
        // The slack covers what a double loses of a decimal, far below any register's step.
        let counts = (Double(current.count) / amperes + 1e-6).rounded(.down)
        return ScaledInteger(Int64(counts) * step.mantissa, exponent: step.exponent)
    }
}

/// The meter of the cable or transformer that feeds a group along with others.
package struct FeederConfiguration: Hashable, Sendable {
    /// Its measured currents, from ``MainsPhase/l1`` on.
    package let currents: [PointIdentifier]
    /// How often they are read, the slowest.
    package let every: Duration
    /// What all together may draw, on each phase.
    package let limit: Amperes
    /// Whether the meter sees the chargers too, not the others alone.
    package let includesChargers: Bool
    /// What the chargers may draw together while the meter cannot be read.
    package let withoutReadings: Amperes

    package init(
        currents: [PointIdentifier], every: Duration, limit: Amperes,
        includesChargers: Bool = true, withoutReadings: Amperes = 0
    ) {
        self.currents = currents
        self.every = every
        self.limit = limit
        self.includesChargers = includesChargers
        self.withoutReadings = withoutReadings
    }

    /// How long the meter may be silent until what it said no longer counts.
    package var patience: Duration { max(every * 3, .seconds(15)) }
}

package import Execution
package import GPIO
package import Metering
package import SiteConfiguration
package import SolarTime

/// What one circuit should be by its own control: no overrides, no alarms, no lines switched.
///
/// An entry whose conditions are not all known counts as what leads to the circuit's safe state:
/// where that is on, as one that holds, else as one that does not. A condition that is known not
/// to hold settles its entry, whatever else is unknown.
package struct ControlProgram: Sendable {
    package let circuit: LightingCircuit
    private let local: LocalTime
    private let place: SolarPlace?
    private var schedule: ControlSchedule?
    private var photocells: [PhotocellState?]

    /// - Parameter place: Needed where the control asks for the sun.
    package init(_ circuit: LightingCircuit, local: LocalTime, place: SolarPlace?) {
        self.circuit = circuit
        self.local = local
        self.place = place
        photocells = circuit.control.map { $0.photocell.map(PhotocellState.init) }
    }

    /// What the circuit should be, why, and until when that holds if nothing is heard.
    package struct Decision: Hashable, Sendable {
        /// In percent; 0 is dark.
        package var level: Int
        package var reason: LightingReason
        /// When the time of day may change it.
        package var nextByClock: Timestamp?
        /// When elapsed time may change it.
        package var nextByTimer: MonotonicTime?
    }

    /// A photocell's line has changed.
    package mutating func observe(_ change: LineChange) {
        for index in photocells.indices {
            guard case .line(change.line)? = photocells[index]?.photocell.source.observed else {
                continue
            }
            photocells[index]?.observe(change.state, at: change.time)
        }
    }

    /// A photocell's point was read; `nil` where that failed.
    package mutating func observe(
        _ point: PointIdentifier, _ value: ScaledInteger?, at now: MonotonicTime
    ) {
        for index in photocells.indices {
            guard case .point(point)? = photocells[index]?.photocell.source.observed else {
                continue
            }
            photocells[index]?.observe(value, at: now)
        }
    }

    /// Decides.
    ///
    /// - Parameters:
    ///   - clock: The time of day; `nil` while it is not known.
    ///   - presence: What the presence sensors have said.
    package mutating func decide(
        at now: MonotonicTime, clock: Timestamp?, presence: PresenceLines
    ) -> Decision {
        for index in photocells.indices { photocells[index]?.advance(to: now) }
        if let clock { prepareSchedule(for: clock) }
        var decision = Decision(level: 0, reason: .idle)
        for (index, entry) in circuit.control.enumerated() {
            let holds = holds(index, entry, at: now, clock: clock, presence: presence)
            if holds == nil, decision.level == 0 { decision.reason = .safeState }
            guard holds ?? (circuit.safeState == .on), entry.level > decision.level else {
                continue
            }
            decision.level = entry.level
            decision.reason = holds == nil ? .safeState : LightingReason(of: entry)
        }
        decision.nextByClock = clock.flatMap { schedule?.nextChange(after: $0) }
        decision.nextByTimer = nextByTimer(after: now, presence: presence)
        return decision
    }

    /// Whether an entry holds; `nil` where that is not known.
    private func holds(
        _ index: Int, _ entry: LightingEntry, at now: MonotonicTime, clock: Timestamp?,
        presence: PresenceLines
    ) -> Bool? {
        var isKnown = true
        func settles(_ condition: Bool?) -> Bool {
            if condition == nil { isKnown = false }
            return condition == false
        }
        if entry.needsTimeOfDay,
            settles(clock.flatMap { schedule?.isOpen(index, at: $0) })
        {
            return false
        }
        if let photocell = photocells[index], settles(photocell.isDark) { return false }
        if !entry.presence.isEmpty,
            settles(presence.isPresent(entry.presence.map(\.name), hold: entry.hold, at: now))
        {
            return false
        }
        return isKnown ? true : nil
    }

    private mutating func prepareSchedule(for clock: Timestamp) {
        guard circuit.control.contains(where: \.needsTimeOfDay) else { return }
        if let schedule, schedule.coverage.contains(clock) { return }
        schedule = ControlSchedule(
            of: circuit.control, around: clock, local: local, place: place)
    }

    private func nextByTimer(
        after now: MonotonicTime, presence: PresenceLines
    ) -> MonotonicTime? {
        var next = photocells.lazy.compactMap { $0?.nextChange }.min()
        for entry in circuit.control where !entry.presence.isEmpty {
            let end = presence.nextChange(
                entry.presence.map(\.name), hold: entry.hold, after: now)
            if let end { next = min(next ?? end, end) }
        }
        return next
    }
}

/// Why a circuit is as it is. The raw value is the word of events; never rename.
package enum LightingReason: String, Hashable, Sendable, CaseIterable {
    /// No entry of the control holds.
    case idle
    /// A window is open.
    case schedule
    case presence
    case photocell
    /// Not enough is known to decide.
    case safeState = "safe-state"
    case override
    case alarm
    /// Still lit for the least time that a circuit is lit.
    case minimumOn = "minimum-on"

    fileprivate init(of entry: LightingEntry) {
        self =
            if !entry.presence.isEmpty {
                .presence
            } else if entry.photocell != nil {
                .photocell
            } else {
                .schedule
            }
    }
}

extension LightingPhotocell.Source {
    /// What must be looked at.
    enum Observed: Hashable {
        case line(LineName)
        case point(PointIdentifier)
    }

    var observed: Observed {
        switch self {
        case .line(let line): .line(line.name)
        case .point(let point, _, _, _): .point(point)
        }
    }
}

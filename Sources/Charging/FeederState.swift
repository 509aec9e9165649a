import Execution
import Metering
import SiteConfiguration

/// What all others draw from a feeder, as far as its meter and those of the chargers tell.
///
/// The meters are not read at the same moment: while a car starts, its current is seen by one and
/// not yet by the other. So the others count as more only once every reading of some time says
/// so, unless the feeder is overloaded, and as less only once all of a longer time do.
struct FeederState: Sendable {
    let configuration: FeederConfiguration
    /// How long the others must draw more for it to count.
    private let rise: Duration
    private var phases: [Phase]
    /// Since when all phases have been read without a gap.
    private var readSince: MonotonicTime?
    /// Whether nothing has ever been lost: then the first readings count at once.
    private var isFirst = true

    fileprivate struct Phase {
        var reading: Amperes?
        var readAt: MonotonicTime?
        /// What the others drew, in the newest of each second.
        var seen: [(at: MonotonicTime, least: Amperes, most: Amperes)] = []
        /// What counts.
        var others: Amperes = 0
    }

    /// How long the others must draw less for it to count: else every kettle of a building would
    /// be passed on to the cars.
    static let fall = Duration.seconds(30)

    /// - Parameter slowest: How often the slowest meter is read, that of a charger too.
    init(_ configuration: FeederConfiguration, slowest: Duration) {
        self.configuration = configuration
        rise = configuration.includesChargers ? slowest * 2 : .zero
        phases = configuration.currents.map { _ in Phase() }
    }

    /// The feeder's current on one phase was read.
    ///
    /// - Parameters:
    ///   - index: Of the phase, from l1.
    ///   - drawn: What the chargers draw on it, as far as they tell.
    mutating func observe(
        _ current: ScaledInteger?, of index: Int, drawn: ScaledInteger, at now: MonotonicTime
    ) {
        guard let current else { return }
        let reading = Amperes(roundingUp: current)
        var others = current
        if configuration.includesChargers {
            let negated = ScaledInteger(-drawn.mantissa, exponent: drawn.exponent)
            others = current.rounded(to: -3).adding(negated) ?? current
        }
        advance(to: now)
        phases[index].reading = reading
        phases[index].readAt = now
        if readSince == nil, phases.allSatisfy({ $0.readAt != nil }) { readSince = now }
        let isOverloaded = configuration.includesChargers && reading > configuration.limit
        phases[index].take(
            Amperes(roundingUp: others), isOverloaded: isOverloaded, rise: rise, at: now)
    }

    /// Lets time pass.
    mutating func advance(to now: MonotonicTime) {
        guard let end = lostAt, end <= now else { return }
        readSince = nil
        isFirst = false
        for index in phases.indices { phases[index] = Phase() }
    }

    /// Whether the readings count.
    func isReadable(at now: MonotonicTime) -> Bool {
        guard let readSince else { return false }
        return isFirst || readSince.advanced(by: Self.fall) <= now
    }

    /// What it leaves for the chargers on each phase.
    func room(at now: MonotonicTime) -> PhaseCurrents {
        guard isReadable(at: now) else { return PhaseCurrents(configuration.withoutReadings) }
        // Where one phase alone is measured, all chargers hang on it.
        var room = PhaseCurrents(configuration.limit)
        for (phase, state) in zip(MainsPhase.allCases, phases) {
            room[phase] = max(configuration.limit - state.others, 0)
        }
        return room
    }

    /// What was read of each phase last.
    var readings: [Amperes?] { phases.map(\.reading) }

    /// When what it leaves changes by time alone.
    func nextChange(after now: MonotonicTime) -> MonotonicTime? {
        let back = isReadable(at: now) ? nil : readSince?.advanced(by: Self.fall)
        return [lostAt, back].compactMap(\.self).min()
    }

    private var lostAt: MonotonicTime? {
        phases.compactMap(\.readAt).min()?.advanced(by: configuration.patience)
    }
}

extension FeederState.Phase {
    fileprivate mutating func take(
        _ current: Amperes, isOverloaded: Bool, rise: Duration, at now: MonotonicTime
    ) {
        let isFirst = seen.isEmpty
        if let last = seen.last, last.at.duration(to: now) < .seconds(1) {
            seen[seen.count - 1] = (last.at, min(last.least, current), max(last.most, current))
        } else {
            seen.append((now, current, current))
        }
        let longest = rise + FeederState.fall
        seen.removeAll { $0.at.duration(to: now) > longest }
        if isFirst {
            others = current
            return
        }
        let least = seen.filter { $0.at.duration(to: now) <= rise }.map(\.least).min() ?? current
        let most = seen.map(\.most).max() ?? current
        if least > others { others = least }
        if most < others { others = most }
        if isOverloaded { others = max(others, current) }
    }
}

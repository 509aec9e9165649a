import DeviceProfiles
import Execution
import Metering
import SiteConfiguration

/// Who gets how much.
extension ChargingGroupState {
    /// Sets what each charger ought to be told.
    ///
    /// - Returns: The chargers that the limit has just paused, or lets go on.
    mutating func decide(_ capacity: PhaseCurrents, at now: MonotonicTime) -> [Int] {
        updateQueue()
        takeTurns(at: now)
        let order = queue.filter { !chargers[$0].isIdle } + queue.filter { chargers[$0].isIdle }
        let ideal = shares(of: order, among: capacity)
        // Who cannot be counted upon keeps all it may draw; the rest is for the others.
        var rest = capacity
        for charger in chargers where charger.isReserved {
            rest.take(charger.mayDraw, on: charger.configuration.phases)
        }
        let others = order.filter { !chargers[$0].isReserved }
        let real = shares(of: others, among: rest)
        return chargers.indices.filter { place in
            let charger = chargers[place]
            let target =
                charger.isReserved
                ? min(ideal[place] ?? 0, charger.mayDraw) : real[place] ?? 0
            return set(target < configuration.minimum ? 0 : target, of: place, at: now)
        }
    }

    private func shares(of order: [Int], among capacity: PhaseCurrents) -> [Int: Amperes] {
        // The odd amperes go by the order of the document, so that a turn moves no others.
        let claims = order.map { place in
            let charger = chargers[place]
            return ChargingShares.Claim(
                phases: charger.configuration.phases, minimum: configuration.minimum,
                maximum: charger.isIdle ? configuration.minimum : charger.configuration.maximum)
        }
        let shares = ChargingShares.divide(claims, among: capacity)
        return Dictionary(uniqueKeysWithValues: zip(order, shares))
    }

    /// - Returns: Whether the limit has just paused it, or lets it go on.
    private mutating func set(_ target: Amperes, of place: Int, at now: MonotonicTime) -> Bool {
        let charger = chargers[place]
        chargers[place].target = target
        if target == 0 {
            chargers[place].servedSince = nil
        } else if charger.servedSince == nil {
            chargers[place].servedSince = now
        }
        chargers[place].reason = reason(of: charger, target)
        let isPaused = chargers[place].reason == .waiting
        chargers[place].isPausedByLimit = isPaused
        return isPaused != charger.isPausedByLimit && (isPaused || target > 0)
    }

    private func reason(of charger: ChargerState, _ target: Amperes) -> ChargerReason {
        if !charger.holds.isEmpty { return .alarm }
        if charger.stop != nil { return .stopped }
        if charger.car == .free { return .free }
        if charger.car == .fault { return .faulty }
        if charger.isIdle { return .idle }
        if target == 0 { return .waiting }
        return target == charger.configuration.maximum ? .full : .shared
    }

    // MARK: - Turns

    /// Who has come to want a share stands last.
    private mutating func updateQueue() {
        queue.removeAll { !chargers[$0].wants }
        let known = Set(queue)
        queue += chargers.indices.filter { chargers[$0].wants && !known.contains($0) }
    }

    /// Whether somebody waits for a turn.
    private var hasWaiting: Bool {
        queue.contains {
            chargers[$0].target == 0 && !chargers[$0].isIdle && !chargers[$0].isReserved
        }
    }

    /// Who has had a turn while others wait stands last from now on.
    private mutating func takeTurns(at now: MonotonicTime) {
        guard hasWaiting else { return }
        let over = queue.filter { place in
            chargers[place].servedSince.map {
                $0.advanced(by: configuration.turn) <= now
            } ?? false
        }
        guard !over.isEmpty else { return }
        queue.removeAll { over.contains($0) }
        queue += over
        for place in over { chargers[place].servedSince = now }
    }

    /// When the next turn is over; `nil` while nobody waits.
    var nextRotation: MonotonicTime? {
        guard hasWaiting else { return nil }
        return queue.compactMap { chargers[$0].servedSince }.min()?.advanced(
            by: configuration.turn)
    }
}

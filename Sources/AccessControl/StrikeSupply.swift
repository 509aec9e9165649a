package import Execution

/// Whose strike may be energised, and until when: at most so many at once, the rest in turn.
///
/// Pure. Every strike it lets go active has an end; nobody can ask for more than the pulse.
package struct StrikeSupply: Hashable, Sendable {
    package let strikesAtOnce: Int
    package let waitingLimit: Int
    package let pulse: Duration
    /// The places whose strikes may be active, and until when.
    package private(set) var energised: [Int: MonotonicTime] = [:]
    /// The places that wait, the first in turn first.
    package private(set) var waiting: [Int] = []

    package init(strikesAtOnce: Int, waitingLimit: Int, pulse: Duration) {
        self.strikesAtOnce = strikesAtOnce
        self.waitingLimit = waitingLimit
        self.pulse = pulse
    }

    /// What came of asking for a strike.
    package enum Answer: Hashable, Sendable {
        case now
        case waiting
        /// It is active or waits already.
        case already
        /// Too many wait.
        case full
    }

    /// Asks for the strike of a place.
    package mutating func ask(_ place: Int, at now: MonotonicTime) -> Answer {
        if energised[place] != nil || waiting.contains(place) { return .already }
        guard energised.count >= strikesAtOnce || !waiting.isEmpty else {
            energised[place] = now.advanced(by: pulse)
            return .now
        }
        guard waiting.count < waitingLimit else { return .full }
        waiting.append(place)
        return .waiting
    }

    /// The places whose pulse is over. They count as active until ``released(_:)``.
    package func due(at now: MonotonicTime) -> [Int] {
        energised.filter { $0.value <= now }.map(\.key).sorted()
    }

    /// A strike is inactive, for sure: its supply is free.
    package mutating func released(_ place: Int) {
        energised[place] = nil
    }

    /// The next in turn, where there is room for it; it counts as active from now on.
    package mutating func next(at now: MonotonicTime) -> Int? {
        guard energised.count < strikesAtOnce, !waiting.isEmpty else { return nil }
        let place = waiting.removeFirst()
        energised[place] = now.advanced(by: pulse)
        return place
    }

    /// When a pulse is over.
    package var nextWakeUp: MonotonicTime? { energised.values.min() }
}

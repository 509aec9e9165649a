package import Execution

/// Whose turn it is at a supply that bears so many energised strikes at once: the rest wait, in
/// order, and only so many.
///
/// Pure. A strike counts from the moment it is told to be active until it is known to be inactive;
/// but for ``patience`` at most, since a relay board that never answers again would lock up all
/// the others.
package struct StrikeSupply: Hashable, Sendable {
    package private(set) var strikesAtOnce: Int
    package private(set) var waitingLimit: Int
    /// The places that count, and until when at most.
    package private(set) var taken: [Int: MonotonicTime] = [:]
    /// The places that wait, the first in turn first.
    package private(set) var waiting: [Int] = []

    /// How long a strike counts that cannot be made inactive for sure.
    package static let patience = Duration.seconds(10)

    package init(strikesAtOnce: Int, waitingLimit: Int) {
        self.strikesAtOnce = strikesAtOnce
        self.waitingLimit = waitingLimit
    }

    /// Goes on with other limits, and places under other numbers.
    ///
    /// - Parameter place: The new number of a place; `nil` where it is none any more.
    mutating func use(strikesAtOnce: Int, waitingLimit: Int, moved place: (Int) -> Int?) {
        self.strikesAtOnce = strikesAtOnce
        self.waitingLimit = waitingLimit
        taken = Dictionary(
            taken.compactMap { old, until in place(old).map { ($0, until) } }, uniquingKeysWith: max
        )
        waiting = waiting.compactMap(place)
    }

    /// What came of asking for a strike.
    package enum Answer: Hashable, Sendable {
        case now
        case waiting
        /// It waits already.
        case already
        /// Too many wait.
        case full
    }

    /// Asks for the strike of a place.
    package mutating func ask(_ place: Int, at now: MonotonicTime) -> Answer {
        if waiting.contains(place) { return .already }
        if waiting.isEmpty, hasRoom(at: now, for: place) {
            take(place, at: now)
            return .now
        }
        guard waiting.count < waitingLimit else { return .full }
        waiting.append(place)
        return .waiting
    }

    /// A strike may be active from now on.
    package mutating func take(_ place: Int, at now: MonotonicTime) {
        taken[place] = now.advanced(by: Self.patience)
    }

    /// A strike is inactive, for sure.
    package mutating func released(_ place: Int) {
        taken[place] = nil
    }

    /// The next in turn, where there is room for it; it counts from now on.
    package mutating func next(at now: MonotonicTime) -> Int? {
        guard let place = waiting.first, hasRoom(at: now, for: place) else { return nil }
        waiting.removeFirst()
        take(place, at: now)
        return place
    }

    /// When there will be room for who waits first, whatever is heard.
    package var nextWakeUp: MonotonicTime? {
        guard let first = waiting.first else { return nil }
        let ends = taken.values.sorted()
        let supply = ends.count < strikesAtOnce ? nil : ends[ends.count - strikesAtOnce]
        return [taken[first], supply].compactMap(\.self).max()
    }

    /// A strike that is not known to be inactive has no second pulse meanwhile: it would be one
    /// long one.
    private func hasRoom(at now: MonotonicTime, for place: Int) -> Bool {
        if let until = taken[place], until > now { return false }
        return taken.count { $0.value > now } < strikesAtOnce
    }
}

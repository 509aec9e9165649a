package import Execution
package import Modbus

/// Whether a connection on which nothing is answered any more is given up for a new one.
///
/// The other side may have forgotten a connection and never say so; a new one is answered at
/// once. But a dead device behind a living gateway is no reason: each unit that a new connection
/// did not bring back counts again only after a pause that doubles. A pure value.
package struct ConnectionHealth: Sendable {
    private struct Renewals: Hashable, Sendable {
        var count = 0
        var next: MonotonicTime
    }

    /// How many requests in a row may find silence.
    private static let patience = 2
    /// How long a connection may take until its first answer.
    private static let warmUp: Duration = .seconds(5)
    /// The longest pause between two connections made for one unit's sake.
    package static let longestPause: Duration = .seconds(60)

    private var opened: MonotonicTime?
    private var hasAnswered = false
    /// Requests that found silence since anything was heard on this connection.
    private var silences: [UnitIdentifier: Int] = [:]
    private var renewals: [UnitIdentifier: Renewals] = [:]

    package init() {}

    /// Takes note of a new connection.
    package mutating func opened(at time: MonotonicTime) {
        opened = time
        hasAnswered = false
        silences = [:]
    }

    /// Takes note of a unit's answer, be it an exception.
    package mutating func answered(_ unit: UnitIdentifier) {
        hasAnswered = true
        silences = [:]
        renewals[unit] = nil
    }

    /// Takes note of a request that nobody answered.
    ///
    /// - Returns: Whether to make a new connection.
    package mutating func silent(_ unit: UnitIdentifier, at time: MonotonicTime) -> Bool {
        silences[unit, default: 0] += 1
        let counted = silences.filter { renewals[$0.key].map { $0.next <= time } ?? true }
        guard counted.values.reduce(0, +) >= Self.patience, let opened else { return false }
        guard hasAnswered || opened.duration(to: time) >= Self.warmUp else { return false }
        for unit in silences.keys {
            let count = (renewals[unit]?.count ?? 0) + 1
            let pause = min(Self.warmUp * (1 << min(count, 8)), Self.longestPause)
            renewals[unit] = Renewals(count: count, next: time.advanced(by: pause))
        }
        return true
    }
}

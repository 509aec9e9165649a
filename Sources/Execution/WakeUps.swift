/// The moments for which a sleeper is under way, so that there is never a sleeper too many.
package struct WakeUps: Sendable {
    private var armed: Set<MonotonicTime> = []

    package init() {}

    /// Whether no sleeper wakes by then.
    package func isMissing(_ wanted: MonotonicTime) -> Bool {
        armed.min().map { wanted < $0 } ?? true
    }

    /// The moment to sleep until, unless a sleeper wakes before.
    package mutating func arm(_ wanted: MonotonicTime?) -> MonotonicTime? {
        guard let wanted, isMissing(wanted) else { return nil }
        armed.insert(wanted)
        return wanted
    }

    /// A sleeper has woken.
    package mutating func woke(_ moment: MonotonicTime) {
        armed.remove(moment)
    }

    /// All sleepers until then have woken, or are about to.
    package mutating func woke(by moment: MonotonicTime) {
        armed = armed.filter { $0 > moment }
    }
}

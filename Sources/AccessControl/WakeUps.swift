import Execution

/// The moments for which a sleeper is under way, so that there is never a sleeper too many.
struct WakeUps {
    private var armed: Set<MonotonicTime> = []

    /// The moment to sleep until, unless a sleeper wakes before.
    mutating func arm(_ wanted: MonotonicTime?) -> MonotonicTime? {
        guard let wanted else { return nil }
        if let first = armed.min(), first <= wanted { return nil }
        armed.insert(wanted)
        return wanted
    }

    /// A sleeper has woken.
    mutating func woke(_ moment: MonotonicTime) {
        armed.remove(moment)
    }
}

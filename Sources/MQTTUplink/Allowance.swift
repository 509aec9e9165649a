import Execution

/// What may be used up: so much at once, and so much more each second.
struct Allowance: Hashable {
    let capacity: Double
    let perSecond: Double
    private var level: Double
    private var at: MonotonicTime

    init(_ capacity: Double, perSecond: Double, at now: MonotonicTime) {
        self.capacity = capacity
        self.perSecond = perSecond
        level = capacity
        at = now
    }

    /// Takes an amount, even where it is not there: what is owed comes back first. A negative one
    /// is given, up to the capacity.
    mutating func spend(_ amount: Double, at now: MonotonicTime) {
        level = level(at: now) - amount
        at = max(at, now)
    }

    func level(at now: MonotonicTime) -> Double {
        min(capacity, level + max(0, at.duration(to: now).inSeconds) * perSecond)
    }

    /// When nothing is owed any more; `nil` where nothing is.
    func whenSettled(after now: MonotonicTime) -> MonotonicTime? {
        let owed = -level(at: now)
        guard owed > 0 else { return nil }
        return now.advanced(by: .milliseconds(Int64(owed / perSecond * 1_000) + 1))
    }
}

import Execution

/// Whether a device is read as often as is asked, of late.
struct OverrunWatch: Hashable, Sendable {
    /// How long is looked at before anything is said.
    static let window: Duration = .seconds(120)
    /// From which share of turns left out a bus counts as overloaded, and below which no more.
    static let limits = (over: 0.1, under: 0.02)
    /// A gap that no load explains: the clock was set, or the bus was away.
    static let longestGap: Duration = .seconds(600)

    private var since: MonotonicTime?
    private var slots = 0
    private var missed = 0
    private(set) var isOverloaded = false
    /// The share of turns left out in the last whole window.
    private(set) var share: Double?

    enum Change: Hashable {
        case overloaded(percent: Int)
        case keepsUp
    }

    /// Takes note of a turn and of those that were left out before it.
    mutating func note(
        missed count: Int, each interval: Duration, at now: MonotonicTime
    )
        -> Change?
    {
        slots += 1
        if count > 0, interval.inSeconds * Double(count) < Self.longestGap.inSeconds {
            slots += count
            missed += count
        }
        guard let since else {
            since = now
            return nil
        }
        guard since.duration(to: now) >= Self.window, slots >= 8 else { return nil }
        let share = Double(missed) / Double(slots)
        self.share = share
        (self.since, slots, missed) = (now, 0, 0)
        if !isOverloaded, share >= Self.limits.over {
            isOverloaded = true
            return .overloaded(percent: Int((share * 100).rounded()))
        }
        if isOverloaded, share < Self.limits.under {
            isOverloaded = false
            return .keepsUp
        }
        return nil
    }
}

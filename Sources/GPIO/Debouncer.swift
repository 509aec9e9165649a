package import Execution

/// What an input is once its contact has stopped bouncing: a level counts when it has stayed the
/// same for the period. For kernels and libraries that do not do it themselves.
///
/// Pure. Edges may be lost or repeated: what counts is the level last told.
package struct Debouncer: Hashable, Sendable {
    package let period: Duration
    /// The level that counts; `nil` before the first has settled.
    package private(set) var settled: Bool?
    private var level: Bool?
    /// When the present level began.
    private var since = MonotonicTime(nanoseconds: 0)

    package init(period: Duration) {
        self.period = period
    }

    /// A level that counts, and when it began.
    package struct Change: Hashable, Sendable {
        package var isActive: Bool
        package var time: MonotonicTime
    }

    /// The line is at a level, as an edge or a look at it tells.
    ///
    /// The first level of all counts at once: there is nothing it could have bounced from.
    ///
    /// - Returns: The change, where there is one by now.
    package mutating func see(_ isActive: Bool, at now: MonotonicTime) -> Change? {
        let due = settle(at: now)
        if level != isActive {
            level = isActive
            since = now
        }
        if settled == nil {
            settled = isActive
            return Change(isActive: isActive, time: now)
        }
        return due ?? settle(at: now)
    }

    /// Lets time pass.
    ///
    /// - Returns: The change, where a level has stayed long enough by now.
    package mutating func settle(at now: MonotonicTime) -> Change? {
        guard let level, settled != nil, level != settled, since.duration(to: now) >= period else {
            return nil
        }
        settled = level
        return Change(isActive: level, time: since)
    }

    /// When ``settle(at:)`` will have something to tell, if nothing moves before.
    package var nextWakeUp: MonotonicTime? {
        guard let level, settled != nil, level != settled else { return nil }
        return since.advanced(by: period)
    }
}

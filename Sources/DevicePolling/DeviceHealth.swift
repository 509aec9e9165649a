package import Execution

/// Whether a device answers, and when one that does not is asked again.
///
/// A pure value: the schedule of the bus feeds it outcomes.
package struct DeviceHealth: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        /// Not asked yet.
        case unknown
        case answering
        /// Answers, and refuses all that it is asked.
        case refusing(since: MonotonicTime)
        /// Has left this many turns in a row unanswered.
        case missing(turns: Int)
        /// Is only probed.
        case silent(since: MonotonicTime, nextProbe: MonotonicTime)
    }

    package private(set) var state: State = .unknown
    private var probes = 0
    private var refusedTurns = 0
    /// The longest turnaround of late, decaying; `nil` before the first answer.
    private var turnaround: Duration?

    package init() {}

    package var isSilent: Bool {
        if case .silent = state { true } else { false }
    }

    /// Whether the last turn was left unanswered too: then asking twice in a turn tells nothing.
    package var hasMissedTurns: Bool {
        if case .missing = state { true } else { false }
    }

    package var nextProbe: MonotonicTime? {
        if case .silent(_, let next) = state { next } else { nil }
    }

    package var isRefusing: Bool {
        if case .refusing = state { true } else { false }
    }

    /// Takes note of a turn in which all that was answered was refused.
    ///
    /// - Returns: Whether the device is now known to refuse everything: the second time in a row.
    package mutating func refusedTurn(at now: MonotonicTime) -> Bool {
        refusedTurns += 1
        guard refusedTurns >= 2, !isRefusing else { return false }
        state = .refusing(since: now)
        return true
    }

    /// Takes note of a value.
    ///
    /// - Returns: Whether the device had refused everything before.
    package mutating func accepted() -> Bool {
        refusedTurns = 0
        guard isRefusing else { return false }
        state = .answering
        return true
    }

    /// Takes note of any answer, an exception included.
    ///
    /// - Returns: Since when it had been silent, where it had.
    package mutating func answered(within busTime: Duration) -> MonotonicTime? {
        defer {
            if !isRefusing { state = .answering }
            probes = 0
        }
        turnaround = max(busTime, (turnaround ?? .zero) * 31 / 32)
        if case .silent(let since, _) = state { return since }
        return nil
    }

    /// Takes note of a turn that ended in silence.
    ///
    /// - Parameters:
    ///   - cost: How long the bus was taken by the last attempt.
    ///   - interval: How often an urgent device is read; `nil` for any other.
    /// - Returns: Whether the device has now fallen silent.
    package mutating func missedTurn(
        cost: Duration, at now: MonotonicTime, policy: PollingPolicy, interval: Duration? = nil,
        using random: inout SeededRandom
    ) -> Bool {
        let turns: Int
        switch state {
        case .unknown, .answering, .refusing: turns = 1
        case .missing(let before): turns = before + 1
        case .silent: return false
        }
        guard turns >= policy.missesUntilSilent else {
            state = .missing(turns: turns)
            return false
        }
        state = .silent(since: now, nextProbe: now)
        missedProbe(cost: cost, at: now, policy: policy, interval: interval, using: &random)
        return true
    }

    /// Takes note of a probe without an answer, and sets the time of the next.
    ///
    /// - Parameter interval: How often an urgent device is read; `nil` for any other.
    package mutating func missedProbe(
        cost: Duration, at now: MonotonicTime, policy: PollingPolicy, interval: Duration? = nil,
        using random: inout SeededRandom
    ) {
        guard case .silent(let since, _) = state else { return }
        if let interval {
            let pause = min(
                policy.urgentProbePause, max(interval, cost * policy.urgentProbeRest))
            state = .silent(since: since, nextProbe: now.advanced(by: pause))
            probes += 1
            return
        }
        let grown = policy.probePause.lowerBound * (1 << min(probes, 16))
        let growing = min(grown, policy.probePause.upperBound)
        // A probe that costs c may be sent once in c / share.
        let affordable = cost * 1_000 / policy.probeShareThousandths
        let pause = max(growing, affordable).nanoseconds
        let jitter = Int64.random(in: 0...pause / 4, using: &random)
        state = .silent(since: since, nextProbe: now.advanced(by: .nanoseconds(pause + jitter)))
        probes += 1
    }

    /// Leaves a silent device alone until then.
    package mutating func postponeProbe(until: MonotonicTime) {
        guard case .silent(let since, let next) = state else { return }
        state = .silent(since: since, nextProbe: max(next, until))
    }

    /// How long a probe waits for an answer, at most `timeout`.
    ///
    /// A device that used to answer promptly need not be waited for as long as its worst case,
    /// but every fourth probe does wait so long.
    ///
    /// - Parameter hold: The longest it may hold a bus that others need at once; a device that is
    ///   known to be slower is waited for longer, and so it is with every eighth probe.
    package func probeTimeout(within timeout: Duration, hold: Duration? = nil) -> Duration {
        let promptly = turnaround.map { max($0 * 2, .milliseconds(50)) }
        guard let hold else {
            guard let promptly, probes % 4 != 3 else { return timeout }
            return min(timeout, promptly)
        }
        guard probes % 8 != 7 else { return timeout }
        return min(timeout, promptly ?? hold)
    }
}

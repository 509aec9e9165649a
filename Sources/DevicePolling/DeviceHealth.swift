package import Execution

/// Whether a device answers, and when one that does not is asked again.
///
/// A pure value: the schedule of the bus feeds it outcomes.
package struct DeviceHealth: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        /// Not asked yet.
        case unknown
        case answering
        /// Has left this many turns in a row unanswered.
        case missing(turns: Int)
        /// Is only probed.
        case silent(since: MonotonicTime, nextProbe: MonotonicTime)
    }

    package private(set) var state: State = .unknown
    private var probes = 0
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

    /// Takes note of any answer, an exception included.
    ///
    /// - Returns: Since when it had been silent, where it had.
    package mutating func answered(within busTime: Duration) -> MonotonicTime? {
        defer {
            state = .answering
            probes = 0
        }
        turnaround = max(busTime, (turnaround ?? .zero) * 31 / 32)
        if case .silent(let since, _) = state { return since }
        return nil
    }

    /// Takes note of a turn that ended in silence.
    ///
    /// - Parameter cost: How long the bus was taken by the last attempt.
    /// - Returns: Whether the device has now fallen silent.
    package mutating func missedTurn(
        cost: Duration, at now: MonotonicTime, policy: PollingPolicy,
        using random: inout SeededRandom
    ) -> Bool {
        let turns: Int
        switch state {
        case .unknown, .answering: turns = 1
        case .missing(let before): turns = before + 1
        case .silent: return false
        }
        guard turns >= policy.missesUntilSilent else {
            state = .missing(turns: turns)
            return false
        }
        state = .silent(since: now, nextProbe: now)
        missedProbe(cost: cost, at: now, policy: policy, using: &random)
        return true
    }

    /// Takes note of a probe without an answer, and sets the time of the next.
    package mutating func missedProbe(
        cost: Duration, at now: MonotonicTime, policy: PollingPolicy,
        using random: inout SeededRandom
    ) {
        guard case .silent(let since, _) = state else { return }
        let grown = policy.probePause.lowerBound * (1 << min(probes, 16))
        let growing = min(grown, policy.probePause.upperBound)
        // A probe that costs c may be sent once in c / share.
        let affordable = cost * 1_000 / policy.probeShareThousandths
        let pause = max(growing, affordable).nanoseconds
        let jitter = Int64.random(in: 0...pause / 4, using: &random)
        state = .silent(since: since, nextProbe: now.advanced(by: .nanoseconds(pause + jitter)))
        probes += 1
    }

    /// How long a probe waits for an answer, at most `timeout`.
    ///
    /// A device that used to answer promptly need not be waited for as long as its worst case,
    /// but every fourth probe does wait so long.
    package func probeTimeout(within timeout: Duration) -> Duration {
        guard let turnaround, probes % 4 != 3 else { return timeout }
        return min(timeout, max(turnaround * 2, .milliseconds(50)))
    }
}

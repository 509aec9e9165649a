package import Execution
package import Telemetry

/// When a destination is tried again after its connection has ended or could not be made.
///
/// Attempts come once in a period, at random in its second half, and at random in the first half
/// of a period after a connection that was there: what thousands of gateways have lost at one
/// moment they come back to over the whole period. The period is short while nobody answers,
/// since such an attempt costs the receiver nothing, and shorter still while an alarm waits. A
/// receiver that answers and refuses is tried at doubling periods.
package struct Reconnection: Hashable, Sendable {
    /// The longest period while nobody answers.
    private let period: Duration
    private var refusals = 0
    private var failures = 0

    /// How short the period is while an alarm waits.
    static let alarmPeriod: Duration = .milliseconds(2_500)
    /// How long an alarm goes on shortening it: what is in the city by then is a long outage.
    static let alarmPatience: Duration = .seconds(900)
    /// How long every other attempt may take while an alarm waits.
    static let alarmAttempt: Duration = .seconds(2)
    /// The least pause after an attempt that failed.
    static let leastPause: Duration = .milliseconds(250)
    /// A connection that lasted so long has shown that it is welcome.
    static let settledAfter: Duration = .seconds(60)
    /// The longest period is so many of the ordinary ones, where the receiver refuses.
    static let longest = 6

    package init(period: Duration) {
        self.period = period
    }

    /// Whether the next attempt may be cut short: not each of them, for the sake of slow networks.
    var isBrief: Bool { failures % 2 == 0 }

    /// An attempt failed, or a connection ended.
    ///
    /// - Parameters:
    ///   - begin: When the attempt, or the connection, began.
    ///   - wasUp: Whether there was a connection.
    ///   - isSearching: Whether a message is being halved, and each attempt is progress.
    /// - Returns: When to try again.
    package mutating func next(
        after fault: UplinkFault, begin: MonotonicTime, wasUp: Bool, hasAlarm: Bool,
        isSearching: Bool, at now: MonotonicTime, using random: inout SeededRandom
    ) -> MonotonicTime {
        failures += 1
        if wasUp, begin.duration(to: now) >= Self.settledAfter { reset() }
        var longest = hasAlarm ? min(Self.alarmPeriod, period) : period
        let isFirst = wasUp && (fault.isOfTheWay || refusals == 0)
        if isSearching {
            longest = min(longest, .seconds(2))
        } else if !fault.isOfTheWay {
            longest = min(period * (1 << min(refusals, 8)), period * Self.longest)
            if hasAlarm { longest = min(longest, period) }
            refusals += 1
        }
        let latest = longest * 9 / 10
        let range = isFirst ? Duration.zero...latest / 2 : latest / 2...latest
        // A tenth is for the attempt itself.
        let drawn = Int64.random(
            in: range.lowerBound.nanoseconds...range.upperBound.nanoseconds, using: &random)
        let from = wasUp ? now : begin
        return max(from.advanced(by: .nanoseconds(drawn)), now.advanced(by: Self.leastPause))
    }

    /// The receiver has taken a connection and kept it.
    package mutating func reset() {
        refusals = 0
        failures = 0
    }
}

extension UplinkFault {
    /// Whether nobody answered: the way is cut, or nobody is there.
    var isOfTheWay: Bool {
        switch self {
        case .unreachable, .notConnected: true
        case .certificate, .notAuthorized, .takenOver, .tooLarge, .refused, .unacceptable: false
        }
    }
}

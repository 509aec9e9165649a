package import Execution

/// What a server does with its connections, as learnt: how long it must be left alone after
/// connecting, after how many answers it closes or falls mute, and how soon it takes another.
///
/// A pure value that outlives the connections of a bus.
package struct ConnectionHabits: Sendable {
    /// The pauses tried on a server that closes what is asked too early.
    private static let ladder: [Duration] = [
        .zero, .milliseconds(500), .milliseconds(1_100), .milliseconds(2_300), .milliseconds(4_500),
    ]
    /// A connection that ends later than this, its pause not counted, was not asked too early.
    private static let youth: Duration = .seconds(5)
    /// No more answers than this are taken for a habit.
    private static let fewest = 8
    /// How long after a connection has ended a refusal may only mean "not yet".
    private static let reopening: Duration = .seconds(2)

    private let configuredSettle: Duration
    private var rung = 0
    private var isRungProven = false
    /// How many early ends are let pass before the ladder is tried again, after it was in vain.
    private var holdOff = 0
    private var nextHoldOff = 8
    /// From connections whose first requests were swallowed: when the first answered one went out.
    private var warmUps: [Duration] = []
    /// How many answers the last connections gave before they ended.
    private var ends: [Int] = []

    private var opened: MonotonicTime?
    private var answers = 0
    private var hasSwallowed = false
    private var ended: MonotonicTime?

    /// - Parameter settle: The pause after connecting that the site document asks for.
    package init(settle: Duration = .zero) {
        configuredSettle = settle
    }

    /// How long a new connection is left alone.
    package var settle: Duration {
        max(configuredSettle, learnedSettle ?? .zero)
    }

    /// The pause that was learnt; `nil` where none is needed.
    package var learnedSettle: Duration? {
        let swallowed = warmUps.count >= 2 ? warmUps.min() : nil
        let pause = max(Self.ladder[rung], swallowed ?? .zero)
        return pause > configuredSettle ? pause : nil
    }

    /// After how many answers a connection of this server is of no more use.
    package var answersPerConnection: Int? {
        guard ends.count == 2, ends[0] == ends[1] else { return nil }
        return ends[0]
    }

    /// Whether the connection has given all the answers it will.
    package var isSpent: Bool { answersPerConnection.map { answers >= $0 } ?? false }

    /// Takes note of a new connection.
    package mutating func opened(at time: MonotonicTime) {
        opened = time
        answers = 0
        hasSwallowed = false
    }

    /// Takes note of an answer to a request sent at a moment.
    package mutating func answered(sentAt sent: MonotonicTime) {
        if answers == 0, let opened {
            let age = opened.duration(to: sent)
            if !hasSwallowed {
                warmUps = settle > configuredSettle ? warmUps : []
            } else if age <= Self.ladder[Self.ladder.count - 1] {
                warmUps = (warmUps + [age]).suffix(2)
            }
            if rung > 0 { isRungProven = true }
        }
        answers += 1
    }

    /// Takes note of a request that found silence.
    package mutating func silent() {
        if answers == 0 { hasSwallowed = true }
    }

    /// Takes note that this side ended the connection since it had fallen mute.
    package mutating func mute(at time: MonotonicTime) {
        end(at: time)
    }

    /// Takes note that this side ended a connection that was spent or is not needed.
    package mutating func released(at time: MonotonicTime) {
        ended = time
        opened = nil
    }

    /// Takes note that the server closed the connection.
    ///
    /// - Parameter wasAsked: Whether a request was sent on it.
    /// - Returns: Whether to try again, with a longer pause after connecting.
    package mutating func closed(wasAsked: Bool, at time: MonotonicTime) -> Bool {
        let isYoung = opened.map { $0.duration(to: time) < Self.youth + settle } ?? false
        let isEarly = answers == 0 && wasAsked && isYoung
        end(at: time)
        guard isEarly else { return false }
        if holdOff > 0 {
            holdOff -= 1
            return false
        }
        if isRungProven {
            isRungProven = false  // It may have been restarted; once more before anything changes.
            return true
        }
        rung = (rung + 1) % Self.ladder.count
        if rung == 0 {
            holdOff = nextHoldOff
            nextHoldOff = min(nextHoldOff * 2, 256)
        }
        return rung > 0
    }

    private mutating func end(at time: MonotonicTime) {
        if (1...Self.fewest).contains(answers) {
            ends = (ends + [answers]).suffix(2)
        } else if answers > 0 {
            ends = []
        }
        ended = answers > 0 ? time : nil
        opened = nil
    }

    /// Whether a connection that is refused may be taken in a moment: the last one has only just
    /// ended, and was answered.
    package func mayReopenSoon(at time: MonotonicTime) -> Bool {
        ended.map { $0.duration(to: time) < Self.reopening } ?? false
    }
}

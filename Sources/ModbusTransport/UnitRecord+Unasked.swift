import Execution
import Modbus

/// What comes from a unit when nothing of the kind is asked.
extension UnitRecord {
    /// What a frame is that nobody asked for.
    enum Unasked: Hashable, Sendable {
        /// The answer to a request that was given up, after this long.
        case late(Duration)
        /// An answer in whose place a copy had come.
        case leftOver
        /// Another answer once more.
        case copy(isNews: Bool)
        case stray
    }

    /// Takes note of a whole frame of this unit that answers nothing that is asked now.
    ///
    /// - Parameter isStrange: Whether frames of unknown origin are about. Then it pays no debt.
    mutating func hear(_ pdu: [UInt8], isStrange: Bool, at now: MonotonicTime) -> Unasked {
        let shape = AnswerShape(of: pdu)
        let delay = delay
        let first = heard.last { $0.pdu == pdu && $0.arrival.duration(to: now) < delay }
        let rivals = owed.filter { $0.request.mayBeAnswered(by: shape) }
        remember(pdu, for: nil, at: now)
        if let first {
            if let late = rivals.first(where: { $0.cause == .silence }), !doubles(at: now) {
                // The same bytes are a copy or the late answer: nothing is paid by them.
                return .late(learn(from: late, at: now))
            }
            return copied(after: first.arrival.duration(to: now), at: now)
        }
        guard let debt = rivals.first(where: { $0.cause == .silence }) ?? rivals.first else {
            strangeUntil = now.advanced(by: delay)
            return .stray
        }
        // Where several are owed nothing tells whose it is: what is awaited longest stays.
        if !isStrange, let paid = rivals.min(by: { end(of: $0) < end(of: $1) }) {
            owed.removeAll { $0 == paid }
        }
        switch debt.cause {
        case .silence: return .late(learn(from: debt, at: now))
        case .exchange, .stranger: return .leftOver
        case .loss: return copied(after: debt.sent.duration(to: now), at: now)
        }
    }

    /// Takes note of a copy.
    mutating func copied(after delay: Duration, at now: MonotonicTime) -> Unasked {
        let isNews = !doubles(at: now)
        doubledAt = now
        copyDelay = isNews ? delay : max(copyDelay, delay)
        return .copy(isNews: isNews)
    }

    /// - Returns: How late the answer to a request was.
    private mutating func learn(from debt: Owed, at now: MonotonicTime) -> Duration {
        let latency = debt.sent.duration(to: now)
        lateness = max(lateness ?? .zero, latency)
        learnedWait = max(learnedWait ?? .zero, latency * 3 / 2)
        misses = 0
        return latency
    }
}

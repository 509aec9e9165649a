import Execution
import Modbus

/// What a line has learnt of one unit: what it still owes, and how far its answers can be told
/// from others of its own.
struct UnitRecord: Sendable {
    enum Standing: Hashable, Sendable {
        /// Not heard since the line was opened: an answer to somebody else's request may be
        /// under way.
        case unheard
        /// Something came that was not asked for, or did not come.
        case doubtful
        case sound
    }

    /// An answer that may still come.
    struct Debt: Hashable, Sendable {
        let request: ModbusRequest
        let sent: MonotonicTime
        /// Until when nothing is asked whose answer it could be taken for.
        let restUntil: MonotonicTime
    }

    /// An answer that was taken for the one that was asked for.
    struct Accepted: Hashable, Sendable {
        let request: ModbusRequest
        let pdu: [UInt8]
        let arrival: MonotonicTime
        var copies = 0
    }

    /// How a unit behaves whose answers come twice.
    struct Doubling: Hashable, Sendable {
        /// How long after the answer its copy has come at most.
        var delay: Duration
        /// How many answers in a row have come once.
        var single = 0
        /// How long a copy is waited for.
        var wait: Duration { delay * 2 + .milliseconds(50) }
    }

    private(set) var standing = Standing.unheard
    private(set) var debts: [Debt] = []
    private(set) var accepted: [Accepted] = []
    private(set) var doubling: Doubling?
    /// How many whole frames of this unit nobody had asked for. What was read before one came
    /// and could not be told from it does not count.
    private(set) var unasked: UInt64 = 0
    /// How long an answer took that came too late, at most.
    private(set) var lateness: Duration?
    /// Reads that this unit does not answer at all.
    private var mute: [RegisterRange: Int] = [:]
    private var learnedWait: Duration?
    private var misses = 0
    private var slowest: Duration = .zero
    /// Since when answers that could be one another's have followed without a pause.
    private var chainStart: MonotonicTime?
    /// The count of ``unasked`` from which on quiet makes a doubtful unit sound.
    private var quietMark: UInt64?
    private var wasSound = false

    /// How long a unit is left alone after its first answer that did not come, so that it comes
    /// unasked and tells how long it takes.
    static let rest: Duration = .milliseconds(3_500)
    /// The same for one that has but one read, which its late answer answers as well.
    static let restOfOneRead: Duration = .seconds(1)
    /// The longest that a slow unit is waited for, where its `lateAnswerLimit` is not longer.
    static let longestWait: Duration = .seconds(5)
    /// How long nothing must come unasked before a unit that answers no distinct read is sound.
    static let longQuiet: Duration = .seconds(5)
    /// The longest that a unit which is slower still is left alone.
    private static let longestRest: Duration = .seconds(30)
    /// How long a debt is remembered.
    private static let memory: Duration = .seconds(30)
    /// How long after an answer a copy of it may be taken for another.
    private static let copyLimit: Duration = .seconds(10)
    /// How much later than the answer what is the same is still a copy.
    private static let longestCopyDelay: Duration = .seconds(1)
    /// How long equal reads may follow without the pause that proves them.
    private var chainLimit: Duration { max(.seconds(2), window * 4) }

    // MARK: - Before a request

    /// How long the first byte of the answer to `call` is waited for.
    func wait(for timing: ExchangeTiming) -> Duration {
        let limit = max(Self.longestWait, timing.lateAnswerLimit)
        // What takes longer still is not waited for at all.
        guard let learnedWait, misses < 2, (lateness ?? .zero) <= limit else {
            return timing.responseTimeout
        }
        return max(timing.responseTimeout, min(learnedWait, limit))
    }

    /// Whether an answer to `request` could be the late one to another.
    func owes(_ request: ModbusRequest) -> Bool {
        debts.contains { $0.request.answerShape == request.answerShape }
    }

    /// Until when `request` has to wait; `nil` where it can go out.
    func rest(before request: ModbusRequest, at now: MonotonicTime) -> MonotonicTime? {
        let shape = request.answerShape
        // One that is known to take longer is given that long.
        let patience = lateness.map { min($0 * 3 / 2, Self.longestRest) } ?? .zero
        var moments = debts.filter { $0.request.answerShape == shape }.map {
            max($0.restUntil, $0.sent.advanced(by: patience))
        }
        if let copy = copyAwaited { moments.append(copy) }
        if let chainStart, chainStart.duration(to: now) > chainLimit, let last = accepted.last,
            standing != .sound || isAtRisk(request, at: now)
        {
            moments.append(last.arrival.advanced(by: window))
        }
        return moments.max().flatMap { $0 > now ? $0 : nil }
    }

    /// Until when a copy of the last answer may come.
    var copyAwaited: MonotonicTime? {
        guard let doubling, let last = accepted.last, last.copies == 0 else { return nil }
        return last.arrival.advanced(by: doubling.wait)
    }

    /// Whether a copy of another answer could be taken for the answer to `request`.
    func isAtRisk(_ request: ModbusRequest, at now: MonotonicTime) -> Bool {
        let shape = request.answerShape
        return accepted.contains {
            $0.request != request && $0.request.answerShape == shape
                && $0.arrival.duration(to: now) < Self.copyLimit
        }
    }

    /// How long after the last answer nothing may come, for answers that could be one another's
    /// to count. A copy in the place of an answer leaves that answer over, which comes no later.
    var window: Duration {
        guard standing == .sound else { return max(Self.longQuiet, (lateness ?? .zero) * 2) }
        return min(Self.longQuiet, max(.milliseconds(100), slowest * 3))
    }

    /// A read whose answer can be told from all that this unit may still send.
    func distinctRead(for request: ModbusRequest, at now: MonotonicTime) -> RegisterRange? {
        guard case .read(let range) = request else { return nil }
        let usable = DistinctRead.candidates(for: range).filter { candidate in
            mute[candidate, default: 0] < 2 && !owes(.read(candidate))
                && ModbusRequest.read(candidate).answerShape != request.answerShape
        }.prefix(2)
        return usable.first { !isAtRisk(.read($0), at: now) } ?? usable.first
    }

    /// Forgets what time has settled.
    mutating func settle(at now: MonotonicTime) {
        let memory = max(Self.memory, (lateness ?? .zero) * 3)
        debts.removeAll { $0.sent.duration(to: now) > memory }
        guard let last = accepted.last else { return }
        let quiet = last.arrival.duration(to: now)
        if quiet >= window { chainStart = nil }
        guard let mark = quietMark, quiet >= window else { return }
        quietMark = nil
        if mark == unasked { prove() }
    }

    // MARK: - Outcomes

    /// The line was opened anew: whatever was under way may still come.
    mutating func reopen() {
        standing = .unheard
        quietMark = nil
    }

    /// Takes note of an answer that fits.
    mutating func accept(
        _ request: ModbusRequest, _ pdu: [UInt8], latency: Duration, at arrival: MonotonicTime
    ) {
        misses = 0
        slowest = max(latency, slowest * 31 / 32)
        if let wait = learnedWait { learnedWait = max(wait * 127 / 128, latency * 3 / 2) }
        if var doubling, let last = accepted.last {
            doubling.single = last.copies == 0 ? doubling.single + 1 : 0
            self.doubling = doubling.single >= 20 ? nil : doubling
        }
        accepted.append(Accepted(request: request, pdu: pdu, arrival: arrival))
        if accepted.count > 8 { accepted.removeFirst() }
        if case .read(let range) = request { mute[range] = nil }
    }

    /// Takes note that the last answer counts only if nothing comes unasked.
    mutating func hold(from mark: UInt64) {
        guard let last = accepted.last else { return }
        chainStart = chainStart ?? last.arrival
        if standing != .sound { quietMark = quietMark ?? mark }
    }

    /// Takes note that an answer has come that can be no other's: nothing is under way.
    mutating func prove() {
        standing = .sound
        wasSound = true
        debts.removeAll()
        quietMark = nil
    }

    /// Takes note that a request was given up.
    ///
    /// - Parameter isDamaged: Whether something came, which cannot be read.
    mutating func giveUp(
        _ request: ModbusRequest, sent: MonotonicTime, isDamaged: Bool, timing: ExchangeTiming
    ) {
        misses += 1
        let hasOneRead =
            debts.allSatisfy { $0.request == request }
            && accepted.allSatisfy { $0.request == request || !$0.request.isRead }
        var rest = Self.rest
        if isDamaged || (wasSound && hasOneRead) { rest = Self.restOfOneRead }
        rest = max(rest, timing.lateAnswerLimit)
        debts.append(
            Debt(request: request, sent: sent, restUntil: sent.advanced(by: rest)))
        if debts.count > 16 { debts.removeFirst() }
        standing = .doubtful
    }

    /// Takes note that one of several answers of this shape has come, nothing tells which: the
    /// last is owed in place of the first.
    mutating func swapDebt(for request: ModbusRequest, at now: MonotonicTime) {
        guard let place = debts.firstIndex(where: { $0.request.answerShape == request.answerShape })
        else { return }
        debts.remove(at: place)
        debts.append(
            Debt(request: request, sent: now, restUntil: now.advanced(by: Self.rest)))
    }

    /// Something came that cannot be read. What is held back does not count.
    mutating func suspect(at now: MonotonicTime) {
        guard chainStart != nil, let last = accepted.last,
            last.arrival.duration(to: now) <= window + .milliseconds(100)
        else { return }
        unasked += 1
        standing = .doubtful
    }

    /// Takes note that a distinct read found silence, though others are answered.
    mutating func miss(_ range: RegisterRange) {
        if mute.count < 16 || mute[range] != nil { mute[range, default: 0] += 1 }
    }

    /// What a frame is that nobody asked for.
    enum Unasked: Hashable, Sendable {
        /// The answer to a request that was given up, after this long.
        case late(Duration)
        /// Another answer once more.
        case copy(isNews: Bool)
        case stray
    }

    /// Takes note of a whole frame of this unit that answers nothing that is asked now.
    mutating func hear(_ pdu: [UInt8], at now: MonotonicTime) -> Unasked {
        let twin = accepted.lastIndex {
            $0.pdu == pdu && $0.arrival.duration(to: now) < Self.longestCopyDelay
        }
        let shape = AnswerShape(of: pdu)
        let debt = debts.firstIndex { $0.request.mayBeAnswered(by: shape) }
        if let debt, twin == nil { return pay(debt, at: now) }
        guard let twin else {
            unasked += 1
            standing = .doubtful
            return .stray
        }
        if let debt, doubling == nil {
            // The same bytes are a copy or the late answer: nothing is paid by them.
            unasked += 1
            return .late(learn(from: debts[debt], at: now))
        }
        let delay = accepted[twin].arrival.duration(to: now)
        accepted[twin].copies += 1
        // Only the copy that was waited for says nothing new. Another may be the answer that a
        // copy has taken the place of, to a read that was done before.
        let isAwaited = twin == accepted.count - 1 && accepted[twin].copies == 1
        if let doubling, delay <= doubling.wait, debt == nil, isAwaited {
            return .copy(isNews: false)
        }
        let isNews = doubling == nil
        doubling = Doubling(delay: max(doubling?.delay ?? .zero, delay))
        unasked += 1
        standing = .doubtful
        return .copy(isNews: isNews)
    }

    private mutating func pay(_ place: Int, at now: MonotonicTime) -> Unasked {
        let debt = debts[place]
        if case .read(let range) = debt.request { mute[range] = nil }
        // Servers answer in order: what was owed before does not come any more.
        debts.removeSubrange(...place)
        if accepted.contains(where: { $0.arrival > debt.sent }) { unasked += 1 }
        return .late(learn(from: debt, at: now))
    }

    /// - Returns: How late the answer to a request was.
    private mutating func learn(from debt: Debt, at now: MonotonicTime) -> Duration {
        let latency = debt.sent.duration(to: now)
        lateness = max(lateness ?? .zero, latency)
        learnedWait = max(learnedWait ?? .zero, latency * 3 / 2)
        misses = 0
        standing = .doubtful
        return latency
    }
}

import Execution
import Modbus

/// What may still arrive from one unit, and so what its next answer could be instead of one.
///
/// A frame is the answer to a request if it can be nothing else: no other answer of its shape is
/// owed, it is no copy of a frame that came, and nothing of unknown origin is about.
struct UnitRecord: Sendable {
    /// An answer that may still come.
    struct Owed: Hashable, Sendable {
        enum Cause: Hashable, Sendable {
            /// None came in time.
            case silence
            /// What came may have been another's.
            case exchange
            /// What came may have been the answer to something that nobody here asked.
            case stranger
            /// What came was damaged, or was nothing but a copy.
            case loss
        }

        let request: ModbusRequest
        let sent: MonotonicTime
        /// When it was given up.
        let noted: MonotonicTime
        let cause: Cause
    }

    /// A frame that came, of which copies may come.
    struct Heard: Hashable, Sendable {
        let pdu: [UInt8]
        /// The request it was taken for; `nil` where nobody had asked.
        let request: ModbusRequest?
        let arrival: MonotonicTime
    }

    var owed: [Owed] = []
    var heard: [Heard] = []
    /// What each request was answered last, as far as that was believed.
    private(set) var believed: [ModbusRequest: [UInt8]] = [:]
    /// Until when frames of unknown origin may come, since one has.
    var strangeUntil: MonotonicTime?
    /// When a copy came last, and how much later than its first at most.
    var doubledAt: MonotonicTime?
    var copyDelay: Duration = .zero
    /// How long an answer took that came too late, at most.
    var lateness: Duration?
    var learnedWait: Duration?
    var misses = 0
    /// The last answer that was equal to an earlier one, and until when another may follow it.
    private var equal: (request: ModbusRequest, end: MonotonicTime)?
    private var slowest: Duration = .zero
    private var answers = 0
    /// The request of each shape, and the shapes that several have.
    private var requests: [AnswerShape: ModbusRequest] = [:]
    private var shared: Set<AnswerShape> = []
    /// Wider reads that this unit refuses, or has left unanswered so often.
    private var unusable: [RegisterRange: Int] = [:]
    /// The wider reads that it has refused.
    private var refused: Set<RegisterRange> = []

    /// How long after its request an answer, and after its first a copy, is taken to come at most,
    /// where a unit has not shown more. Source: decision 0011.
    static let longestDelay: Duration = .seconds(5)
    /// How long an answer that has not come is expected of a unit that answers in order.
    static let orderMemory: Duration = .seconds(30)
    /// How long a unit is left alone after an answer that did not come, so that it comes unasked
    /// and tells how long it takes.
    static let rest: Duration = .milliseconds(3_500)
    /// The same for one that has but one read, which its late answer answers as well.
    static let restOfOneRead: Duration = .seconds(1)
    /// The longest that a slow unit is waited for, where its `lateAnswerLimit` is not longer.
    static let longestWait: Duration = .seconds(5)
    /// The longest that a unit which is slower still is left alone.
    private static let longestRest: Duration = .seconds(30)
    /// How long copies are expected after one came.
    private static let copyMemory: Duration = .seconds(600)
    /// The longest that the line is kept quiet for a copy.
    private static let copyPause: Duration = .milliseconds(100)

    // MARK: - How long

    /// How late something of this unit may come.
    var delay: Duration { max(Self.longestDelay, min(.seconds(60), (lateness ?? .zero) * 2)) }

    /// How long the answer to a request is awaited for which nothing came.
    private var memory: Duration {
        max(Self.orderMemory, min(.seconds(120), (lateness ?? .zero) * 3))
    }

    func end(of owed: Owed) -> MonotonicTime {
        switch owed.cause {
        case .loss, .stranger: owed.noted.advanced(by: delay)
        case .silence, .exchange: owed.noted.advanced(by: memory)
        }
    }

    /// How long the first byte of the answer to `call` is waited for.
    func wait(for timing: ExchangeTiming) -> Duration {
        let limit = max(Self.longestWait, timing.lateAnswerLimit)
        // What takes longer still is not waited for at all.
        guard let learnedWait, misses < 2, (lateness ?? .zero) <= limit else {
            return timing.responseTimeout
        }
        return max(timing.responseTimeout, min(learnedWait, limit))
    }

    /// How long after a copy the answer itself is waited for.
    var window: Duration { max(.milliseconds(100), slowest * 2) }

    /// Whether copies are to be expected.
    func doubles(at now: MonotonicTime) -> Bool {
        doubledAt.map { $0.duration(to: now) < Self.copyMemory } ?? false
    }

    // MARK: - Before a request

    /// Until when `request` has to wait; `nil` where it can go out.
    func rest(
        before request: ModbusRequest, _ call: ModbusCall, at now: MonotonicTime
    )
        -> MonotonicTime?
    {
        let shape = request.answerShape
        let rivals = owed.filter { $0.request.answerShape == shape }
        var pause = isOnly(request) ? Self.restOfOneRead : Self.rest
        pause = max(pause, call.timing.lateAnswerLimit)
        // One that is known to take longer is given that long.
        if let lateness { pause = max(pause, min(lateness * 3 / 2, Self.longestRest)) }
        var moments = rivals.filter { $0.cause == .silence }.map { $0.sent.advanced(by: pause) }
        // After silence it may be asked: where nothing comes again, it is that much surer dead.
        // What has answered in doubt lives, and is asked when its answers can be told.
        if !isOnly(request), call.priority != .probe, case .read(let range) = request,
            wider(than: range) == nil, refusal(near: range) == nil
        {
            moments += rivals.filter { $0.cause != .silence }.map(end)
        }
        if let copy = copyAwaited(at: now) { moments.append(copy) }
        if let equal, equal.request != request, equal.request.answerShape == shape {
            moments.append(equal.end)
        }
        return moments.max().flatMap { $0 > now ? $0 : nil }
    }

    /// Until when a copy of the last answer may come that is soon over.
    func copyAwaited(at now: MonotonicTime) -> MonotonicTime? {
        guard doubles(at: now), copyDelay <= Self.copyPause, let last = heard.last,
            last.request != nil
        else { return nil }
        return last.arrival.advanced(by: copyDelay * 3 / 2 + .milliseconds(20))
    }

    /// A read that holds `range`, whose answer can be told from all that this unit owes.
    func wider(than range: RegisterRange) -> RegisterRange? {
        let usable = WiderRead.candidates(for: range).filter { candidate in
            let shape = ModbusRequest.read(candidate).answerShape
            return unusable[candidate, default: 0] < 2
                && !owed.contains { $0.request.answerShape == shape }
        }
        return usable.first { candidate in
            !heard.contains { $0.request?.answerShape == ModbusRequest.read(candidate).answerShape }
        } ?? usable.first
    }

    /// A read near `range` that this unit has refused, and will again: its refusal says that what
    /// is owed has come, or is lost. `nil` where an owed refusal could be taken for it.
    func refusal(near range: RegisterRange) -> RegisterRange? {
        guard isRefusalClear else { return nil }
        return WiderRead.candidates(for: range).first(where: refused.contains)
    }

    private var isRefusalClear: Bool {
        owed.allSatisfy { owed in
            if case .read(let range) = owed.request, refused.contains(range) { return false }
            return (believed[owed.request]?.first ?? 0x80) < 0x80
        }
    }

    /// Whether no other request has answers of this one's shape: then another's late answer is
    /// at worst an earlier value of the same registers.
    private func isOnly(_ request: ModbusRequest) -> Bool {
        let shape = request.answerShape
        return answers >= 8 && requests[shape] == request && !shared.contains(shape)
    }

    /// Until when an answer to `request` would be in doubt.
    func doubtEnd(of request: ModbusRequest) -> MonotonicTime? {
        let rivals = owed.filter { $0.request.answerShape == request.answerShape }.map(end)
        return (rivals + [strangeUntil].compactMap(\.self)).max()
    }

    /// Forgets what time has settled.
    mutating func settle(at now: MonotonicTime) {
        owed = owed.filter { end(of: $0) > now }
        let delay = delay
        heard.removeAll { $0.arrival.duration(to: now) >= delay }
    }

    // MARK: - What a frame may be

    /// Whether a frame may be the late answer to another request than `request`.
    func owesOther(_ pdu: [UInt8], than request: ModbusRequest) -> Bool {
        let shape = AnswerShape(of: pdu)
        return owed.contains { $0.request.mayBeAnswered(by: shape) } && !isOnly(request)
    }

    /// The frame whose copy another may be that came in answer to `request`.
    ///
    /// Where copies never came, an answer that has not changed is believed though another's is
    /// the same, and so is the same answer to the same request.
    func twin(of pdu: [UInt8], answering request: ModbusRequest, at now: MonotonicTime) -> Heard? {
        let delay = delay
        let twins = heard.filter { $0.pdu == pdu && $0.arrival.duration(to: now) < delay }
        if doubles(at: now) { return twins.last { $0.request != request } ?? twins.last }
        return believed[request] == pdu ? nil : twins.last { $0.request != request }
    }

    // MARK: - Outcomes

    /// Takes note of what is asked.
    mutating func ask(_ request: ModbusRequest) {
        let shape = request.answerShape
        if let other = requests[shape], other != request { shared.insert(shape) }
        requests[shape] = request
    }

    /// Takes note of a frame, of which copies may come.
    mutating func remember(_ pdu: [UInt8], for request: ModbusRequest?, at arrival: MonotonicTime) {
        heard.append(Heard(pdu: pdu, request: request, arrival: arrival))
        if heard.count > 256 { heard.removeFirst() }
    }

    /// Takes note of an answer that can be no other's.
    mutating func accept(
        _ request: ModbusRequest, _ pdu: [UInt8], sent: MonotonicTime, latency: Duration,
        at arrival: MonotonicTime
    ) {
        misses = 0
        answers += 1
        slowest = max(latency, slowest * 31 / 32)
        if let wait = learnedWait { learnedWait = max(wait * 127 / 128, latency * 3 / 2) }
        if let late = lateness { lateness = late * 255 / 256 }
        // The first copy that ever comes may have taken its place: then it follows.
        if heard.contains(where: { $0.pdu == pdu }) {
            equal = (request, arrival.advanced(by: window))
        }
        believe(pdu, to: request)
        remember(pdu, for: request, at: arrival)
        overtake(sent)
        settle(at: arrival)
        if case .read(let range) = request {
            unusable[range] = nil
            refused.remove(range)
        }
    }

    /// Takes note of what a request was answered, though in other words.
    mutating func believe(_ pdu: [UInt8], to request: ModbusRequest) {
        if believed.count > 256 { believed.removeAll() }
        believed[request] = pdu
    }

    /// What was asked before has come, or is lost, since servers answer in order. Only copies of
    /// it may be under way.
    private mutating func overtake(_ sent: MonotonicTime) {
        owed = owed.map {
            guard $0.sent < sent else { return $0 }
            return Owed(request: $0.request, sent: $0.sent, noted: $0.noted, cause: .loss)
        }
    }

    /// Takes note that an answer may still come.
    mutating func owe(
        _ request: ModbusRequest, sent: MonotonicTime, _ cause: Owed.Cause, at now: MonotonicTime
    ) {
        owed.append(Owed(request: request, sent: sent, noted: now, cause: cause))
        if owed.count > 32 { owed.removeFirst() }
    }

    /// Takes note that the answer to a request has come after all.
    mutating func pay(_ request: ModbusRequest, sent: MonotonicTime) {
        owed.removeAll { $0.request == request && $0.sent == sent }
    }

    /// Takes note that a wider read was refused: it says as little of data as it says surely that
    /// what was asked before it has come, where that was never refused.
    mutating func refuse(_ range: RegisterRange, sent: MonotonicTime, at now: MonotonicTime) {
        let isClear = isRefusalClear
        // What holds it is refused as well.
        spoil(range, by: 2)
        for wider in WiderRead.candidates(for: range) where wider.address == range.address {
            spoil(wider, by: 2)
        }
        if refused.count < 256 { refused.insert(range) }
        if isClear {
            overtake(sent)
            settle(at: now)
        }
    }

    /// Takes note that a wider read found silence, though others are answered.
    mutating func miss(_ range: RegisterRange) {
        spoil(range, by: 1)
    }

    private mutating func spoil(_ range: RegisterRange, by count: Int) {
        if unusable.count < 256 || unusable[range] != nil { unusable[range, default: 0] += count }
    }
}

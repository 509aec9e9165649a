package import Execution

/// The wire of one serial line, as the servers on it see it: when a request has ended, when an
/// answer may begin, and when each of its bytes arrives.
///
/// A pure state machine. Its owner reports bytes with ``receive(_:at:)``, carries out what
/// ``next(at:)`` returns until that is `nil`, and sleeps until ``deadline`` or the next bytes.
/// All deadlines are absolute and follow from one another, so lateness does not add up.
package struct LineModel: Sendable {
    package let timing: LineTiming
    /// Whether a request that breaks the silence is dropped, as strict meters do.
    package let isStrict: Bool
    package private(set) var silences = SilenceRecord()

    private var incoming: IncomingFrame?
    private var outgoing: Transmission?
    private var waiting: [WaitingAnswer] = []
    /// When the last byte of the last answer was released. Never before its wire time.
    private var idleSince: MonotonicTime?
    /// When the line is free by the wire's own reckoning.
    private var wireFree: MonotonicTime?

    /// How many characters are released at once, as by a UART's FIFO.
    package static let chunk = 8
    /// How many answers one server may owe: the one it works on, and one request buffered.
    package static let answersOwed = 2

    package init(timing: LineTiming, isStrict: Bool = false) {
        self.timing = timing
        self.isStrict = isStrict
    }

    /// The client wrote these bytes. The first is on the wire now, the others follow it.
    package mutating func receive(_ bytes: some Collection<UInt8>, at now: MonotonicTime) {
        guard !bytes.isEmpty else { return }
        if incoming == nil {
            incoming = IncomingFrame(
                start: now, end: now, isBroken: beginsTooSoon(now), isCollided: outgoing != nil)
        }
        guard var frame = incoming else { return }
        frame.bytes.append(contentsOf: bytes)
        frame.end = max(frame.end, now).advanced(by: timing.wireTime(characters: bytes.count))
        incoming = frame
    }

    /// What is due. Call until it returns `nil`.
    package mutating func next(at now: MonotonicTime) -> LineAction? {
        if let frame = incoming, frame.end.advanced(by: timing.silence) <= now {
            incoming = nil
            return .request(
                LineRequest(
                    bytes: frame.bytes, start: frame.start, end: frame.end,
                    isDropped: frame.isCollided || (isStrict && frame.isBroken)))
        }
        if outgoing == nil { startTransmission(at: now) }
        guard var transmission = outgoing else { return nil }
        let count = min(Self.chunk, transmission.bytes.count - transmission.sent)
        guard transmission.arrival(after: count, timing) <= now else { return nil }
        let bytes = transmission.take(count)
        guard transmission.sent == transmission.bytes.count else {
            outgoing = transmission
            return .release(bytes, finishes: nil)
        }
        wireFree = transmission.arrival(after: 0, timing)
        idleSince = now
        outgoing = nil
        return .release(bytes, finishes: transmission.server)
    }

    /// A server will answer a request that ended at `end`.
    ///
    /// - Parameter delay: The server's own time in place of its turnaround, where it is longer.
    package mutating func answer(
        _ bytes: [UInt8], from server: UInt8, requestEnd end: MonotonicTime, delay: Duration? = nil
    ) {
        guard !bytes.isEmpty else { return }
        let owed = waiting.filter { $0.server == server }
        guard owed.count < Self.answersOwed else { return }
        var start = end.advanced(by: max(timing.turnaround, delay ?? .zero))
        if let last = owed.last {
            let done = last.start.advanced(by: timing.wireTime(characters: last.bytes.count))
            start = max(start, done.advanced(by: timing.turnaround))
        }
        let place = waiting.firstIndex { start < $0.start } ?? waiting.endIndex
        waiting.insert(WaitingAnswer(server: server, bytes: bytes, start: start), at: place)
    }

    /// When ``next(at:)`` will have something to do, if no byte comes before.
    package var deadline: MonotonicTime? {
        var deadlines: [MonotonicTime] = []
        if let incoming { deadlines.append(incoming.end.advanced(by: timing.silence)) }
        if let outgoing {
            let count = min(Self.chunk, outgoing.bytes.count - outgoing.sent)
            deadlines.append(outgoing.arrival(after: count, timing))
        } else if let first = waiting.first {
            deadlines.append(first.start)
        }
        return deadlines.min()
    }

    /// Measures the silence before a request's first byte.
    private mutating func beginsTooSoon(_ now: MonotonicTime) -> Bool {
        if outgoing != nil {
            silences.recordCollision()
            outgoing?.isGarbled = true
            return true
        }
        guard let idleSince else { return false }
        return silences.record(idleSince.duration(to: now), timing: timing)
    }

    /// Puts the first answer on the wire once its time has come. A server does not listen before
    /// it talks: where a request is on the wire, both are spoilt.
    private mutating func startTransmission(at now: MonotonicTime) {
        guard let first = waiting.first, first.start <= now else { return }
        waiting.removeFirst()
        outgoing = Transmission(
            server: first.server, bytes: first.bytes,
            start: max(first.start, wireFree ?? first.start), isGarbled: incoming != nil)
        incoming?.isCollided = true
    }
}

/// What the owner of a ``LineModel`` has to do.
package enum LineAction: Hashable, Sendable {
    /// A request has ended: look at it, and call `answer` where a server answers.
    case request(LineRequest)
    /// These bytes are through the wire: give them to the client. They may finish the answer of
    /// a server.
    case release([UInt8], finishes: UInt8?)
}

/// A frame that the client sent.
package struct LineRequest: Hashable, Sendable {
    package var bytes: [UInt8]
    /// When its first byte began.
    package var start: MonotonicTime
    /// When its last byte was through.
    package var end: MonotonicTime
    /// Whether no server heard it: it broke the silence of a strict line, or it collided.
    package var isDropped: Bool
}

private struct IncomingFrame: Sendable {
    var bytes: [UInt8] = []
    var start: MonotonicTime
    var end: MonotonicTime
    var isBroken: Bool
    var isCollided: Bool
}

private struct Transmission: Sendable {
    var server: UInt8
    var bytes: [UInt8]
    var start: MonotonicTime
    var sent = 0
    var isGarbled = false

    /// When `count` more bytes than were sent are through the wire.
    func arrival(after count: Int, _ timing: LineTiming) -> MonotonicTime {
        start.advanced(by: timing.wireTime(characters: sent + count))
    }

    mutating func take(_ count: Int) -> [UInt8] {
        let chunk = bytes[sent..<(sent + count)]
        sent += count
        return isGarbled ? chunk.map { $0 ^ 0x55 } : Array(chunk)
    }
}

private struct WaitingAnswer: Sendable {
    var server: UInt8
    var bytes: [UInt8]
    var start: MonotonicTime
}

package import Execution
package import Modbus

/// What is known of a line whose answers carry no transaction identifier, and of the units on it.
///
/// An RTU answer says neither which request nor which register it belongs to. Whatever arrives
/// unasked is noted here, and says how far the answers around it can be believed. A pure value;
/// ``LineConversation`` goes by it.
package struct LineLedger: Sendable {
    /// Whether the receiver hears what is sent: an adapter whose echo is not switched off.
    package enum Echo: Hashable, Sendable {
        case unknown
        /// A read was answered without one.
        case none(at: MonotonicTime)
        case present
    }

    /// Something that was noted.
    package enum Finding: Hashable, Sendable {
        /// An answer that came after its request was given up.
        case late(UnitIdentifier, after: Duration)
        /// An answer that came once more.
        case copy(UnitIdentifier, isNews: Bool)
        /// A whole frame that nobody asked for.
        case stray(UnitIdentifier, bytes: Int)
        /// What we sent, heard again.
        case echo(isNews: Bool)
        /// Bytes that are no frame.
        case noise(bytes: Int)
        /// A frame that was thrown away.
        case fault(FrameFault)
    }

    package var discipline: LineDiscipline
    package private(set) var echo = Echo.unknown
    var findings: [Finding] = []
    private var units: [UnitIdentifier: UnitRecord] = [:]
    /// Bytes that arrived after an answer and are no whole frame yet.
    var carry: [UInt8] = []
    /// Until when answers to what others had asked before may come; `nil` before the first request.
    private var strangeUntil: MonotonicTime?

    /// How long a read that was answered without an echo says that there is none.
    private static let echoMemory: Duration = .seconds(60)

    package init(frameSilence: Duration) {
        discipline = LineDiscipline(frameSilence: frameSilence)
    }

    /// The record of one unit.
    subscript(unit: UnitIdentifier) -> UnitRecord {
        get { units[unit] ?? UnitRecord() }
        set { units[unit] = newValue }
    }

    /// Takes out what was noted since the last call.
    package mutating func takeFindings() -> [Finding] {
        defer { findings.removeAll(keepingCapacity: true) }
        return findings
    }

    /// The line was opened: what was under way may still come, and its adapter may be another.
    package mutating func reopen() {
        strangeUntil = nil
        carry.removeAll()
        echo = .unknown
    }

    /// Takes note that the line is used.
    mutating func begin(at now: MonotonicTime) {
        strangeUntil = strangeUntil ?? now.advanced(by: UnitRecord.longestDelay)
    }

    /// Until when a frame of this unit may be the answer to something that nobody here asked.
    func strangeness(of unit: UnitIdentifier, at now: MonotonicTime) -> MonotonicTime? {
        [strangeUntil, self[unit].strangeUntil].compactMap(\.self).max().flatMap {
            $0 > now ? $0 : nil
        }
    }

    /// Whether an answer may still come that was given up.
    package func awaitsAnswers(at now: MonotonicTime) -> Bool {
        units.values.contains { record in
            record.owed.contains { $0.noted.duration(to: now) < record.delay }
        }
    }

    // MARK: - What arrives unasked

    /// Judges ``carry``, which arrived when nothing was asked.
    ///
    /// - Parameter isSilent: Whether nothing has followed: what is no frame now is noise.
    package mutating func sortCarry(isSilent: Bool, at now: MonotonicTime) {
        while !carry.isEmpty {
            if let frame = RTUFraming.frame(in: carry, at: 0) {
                carry.removeFirst(frame.end)
                hear(frame, at: now)
                continue
            }
            guard isSilent || carry.count > RTUFraming.longestFrame else { return }
            let start = (1...RTUFraming.longestNoise).first {
                RTUFraming.frame(in: carry, at: $0) != nil
            }
            findings.append(.noise(bytes: start ?? carry.count))
            carry.removeFirst(start ?? carry.count)
        }
    }

    /// Takes bytes that arrived when nothing was asked.
    package mutating func receive(_ bytes: [UInt8], at now: MonotonicTime) {
        carry += bytes
        discipline.activity(until: now)
        sortCarry(isSilent: false, at: now)
    }

    /// Whether part of a frame that nobody asked for has arrived.
    package var isReceiving: Bool { !carry.isEmpty }

    /// Notes a whole frame that answers nothing that is asked now.
    ///
    /// - Returns: What it is; `nil` where its unit was never asked.
    @discardableResult
    mutating func hear(_ frame: RTUFraming.Frame, at now: MonotonicTime) -> UnitRecord.Unasked? {
        let isStrange = strangeness(of: frame.unit, at: now) != nil
        guard let kind = units[frame.unit]?.hear(frame.pdu, isStrange: isStrange, at: now) else {
            findings.append(.stray(frame.unit, bytes: frame.end))
            return nil
        }
        note(kind, of: frame.unit, bytes: frame.end)
        return kind
    }

    /// Notes that a frame which had come in place of an answer was a copy.
    mutating func noteCopy(of heard: UnitRecord.Heard, unit: UnitIdentifier, at now: MonotonicTime)
    {
        let delay = heard.arrival.duration(to: now)
        units[unit]?.remember(heard.pdu, for: nil, at: now)
        guard let kind = units[unit]?.copied(after: delay, at: now) else { return }
        note(kind, of: unit, bytes: heard.pdu.count + 3)
    }

    private mutating func note(
        _ kind: UnitRecord.Unasked, of unit: UnitIdentifier, bytes: Int
    ) {
        switch kind {
        case .late(let latency): findings.append(.late(unit, after: latency))
        case .copy(let isNews): findings.append(.copy(unit, isNews: isNews))
        case .stray: findings.append(.stray(unit, bytes: bytes))
        case .leftOver: break
        }
    }

    // MARK: - Echo

    /// Our own request came back.
    mutating func noteEcho() {
        findings.append(.echo(isNews: echo != .present))
        echo = .present
    }

    /// A read was answered, and its request was not heard before.
    mutating func noteNoEcho(at now: MonotonicTime) {
        echo = .none(at: now)
    }

    /// Whether what comes back can be an echo; `nil` where that is not known.
    func mayEcho(at now: MonotonicTime) -> Bool? {
        switch echo {
        case .unknown: nil
        case .none(let seen): seen.duration(to: now) < Self.echoMemory ? false : nil
        case .present: true
        }
    }
}

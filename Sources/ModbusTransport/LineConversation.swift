package import Execution
package import Modbus

/// One request on a line, from its turn to its outcome, with all that makes sure that the answer
/// is the one to it.
///
/// An answer that could be something else (``UnitRecord``) is not believed: the same registers
/// are asked for in another length (``WiderRead``), whose answer can be nothing else, or the device
/// is left alone until nothing else can come. A write that an echo could confirm, or another's late
/// confirmation, is read back.
///
/// A pure state machine. Its owner carries out what ``next(at:heard:ledger:)`` returns, and calls
/// it again with what has arrived meanwhile. Bounded in time and bytes, whatever a line does.
package struct LineConversation: Sendable {
    package enum Action: Sendable {
        case send([UInt8])
        /// Waits for bytes until then, or only looks whether there are any.
        case listen(until: MonotonicTime)
        case finish(Result<ModbusReply, ModbusError>)
    }

    enum Ask: Hashable, Sendable {
        case call
        /// Brings what the call wants, in another length.
        case wider(RegisterRange)
        /// Shows whether a write was carried out.
        case readBack(RegisterRange)
    }

    enum Stage: Hashable, Sendable {
        case waiting
        case asking
    }

    /// One request that was sent.
    struct Attempt: Sendable {
        let frame: [UInt8]
        let request: ModbusRequest
        let sent: MonotonicTime
        /// When the last byte of the request was through the wire.
        let wasSent: MonotonicTime
        /// Until when an answer may begin.
        var deadline: MonotonicTime
        /// Until when what has arrived may go on.
        var quiet: MonotonicTime
        var bytes: [UInt8] = []
        var count = 0
        var isEchoed = false
        var fault: FrameFault?
        /// An answer that may be a copy of an earlier frame.
        var twin: Twin?
    }

    /// An answer that may be a copy of an earlier frame.
    struct Twin: Sendable {
        let frame: RTUFraming.Frame
        let original: UnitRecord.Heard
        let arrival: Moment
    }

    let call: ModbusCall
    let timing: LineTiming
    private(set) var ask = Ask.call
    private(set) var stage = Stage.waiting
    var attempt: Attempt?
    /// What the request itself has brought, while more is asked.
    var outcome: Result<ModbusReply, ModbusError>?
    /// An answer to the call that may have been something else.
    var doubted: ModbusReply?
    /// When it was asked for, and whether it may have been another request's.
    var doubtedSent: MonotonicTime?
    var isExchanged = false
    /// Until when it may have been a copy.
    var copyEnd: MonotonicTime?
    /// How often the call was asked as it is, and in another length.
    var rounds = 0
    var widerReads = 0
    /// How many frames confirmed a write, and how many would say nothing, since one may be an
    /// echo, or so many are owed for the same written before.
    var confirmations = 0
    var isEchoUnknown = false
    var owedConfirmations = 0
    private var began: MonotonicTime?
    private var waited = 0
    private var hasListened = false
    private var noiseEnd: MonotonicTime?

    /// What the line needs in time.
    package struct LineTiming: Hashable, Sendable {
        /// The speed and format; `nil` behind a connection, where they are not known.
        package var settings: SerialSettings?

        package init(settings: SerialSettings?) {
            self.settings = settings
        }

        /// How long the bytes of one answer may pause. Terminals hand over bytes in portions: a
        /// UART's FIFO, the 16 ms of a USB adapter; serial servers send packets, which may come
        /// apart on their way.
        var bytePause: Duration {
            guard let settings else { return .milliseconds(400) }
            return max(.milliseconds(60), settings.wireTime(bytes: 16))
        }
        /// The pause that ends what arrives unasked: that of sixteen characters, as many as a
        /// UART hands over at once.
        package var noisePause: Duration {
            max(.milliseconds(20), settings?.wireTime(bytes: 16) ?? .zero)
        }
        /// The longest that an answer can take once it has begun.
        var longestAnswer: Duration {
            .milliseconds(500) + (settings?.wireTime(bytes: 256) ?? .seconds(2))
        }
    }

    /// How long noise may keep a request from going out.
    private static let noiseLimit: Duration = .milliseconds(500)
    /// How many bytes may arrive before a request, and instead of its answer.
    static let byteLimit = 2_048

    package init(_ call: ModbusCall, timing: LineTiming) {
        self.call = call
        self.timing = timing
    }

    /// Whether the line is only waited for: exactly, since the next request follows.
    package var isWaiting: Bool { stage == .waiting }

    /// Whether more has come than any answer could be.
    package var isFlooded: Bool { (attempt?.count ?? 0) > Self.byteLimit }

    /// Says what to do.
    ///
    /// - Parameter bytes: What has arrived since the last call; none where its wait has ended.
    package mutating func next(
        at now: Moment, heard bytes: [UInt8], ledger: inout LineLedger
    ) -> Action {
        switch stage {
        case .waiting: wait(at: now.monotonic, heard: bytes, ledger: &ledger)
        case .asking: listen(at: now, heard: bytes, ledger: &ledger)
        }
    }

    // MARK: - Before a request

    private mutating func wait(
        at now: MonotonicTime, heard bytes: [UInt8], ledger: inout LineLedger
    ) -> Action {
        began = began ?? now
        ledger.begin(at: now)
        waited += bytes.count
        let hasPatience =
            waited == 0
            || (waited <= Self.byteLimit && (began ?? now).duration(to: now) < Self.noiseLimit)
        if !bytes.isEmpty {
            ledger.receive(bytes, at: now)
            noiseEnd = now.advanced(by: timing.noisePause)
        }
        if let noiseEnd, ledger.isReceiving {
            if now < noiseEnd, hasPatience { return .listen(until: noiseEnd) }
            ledger.sortCarry(isSilent: true, at: now)
        }
        if ledger.isReceiving, noiseEnd == nil {
            noiseEnd = now.advanced(by: timing.noisePause)
            return .listen(until: now.advanced(by: timing.noisePause))
        }
        guard hasListened else {
            hasListened = true
            return .listen(until: now)
        }
        ledger[call.unit].settle(at: now)
        let record = ledger[call.unit]
        if let rest = rest(of: record, at: now) {
            guard ask == .call, now.duration(to: rest) > .milliseconds(60) else {
                return .listen(until: rest)
            }
            return .finish(.failure(.resting(until: rest)))
        }
        if let turn = ledger.discipline.earliestSend(of: call), now < turn, hasPatience {
            return .listen(until: turn)
        }
        return send(at: now, ledger: &ledger)
    }

    /// Until when the unit has to be left alone. A command never waits.
    private func rest(of record: UnitRecord, at now: MonotonicTime) -> MonotonicTime? {
        guard call.priority != .command, call.request.isRead else { return nil }
        guard ask == .call else {
            return record.copyAwaited(at: now).flatMap { $0 > now ? $0 : nil }
        }
        return record.rest(before: call.request, call, at: now)
    }

    private mutating func send(at now: MonotonicTime, ledger: inout LineLedger) -> Action {
        let request: ModbusRequest =
            switch ask {
            case .call: call.request
            case .wider(let range), .readBack(let range): .read(range)
            }
        if ask == .call {
            rounds += 1
            outcome = nil
        }
        ledger[call.unit].ask(request)
        let record = ledger[call.unit]
        let frame = RTUFrame(unit: call.unit, pdu: request.encoded).encoded
        let wasSent = now.advanced(by: timing.settings?.wireTime(bytes: frame.count) ?? .zero)
        let deadline = wasSent.advanced(by: record.wait(for: call.timing))
        ledger.discipline.activity(until: wasSent)
        attempt = Attempt(
            frame: frame, request: request, sent: now, wasSent: wasSent, deadline: deadline,
            quiet: deadline)
        stage = .asking
        return .send(frame)
    }

    /// Goes on with another request.
    mutating func go(on next: Ask, at now: MonotonicTime) -> Action {
        ask = next
        stage = .waiting
        attempt = nil
        began = nil
        waited = 0
        noiseEnd = nil
        hasListened = true
        return .listen(until: now)
    }
}

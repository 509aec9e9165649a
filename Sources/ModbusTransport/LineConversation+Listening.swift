import Execution
import Modbus

/// What is heard after a request.
extension LineConversation {
    mutating func listen(
        at now: Moment, heard bytes: [UInt8], ledger: inout LineLedger
    ) -> Action {
        guard var attempt else { preconditionFailure("what was sent is known") }
        let time = now.monotonic
        attempt.bytes += bytes
        attempt.count += bytes.count
        if !bytes.isEmpty { ledger.discipline.activity(until: time) }
        let isSilent = bytes.isEmpty && time >= attempt.quiet
        self.attempt = attempt
        while let frame = takeFrame(isSilent: isSilent, ledger: &ledger) {
            if let action = judge(frame, at: now, ledger: &ledger) { return action }
        }
        attempt = self.attempt ?? attempt
        if attempt.count > Self.byteLimit || attempt.bytes.count > RTUFraming.longestFrame {
            return fail(.garbage, at: time, ledger: &ledger)
        }
        let end = attempt.deadline.advanced(by: timing.longestAnswer)
        if isSilent || time >= end {
            guard !attempt.bytes.isEmpty else { return missed(at: time, ledger: &ledger) }
            let length = RTUFraming.length(of: attempt.bytes[...])
            let fault: FrameFault =
                length.map { attempt.bytes.count < $0 ? .truncated : .checksum } ?? .garbage
            return fail(fault, at: time, ledger: &ledger)
        }
        let pause = time.advanced(by: timing.bytePause)
        let quiet = attempt.bytes.isEmpty ? attempt.deadline : min(pause, end)
        self.attempt?.quiet = quiet
        return .listen(until: quiet)
    }

    /// Takes the next whole frame out of what has arrived. What we sent ourselves is none.
    private mutating func takeFrame(
        isSilent: Bool, ledger: inout LineLedger
    ) -> RTUFraming.Frame? {
        guard var attempt else { return nil }
        defer { self.attempt = attempt }
        let isOwnConfirmation =
            attempt.request.answerShape == .confirmation(attempt.request.encoded)
        if !attempt.isEchoed, !isOwnConfirmation {
            if attempt.bytes.starts(with: attempt.frame) {
                attempt.bytes.removeFirst(attempt.frame.count)
                attempt.isEchoed = true
                ledger.noteEcho()
            } else if !isSilent, attempt.frame.starts(with: attempt.bytes) {
                return nil
            }
        }
        if let frame = RTUFraming.frame(in: attempt.bytes, at: 0) {
            attempt.bytes.removeFirst(frame.end)
            return frame
        }
        guard isSilent, !attempt.bytes.isEmpty else { return nil }
        // Adapters that switch direction may put a byte of noise before an answer. Further in,
        // only the awaited answer is believed: a checksum alone lets much noise pass.
        for start in 1...RTUFraming.longestNoise {
            guard let frame = RTUFraming.frame(in: attempt.bytes, at: start),
                frame.unit == call.unit, frame.function == attempt.request.function
            else { continue }
            attempt.bytes.removeFirst(frame.end)
            return frame
        }
        return nil
    }

    private mutating func judge(
        _ frame: RTUFraming.Frame, at now: Moment, ledger: inout LineLedger
    ) -> Action? {
        guard let attempt else { return nil }
        let time = now.monotonic
        guard frame.unit == call.unit else {
            // A late answer is its own unit's matter. Anything else is said to be what it looks
            // like: an answer of the wrong device.
            if case .late = ledger.hear(frame, at: time) { return nil }
            self.attempt?.fault = .foreignUnit
            return nil
        }
        let shape = AnswerShape(of: frame.pdu)
        guard attempt.request.mayBeAnswered(by: shape) else {
            if case .readBack = ask, shape == call.request.answerShape {
                confirmations += 1
                return nil
            }
            guard ledger.hear(frame, at: time) == .stray else { return nil }
            let isForeign = frame.function != attempt.request.function
            self.attempt?.fault =
                isForeign ? .foreignFunction : attempt.request.isRead ? .length : .garbage
            return nil
        }
        if isTwin(frame, attempt, at: now, ledger: ledger) { return nil }
        if let twin = attempt.twin {
            // The answer has come after it.
            ledger.noteCopy(of: twin.original, unit: call.unit, at: twin.arrival.monotonic)
        }
        if case .call = ask, !attempt.request.isRead, shape == attempt.request.answerShape,
            isStillEcho(frame, attempt, at: now, ledger: &ledger)
        {
            return nil
        }
        // What has followed it was not asked for.
        ledger.carry = attempt.bytes
        self.attempt?.bytes = []
        if attempt.request.isRead, !attempt.isEchoed { ledger.noteNoEcho(at: time) }
        return answered(frame.pdu, attempt, at: now, ledger: &ledger)
    }

    /// Whether a frame may be a copy of an earlier one: then the answer may follow it. Where only
    /// life is looked for, any will do.
    private mutating func isTwin(
        _ frame: RTUFraming.Frame, _ attempt: Attempt, at now: Moment, ledger: LineLedger
    ) -> Bool {
        let record = ledger[call.unit]
        let time = now.monotonic
        guard case .read = attempt.request, call.priority != .probe,
            let original = record.twin(of: frame.pdu, answering: attempt.request, at: time)
        else { return false }
        guard attempt.twin == nil else { return true }
        self.attempt?.twin = Twin(frame: frame, original: original, arrival: now)
        self.attempt?.deadline = min(attempt.deadline, time.advanced(by: record.window))
        return true
    }

    /// Whether a confirmation is, or may be, only what we sent: then another has to follow.
    private mutating func isStillEcho(
        _ frame: RTUFraming.Frame, _ attempt: Attempt, at now: Moment, ledger: inout LineLedger
    ) -> Bool {
        guard attempt.frame == RTUFrame(unit: frame.unit, pdu: frame.pdu).encoded,
            !attempt.isEchoed, !isEchoUnknown
        else { return false }
        switch ledger.mayEcho(at: now.monotonic) {
        case false?: return false
        case true?:
            self.attempt?.isEchoed = true
            ledger.noteEcho()
        case nil:
            isEchoUnknown = true
            confirmations = 1
            let busTime = attempt.sent.duration(to: now.monotonic)
            outcome = .success(ModbusReply(.written, arrival: now, busTime: busTime))
        }
        return true
    }
}

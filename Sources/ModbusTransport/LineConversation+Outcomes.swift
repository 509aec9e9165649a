import Execution
import Modbus

/// What the answers of a conversation say together.
extension LineConversation {
    /// How often a request is asked whose answer is in doubt, and how often in another length.
    private static let roundLimit = 3
    private static let widerLimit = 2

    // MARK: - An answer that fits

    mutating func answered(
        _ pdu: [UInt8], _ attempt: Attempt, at now: Moment, ledger: inout LineLedger
    ) -> Action {
        let time = now.monotonic
        let result = decode(pdu, attempt.request, sent: attempt.sent, at: now)
        if case .failure(.corrupt(let fault)) = result {
            return fail(fault, at: time, ledger: &ledger)
        }
        let isOwed = ledger[call.unit].owesOther(pdu, than: attempt.request)
        defer { ledger.sortCarry(isSilent: false, at: time) }
        switch ask {
        case .call:
            ledger.discipline.answered(call, at: time)
            outcome = result
            guard call.request.isRead else {
                return confirmed(pdu, attempt, at: time, ledger: &ledger)
            }
            guard case .read(let wanted) = call.request,
                isOwed || ledger.strangeness(of: call.unit, at: time) != nil
            else {
                accept(pdu, attempt, at: time, ledger: &ledger)
                return .finish(result)
            }
            return doubt(pdu, wanted, isOwed: isOwed, attempt, at: time, ledger: &ledger)
        case .wider(let range):
            return widened(range, pdu, result, attempt, at: now, ledger: &ledger)
        case .readBack(let range):
            if isOwed {
                ledger[call.unit].owe(attempt.request, sent: attempt.sent, .exchange, at: time)
                ledger[call.unit].remember(pdu, for: nil, at: time)
            } else {
                accept(pdu, attempt, at: time, ledger: &ledger)
            }
            guard case .success(let reply) = result, !isOwed,
                let written = call.request.readBack,
                let part = WiderRead.part(written, of: reply.response, to: range)
            else { return readBack(isCarriedOut: false, isEchoed: attempt.isEchoed) }
            let isCarriedOut = call.request.isCarriedOut(in: part)
            return readBack(isCarriedOut: isCarriedOut, isEchoed: attempt.isEchoed)
        }
    }

    private func decode(
        _ pdu: [UInt8], _ request: ModbusRequest, sent: MonotonicTime, at now: Moment
    ) -> Result<ModbusReply, ModbusError> {
        do throws(ResponseFault) {
            let response = try ModbusResponse(decoding: pdu[...], answering: request)
            let busTime = sent.duration(to: now.monotonic)
            return .success(ModbusReply(response, arrival: now, busTime: busTime))
        } catch {
            switch error {
            case .exception(let exception): return .failure(.exception(exception))
            case .frame(let fault): return .failure(.corrupt(fault))
            }
        }
    }

    private func accept(
        _ pdu: [UInt8], _ attempt: Attempt, at time: MonotonicTime, ledger: inout LineLedger
    ) {
        ledger[call.unit].accept(
            attempt.request, pdu, sent: attempt.sent,
            latency: attempt.wasSent.duration(to: time), at: time)
    }

    private func finish() -> Action {
        .finish(outcome ?? .failure(.corrupt(.unasked)))
    }

    // MARK: - Reads

    /// An answer has come that may be another's.
    private mutating func doubt(
        _ pdu: [UInt8], _ wanted: RegisterRange, isOwed: Bool, _ attempt: Attempt,
        at now: MonotonicTime, ledger: inout LineLedger
    ) -> Action {
        ledger[call.unit].remember(pdu, for: nil, at: now)
        ledger[call.unit].owe(
            call.request, sent: attempt.sent, isOwed ? .exchange : .stranger, at: now)
        if call.priority == .probe { return finish() }
        guard case .success(let reply) = outcome else {
            // What is refused has no value. That it was this request is not known.
            return isOwed ? .finish(.failure(.corrupt(.unasked))) : finish()
        }
        doubtedSent = attempt.sent
        isExchanged = isOwed
        doubted = reply
        return widen(wanted, at: now, ledger: &ledger)
    }

    /// Asks for the same in another length, or leaves the unit alone until nothing can be taken
    /// for its answer.
    private mutating func widen(
        _ wanted: RegisterRange, at now: MonotonicTime, ledger: inout LineLedger
    ) -> Action {
        let unit = ledger[call.unit]
        if widerReads < Self.widerLimit,
            let range = unit.wider(than: wanted) ?? unit.refusal(near: wanted)
        {
            widerReads += 1
            return go(on: .wider(range), at: now)
        }
        return rest(at: now, ledger: ledger)
    }

    private mutating func rest(at now: MonotonicTime, ledger: LineLedger) -> Action {
        let ends = [
            copyEnd, ledger[call.unit].doubtEnd(of: call.request),
            ledger.strangeness(of: call.unit, at: now),
        ]
        let end = ends.compactMap(\.self).max() ?? now
        if end > now { return .finish(.failure(.resting(until: end))) }
        guard rounds < Self.roundLimit else {
            return .finish(.failure(.corrupt(.unasked)))
        }
        return go(on: .call, at: now)
    }

    /// The call was answered in another length.
    private mutating func widened(
        _ range: RegisterRange, _ pdu: [UInt8], _ result: Result<ModbusReply, ModbusError>,
        _ attempt: Attempt, at now: Moment, ledger: inout LineLedger
    ) -> Action {
        let time = now.monotonic
        guard case .read(let wanted) = call.request else { return finish() }
        if case .failure(let error) = result {
            ledger[call.unit].remember(pdu, for: attempt.request, at: time)
            switch error {
            case .exception(.illegalFunction), .exception(.illegalDataAddress),
                .exception(.illegalDataValue):
                ledger[call.unit].refuse(range, sent: attempt.sent, at: time)
                return widen(wanted, at: time, ledger: &ledger)
            default: return .finish(result)
            }
        }
        guard case .success(var reply) = result,
            let part = WiderRead.part(wanted, of: reply.response, to: range)
        else { return .finish(.failure(.corrupt(.length))) }
        let isSame = part == doubted?.response
        // It has come, or is lost. Where copies never came, none of it will.
        let isPaid = isSame || (isExchanged && !ledger[call.unit].doubles(at: time))
        if isPaid, let doubtedSent { ledger[call.unit].pay(call.request, sent: doubtedSent) }
        // Of what nobody here has asked the length is not known: two answers have to agree.
        if ledger.strangeness(of: call.unit, at: time) != nil, !isSame {
            ledger[call.unit].remember(pdu, for: nil, at: time)
            return rest(at: time, ledger: ledger)
        }
        accept(pdu, attempt, at: time, ledger: &ledger)
        ledger[call.unit].believe(part.encoded(answering: call.request), to: call.request)
        reply.response = part
        return .finish(.success(reply))
    }

    /// Nothing has followed an answer that may be a copy of an earlier frame.
    private mutating func mayBeCopy(
        _ twin: Twin, _ attempt: Attempt, at now: MonotonicTime, ledger: inout LineLedger
    ) -> Action {
        let doubles = ledger[call.unit].doubles(at: now)
        ledger[call.unit].owe(
            attempt.request, sent: attempt.sent, doubles ? .exchange : .loss, at: now)
        ledger[call.unit].remember(
            twin.frame.pdu, for: nil, at: twin.arrival.monotonic)
        let result = decode(
            twin.frame.pdu, attempt.request, sent: attempt.sent, at: twin.arrival)
        copyEnd = twin.arrival.monotonic.advanced(by: ledger[call.unit].delay)
        switch ask {
        case .wider: return rest(at: now, ledger: ledger)
        case .readBack: return readBack(isCarriedOut: false, isEchoed: attempt.isEchoed)
        case .call: break
        }
        outcome = result
        // A copy of the same read's answer holds the same registers.
        guard case .success(let reply) = result, twin.original.request != call.request,
            case .read(let wanted) = call.request
        else { return finish() }
        doubted = reply
        doubtedSent = attempt.sent
        return widen(wanted, at: now, ledger: &ledger)
    }

    // MARK: - Writes

    private mutating func confirmed(
        _ pdu: [UInt8], _ attempt: Attempt, at now: MonotonicTime, ledger: inout LineLedger
    ) -> Action {
        let record = ledger[call.unit]
        let isCopy = record.twin(of: pdu, answering: call.request, at: now) != nil
        // How many confirmations say nothing yet: those of the same written before.
        let shape = call.request.answerShape
        let rivals = record.owed.count { $0.request.answerShape == shape }
        owedConfirmations = rivals + (isCopy ? 1 : 0)
        accept(pdu, attempt, at: now, ledger: &ledger)
        guard case .success = outcome, let range = call.request.readBack else { return finish() }
        confirmations += 1
        guard owedConfirmations > 0 || ledger.strangeness(of: call.unit, at: now) != nil else {
            return finish()
        }
        return readBack(range, at: now, ledger: ledger)
    }

    private mutating func readBack(
        _ range: RegisterRange, at now: MonotonicTime, ledger: LineLedger
    ) -> Action {
        let record = ledger[call.unit]
        let shape = ModbusRequest.read(range).answerShape
        let isClear = !record.owed.contains { $0.request.answerShape == shape }
        let asked = isClear ? range : record.wider(than: range) ?? range
        return go(on: .readBack(asked), at: now)
    }

    /// A write was read back, or what came back may still have been its echo.
    private func readBack(isCarriedOut: Bool, isEchoed: Bool) -> Action {
        let echoes = isEchoUnknown && isEchoed ? 1 : 0
        if isCarriedOut || confirmations > owedConfirmations + echoes { return finish() }
        return .finish(.failure(.timeout(busTime: busTime)))
    }

    private var busTime: Duration {
        if case .success(let reply) = outcome { reply.busTime } else { .zero }
    }

    // MARK: - Nothing, or nothing that makes sense

    mutating func missed(at now: MonotonicTime, ledger: inout LineLedger) -> Action {
        guard let attempt else { return finish() }
        if let twin = attempt.twin {
            return mayBeCopy(twin, attempt, at: now, ledger: &ledger)
        }
        if case .call = ask, confirmations > 0, let range = call.request.readBack {
            // One frame came back. Whether it was ours is seen by what comes back of a read.
            return readBack(range, at: now, ledger: ledger)
        }
        // What another unit sends is no answer of this one's, which may still come.
        let isSilent = attempt.fault == nil || attempt.fault == .foreignUnit
        ledger[call.unit].owe(
            attempt.request, sent: attempt.sent, isSilent ? .silence : .loss, at: now)
        if let fault = attempt.fault { ledger.findings.append(.fault(fault)) }
        switch ask {
        case .call:
            ledger[call.unit].misses += 1
            let busTime = attempt.sent.duration(to: now)
            return .finish(
                .failure(attempt.fault.map { .corrupt($0) } ?? .timeout(busTime: busTime)))
        case .wider(let range):
            ledger[call.unit].miss(range)
            // Lost, late, or never answered: another length may tell.
            guard case .read(let wanted) = call.request, isExchanged,
                ledger[call.unit].wider(than: wanted) != nil
            else { return rest(at: now, ledger: ledger) }
            return .finish(.failure(.resting(until: now.advanced(by: UnitRecord.rest))))
        case .readBack: return readBack(isCarriedOut: false, isEchoed: attempt.isEchoed)
        }
    }

    mutating func fail(
        _ fault: FrameFault, at now: MonotonicTime, ledger: inout LineLedger
    ) -> Action {
        ledger.findings.append(.fault(fault))
        if let attempt {
            ledger[call.unit].owe(attempt.request, sent: attempt.sent, .loss, at: now)
        }
        return .finish(.failure(.corrupt(fault)))
    }
}

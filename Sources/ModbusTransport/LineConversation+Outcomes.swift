import Execution
import Modbus

/// What the answers of a conversation say together.
extension LineConversation {
    /// How often a request is asked whose answer is in doubt.
    private static let roundLimit = 3

    // MARK: - An answer that fits

    mutating func answered(
        _ pdu: [UInt8], _ attempt: Attempt, at now: Moment, ledger: inout LineLedger
    ) -> Action {
        let time = now.monotonic
        let unit = call.unit
        let isOwed = ledger[unit].owes(attempt.request)
        // How many confirmations say nothing yet: those of the same written before.
        let owed = ledger[unit].debts.filter { $0.request.answerShape == call.request.answerShape }
        ledger[unit].accept(
            attempt.request, pdu, latency: attempt.wasSent.duration(to: time), at: time)
        let result = decode(pdu, attempt, at: now)
        ledger.sortCarry(isSilent: false, at: time)
        switch ask {
        case .call:
            ledger.discipline.answered(call, at: time)
            outcome = result
            if case .failure(.corrupt(let fault)) = result {
                return fail(fault, at: time, ledger: &ledger)
            }
            guard call.request.isRead else {
                owedConfirmations = owed.count
                return confirmed(at: now.monotonic, ledger: ledger)
            }
            return verify(isOwed: isOwed, at: time, ledger: &ledger)
        case .distinct:
            return proved(at: time, ledger: &ledger)
        case .readBack:
            let isCarriedOut: Bool
            if case .success(let reply) = result {
                isCarriedOut = call.request.isCarriedOut(in: reply.response)
            } else {
                isCarriedOut = false
            }
            return readBack(isCarriedOut: isCarriedOut, isEchoed: attempt.isEchoed)
        }
    }

    private func decode(
        _ pdu: [UInt8], _ attempt: Attempt, at now: Moment
    ) -> Result<ModbusReply, ModbusError> {
        do throws(ResponseFault) {
            let response = try ModbusResponse(decoding: pdu[...], answering: attempt.request)
            let busTime = attempt.sent.duration(to: now.monotonic)
            return .success(ModbusReply(response, arrival: now, busTime: busTime))
        } catch {
            switch error {
            case .exception(let exception): return .failure(.exception(exception))
            case .frame(let fault): return .failure(.corrupt(fault))
            }
        }
    }

    // MARK: - Reads

    /// Goes on until the answer is known to be the one to the request.
    private mutating func verify(
        isOwed: Bool, at now: MonotonicTime, ledger: inout LineLedger
    ) -> Action {
        let record = ledger[call.unit]
        guard case .read = call.request else { return finish() }
        guard record.standing != .sound || isOwed else {
            return finish(holding: record.isAtRisk(call.request, at: now), at: now, ledger: &ledger)
        }
        if let range = record.distinctRead(for: call.request, at: now) {
            return go(on: .distinct(range), at: now)
        }
        if isOwed {
            // Nothing tells whether this was the answer to come or the one that is owed.
            let busTime = self.busTime
            ledger[call.unit].swapDebt(for: call.request, at: now)
            return .finish(.failure(.timeout(busTime: busTime)))
        }
        return finish(holding: true, at: now, ledger: &ledger)
    }

    /// A distinct read was answered: nothing asked before is under way any more.
    private mutating func proved(at now: MonotonicTime, ledger: inout LineLedger) -> Action {
        let hasStrayed = ledger[call.unit].unasked != mark
        ledger[call.unit].prove()
        guard hasStrayed else { return finish() }
        guard rounds < Self.roundLimit else {
            ledger[call.unit].giveUp(
                call.request, sent: now, isDamaged: true, timing: call.timing)
            ledger.findings.append(.fault(.unasked))
            return .finish(.failure(.corrupt(.unasked)))
        }
        return go(on: .call, at: now)
    }

    private func finish() -> Action {
        .finish(outcome ?? .failure(.corrupt(.unasked)))
    }

    /// Ends with an answer that counts only if nothing comes unasked for a while.
    private func finish(
        holding isHeld: Bool, at now: MonotonicTime, ledger: inout LineLedger
    ) -> Action {
        guard isHeld, case .success(var reply) = outcome else { return finish() }
        ledger[call.unit].hold(from: mark)
        reply.provisional = Provisional(
            until: now.advanced(by: ledger[call.unit].window), mark: mark)
        return .finish(.success(reply))
    }

    // MARK: - Writes

    private mutating func confirmed(at now: MonotonicTime, ledger: LineLedger) -> Action {
        guard case .success = outcome, let range = call.request.readBack else { return finish() }
        confirmations += 1
        guard ledger[call.unit].standing != .sound || owedConfirmations > 0 else {
            return finish()
        }
        return go(on: .readBack(range), at: now)
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
        if case .call = ask, confirmations > 0, let range = call.request.readBack {
            // One frame came back. Whether it was ours is seen by what comes back of a read.
            return go(on: .readBack(range), at: now)
        }
        let isOwed = ledger[call.unit].owes(call.request)
        ledger[call.unit].giveUp(
            attempt.request, sent: attempt.sent, isDamaged: attempt.fault != nil,
            timing: call.timing)
        if let fault = attempt.fault { ledger.findings.append(.fault(fault)) }
        let failure: ModbusError =
            attempt.fault.map { .corrupt($0) } ?? .timeout(busTime: attempt.sent.duration(to: now))
        switch ask {
        case .call: return .finish(.failure(failure))
        case .distinct(let range):
            ledger[call.unit].miss(range)
            guard !isOwed, ledger[call.unit].unasked == mark else {
                return .finish(.failure(failure))
            }
            return finish(holding: true, at: now, ledger: &ledger)
        case .readBack: return readBack(isCarriedOut: false, isEchoed: attempt.isEchoed)
        }
    }

    mutating func fail(
        _ fault: FrameFault, at now: MonotonicTime, ledger: inout LineLedger
    ) -> Action {
        ledger.findings.append(.fault(fault))
        ledger.noteDamage(at: now)
        if let attempt {
            ledger[call.unit].giveUp(
                attempt.request, sent: attempt.sent, isDamaged: true, timing: call.timing)
        }
        return .finish(.failure(.corrupt(fault)))
    }
}

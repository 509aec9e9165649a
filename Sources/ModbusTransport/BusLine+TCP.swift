import Execution
import Modbus

extension BusLine {
    /// The most bytes that may come during one exchange: far more than any late answers.
    private static let floodLimit = 64 << 10
    /// How long an exchange may last at most, whatever was learnt.
    private static let longestExchange: Duration = .seconds(60)

    /// Sends a request over Modbus TCP and waits for its answer, or for the time in which it may
    /// come.
    func attemptOverTCP(
        _ call: ModbusCall, on port: any BusPort
    ) throws(PortError) -> Result<ModbusReply, ModbusError> {
        if let fault = try takeEarlier(on: port) {
            dropConnection()
            counters.update { $0.faults[fault, default: 0] += 1 }
            return .failure(.corrupt(fault))
        }
        let gap = conversation.earliestSend(of: call).map { time.monotonic().duration(to: $0) }
        pause(for: gap ?? .zero)
        let number = numbering.next(using: &random)
        let frame = TCPFrame(transaction: number, unit: call.unit, pdu: call.request.encoded)
        let sent = time.monotonic()
        conversation.begin(call, number: number, at: sent)
        hasSent = true
        try port.send(frame.encoded)
        counters.update {
            $0.requests += 1
            $0.bytesSent += UInt64(frame.encoded.count)
        }
        return try awaitAnswerOverTCP(
            to: TCPExchange(call: call, number: number, sent: sent), on: port)
    }

    /// One request under way.
    private struct TCPExchange {
        let call: ModbusCall
        let number: UInt16
        let sent: MonotonicTime
        /// Until when at least its answer is waited for, by what came meanwhile.
        var patience: MonotonicTime?
        /// Whether frames came that answer something else.
        var hasDoubts = false

        var unit: UnitIdentifier { call.unit }
    }

    private func awaitAnswerOverTCP(
        to exchange: TCPExchange, on port: any BusPort
    ) throws(PortError) -> Result<ModbusReply, ModbusError> {
        var exchange = exchange
        var received = 0
        var begun: MonotonicTime?
        let last = exchange.sent.advanced(by: Self.longestExchange)
        while true {
            let now = time.monotonic()
            let timeout = timeouts.timeout(for: exchange.call)
            var limit = conversation.deadline(within: timeout) ?? now
            // A frame that has begun has as long again for its rest.
            if let begun { limit = max(limit, begun.advanced(by: timeout)) }
            if let patience = exchange.patience { limit = max(limit, patience) }
            limit = min(limit, max(last, exchange.sent.advanced(by: timeout)))
            guard now < limit else { return timedOut(exchange, at: now) }
            arrived.removeAll(keepingCapacity: true)
            let count = try port.receive(into: &arrived, within: now.duration(to: limit))
            guard count > 0 else { continue }
            received += count
            counters.update { $0.bytesReceived += UInt64(count) }
            guard received <= Self.floodLimit else { return lostFrames(exchange) }
            stream.append(arrived)
            if let outcome = judge(&exchange, at: time.now()) { return outcome }
            begun = stream.isAmidFrame ? begun ?? time.monotonic() : nil
        }
    }

    /// Judges the frames that have come.
    private func judge(
        _ exchange: inout TCPExchange, at arrival: Moment
    ) -> Result<ModbusReply, ModbusError>? {
        while true {
            let frame: TCPFrameStream.Frame
            switch stream.next() {
            case .incomplete: return nil
            case .garbage: return lostFrames(exchange)
            case .frame(let next): frame = next
            }
            let now = arrival.monotonic
            let timeout = timeouts.timeout(for: exchange.call)
            let holder = conversation.holder(until: now, beyond: timeout)
            switch conversation.received(frame, numbering: numbering, at: now) {
            case .answer(let pdu):
                // A device that never answers held up the gateway all the same.
                if let holder { timeouts.late(holder.unit, after: holder.latency) }
                return accept(pdu, for: exchange, at: arrival)
            case .wrong(let fault, let unit):
                health.answered(unit)
                counters.update {
                    $0.faults[fault, default: 0] += 1
                    if fault == .foreignUnit { $0.findings.answersAs[exchange.unit] = unit }
                }
                return .failure(.corrupt(fault))
            case .late(let late):
                note(late)
                let more = timeouts.timeout(for: exchange.call)
                exchange.patience = now.advanced(by: more)
            case .repeated:
                exchange.hasDoubts = true
                counters.update { $0.lateAnswers += 1 }
            case .strange(let answered):
                if let outcome = strange(answered, in: &exchange) { return outcome }
            }
        }
    }

    private func note(_ late: TCPConversation.Late) {
        health.answered(late.unit)
        if late.isTelling { timeouts.late(late.unit, after: late.latency) }
        counters.update {
            $0.lateAnswers += 1
            $0.lateAnswersOf[late.unit, default: 0] += 1
            if late.isTelling { $0.findings.latencies[late.unit] = late.latency }
        }
    }

    /// A frame bears a number that no request had.
    private func strange(
        _ answered: UInt16, in exchange: inout TCPExchange
    ) -> Result<ModbusReply, ModbusError>? {
        exchange.hasDoubts = true
        guard conversation.hasOnlyCurrent else {
            counters.update { $0.lateAnswers += 1 }
            return nil
        }
        conversation.finish()
        let isFound = numbering.strange(answered, to: exchange.number)
        let rule = numbering.rule
        counters.update {
            $0.faults[.foreignTransaction, default: 0] += 1
            if isFound { $0.findings.numbering = rule }
        }
        return .failure(.corrupt(.foreignTransaction))
    }

    private func accept(
        _ pdu: [UInt8], for exchange: TCPExchange, at arrival: Moment
    ) -> Result<ModbusReply, ModbusError> {
        let busTime = exchange.sent.duration(to: arrival.monotonic)
        noteAnswer(of: exchange.unit, sent: exchange.sent)
        numbering.confirmed()
        let unit = exchange.unit
        counters.update {
            if $0.findings.answersAs[unit] != nil { $0.findings.answersAs[unit] = nil }
        }
        do throws(ResponseFault) {
            let response = try ModbusResponse(
                decoding: pdu[...], answering: exchange.call.request)
            timeouts.prompt(exchange.call, after: busTime)
            conversation.answered(exchange.call, at: arrival.monotonic)
            return .success(ModbusReply(response, arrival: arrival, busTime: busTime))
        } catch {
            conversation.answered(exchange.call, at: arrival.monotonic)
            switch error {
            case .exception(let exception):
                counters.update { $0.busyTime += busTime }
                return .failure(.exception(exception))
            case .frame(let fault):
                counters.update { $0.faults[fault, default: 0] += 1 }
                return .failure(.corrupt(fault))
            }
        }
    }

    private func timedOut(
        _ exchange: TCPExchange, at now: MonotonicTime
    ) -> Result<ModbusReply, ModbusError> {
        conversation.giveUp()
        if exchange.hasDoubts { numbering.doubted() }
        // Where numbers tell nothing apart, only a new connection has no late answers on it.
        if exchange.hasDoubts || numbering.isIgnored { dropConnection() }
        if stream.isAmidFrame {
            counters.update { $0.faults[.truncated, default: 0] += 1 }
            if stream.isStuck { dropConnection() }
            stream.markStuck()
            return .failure(.corrupt(.truncated))
        }
        return .failure(.timeout(busTime: exchange.sent.duration(to: now)))
    }

    /// Gives up a connection on which frames can no longer be told from one another.
    private func lostFrames(_ exchange: TCPExchange) -> Result<ModbusReply, ModbusError> {
        dropConnection()
        counters.update { $0.faults[.garbage, default: 0] += 1 }
        return .failure(.corrupt(.garbage))
    }

    /// Takes what came when nothing was asked any more.
    ///
    /// - Returns: Why the connection is of no more use, if it is not.
    private func takeEarlier(on port: any BusPort) throws(PortError) -> FrameFault? {
        var received = 0
        while true {
            arrived.removeAll(keepingCapacity: true)
            let count = try port.receive(into: &arrived, within: .zero)
            guard count > 0 else { return nil }
            received += count
            counters.update { $0.bytesReceived += UInt64(count) }
            guard received <= Self.floodLimit else { return .garbage }
            stream.append(arrived)
            frames: while true {
                switch stream.next() {
                case .incomplete: break frames
                case .garbage: return .garbage
                case .frame(let frame):
                    if numbering.isIgnored { return .foreignTransaction }
                    let now = time.monotonic()
                    switch conversation.received(frame, numbering: numbering, at: now) {
                    case .late(let late): note(late)
                    default: counters.update { $0.lateAnswers += 1 }
                    }
                }
            }
        }
    }
}

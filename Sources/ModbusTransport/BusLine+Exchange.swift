import Execution
import Glibc
import Modbus

extension BusLine {
    /// How long the bytes of one answer may pause. Terminals hand over bytes in portions: a
    /// UART's FIFO, the 16 ms of a USB adapter, the packets of a serial server.
    private static let byteTimeout: Duration = .milliseconds(60)
    /// The pause after a broadcast, in which servers carry it out.
    /// Source: serial line guide V1.02, 2.4.1: typically 100 to 200 ms.
    private static let broadcastTurnaround: Duration = .milliseconds(100)
    /// How long noise may keep a request from going out, beside the wait for a late answer.
    private static let noiseLimit: Duration = .milliseconds(500)

    // MARK: - Before the request

    /// Waits until the line is free for `call`, and throws away what arrives meanwhile.
    func awaitTurn(of call: ModbusCall, on port: Port) throws(PortError) {
        if link.framing == .rtu, call.unit != .broadcast { return }
        let start = time.monotonic()
        // A device that never stops sending must not keep everyone else waiting for ever.
        let patience = start.advanced(by: Self.noiseLimit + call.timing.lateAnswerLimit)
        var arrived: [UInt8] = []
        while true {
            _ = try port.receive(into: &arrived, within: .zero)
            if !arrived.isEmpty { try discard(&arrived, on: port) }
            let now = time.monotonic()
            guard let turn = discipline.earliestSend(of: call), now < turn, now < patience else {
                return
            }
            if now.duration(to: turn) > .milliseconds(10) {
                _ = try port.receive(into: &arrived, within: now.duration(to: turn))
            } else {
                sleep(until: turn)
            }
        }
    }

    /// Judges and forgets bytes that arrived when nothing was asked any more.
    private func discard(_ arrived: inout [UInt8], on port: Port) throws(PortError) {
        // The rest of a frame may still be under way: the line is only free after a silence.
        while arrived.count <= RTUFraming.longestFrame,
            try port.receive(into: &arrived, within: silenceInFrame) > 0
        {}
        discipline.activity(until: time.monotonic())
        let count = UInt64(arrived.count)
        let isTCP = link.isTCP  // The next answer's transaction identifier tells them apart.
        counters.update {
            $0.bytesReceived += count
            if isTCP { $0.lateAnswers += 1 } else { $0.strayBytes += count }
        }
        arrived.removeAll(keepingCapacity: true)
    }

    /// The pause that ends a frame: generous, since terminals deliver in portions.
    private var silenceInFrame: Duration { .milliseconds(20) }

    // MARK: - The exchange

    /// Sends the request and waits for its answer, or for the time in which it may come.
    func attempt(
        _ call: ModbusCall, on port: Port
    ) throws(PortError) -> Result<ModbusReply, ModbusError> {
        if link.framing == .rtu, call.unit != .broadcast { return try talk(call, on: port) }
        transaction &+= 1
        let pdu = call.request.encoded
        let frame =
            switch link.framing {
            case .rtu: RTUFrame(unit: call.unit, pdu: pdu).encoded
            case .tcp: TCPFrame(transaction: transaction, unit: call.unit, pdu: pdu).encoded
            }
        let sent = time.monotonic()
        try port.send(frame)
        let requestTime = link.settings?.wireTime(bytes: frame.count) ?? .zero
        counters.update {
            $0.requests += 1
            $0.bytesSent += UInt64(frame.count)
        }
        let wasSent = sent.advanced(by: requestTime)
        discipline.activity(until: wasSent)
        if call.unit == .broadcast, !link.isTCP {
            return try broadcast(call, until: wasSent.advanced(by: Self.broadcastTurnaround))
        }
        return try awaitAnswer(
            to: call, sent: sent, deadline: wasSent.advanced(by: timeouts.timeout(for: call)),
            on: port)
    }

    /// Nobody answers a broadcast on a line. Source: serial line guide V1.02, 2.1.
    private func broadcast(
        _ call: ModbusCall, until end: MonotonicTime
    ) throws(PortError) -> Result<ModbusReply, ModbusError> {
        let start = time.monotonic()
        sleep(until: end)
        let busTime = start.duration(to: end)
        guard !call.request.isRead else { return .failure(.timeout(busTime: busTime)) }
        return .success(ModbusReply(.written, arrival: time.now(), busTime: busTime))
    }

    private func awaitAnswer(
        to call: ModbusCall, sent: MonotonicTime, deadline: MonotonicTime, on port: Port
    ) throws(PortError) -> Result<ModbusReply, ModbusError> {
        var reader = AnswerReader(
            framing: link.framing, unit: call.unit, function: call.request.function,
            transaction: transaction)
        var seen: FrameFault?
        var limit = deadline
        while true {
            arrived.removeAll(keepingCapacity: true)
            let wait = time.monotonic().duration(to: limit)
            let count = try port.receive(into: &arrived, within: wait)
            let arrival = time.now()
            if count > 0 {
                reader.append(arrived)
                discipline.activity(until: arrival.monotonic)
                counters.update { $0.bytesReceived += UInt64(count) }
            } else if arrival.monotonic < limit {
                continue
            }
            let busTime = sent.duration(to: arrival.monotonic)
            judging: while true {
                switch reader.judge(isSilent: count == 0) {
                case .answer(let pdu):
                    return accept(pdu, for: call, sent: sent, arrival: arrival)
                case .foreign(let fault, let unit):
                    seen = note(fault, from: unit) ?? seen
                case .corrupt(let fault):
                    if link.framing == .tcp { dropConnection() }
                    return .failure(giveUp(call, fault, sent: sent))
                case .incomplete:
                    break judging
                }
            }
            if count == 0, !reader.hasBegun {
                return .failure(seen.map(ModbusError.corrupt) ?? .timeout(busTime: busTime))
            }
            // An answer that has begun has as long as its bytes need.
            limit = reader.hasBegun ? arrival.monotonic.advanced(by: Self.byteTimeout) : deadline
        }
    }

    /// Takes note of a whole frame that answers something else.
    ///
    /// - Returns: What is wrong, unless it is a late answer.
    private func note(_ fault: FrameFault, from unit: UnitIdentifier) -> FrameFault? {
        let isLate = fault == .foreignTransaction
        counters.update {
            if isLate { $0.lateAnswers += 1 } else { $0.faults[fault, default: 0] += 1 }
        }
        return isLate ? nil : fault
    }

    private func accept(
        _ pdu: [UInt8], for call: ModbusCall, sent: MonotonicTime, arrival: Moment
    ) -> Result<ModbusReply, ModbusError> {
        do throws(ResponseFault) {
            let response = try ModbusResponse(decoding: pdu[...], answering: call.request)
            discipline.answered(call, at: arrival.monotonic)
            let busTime = sent.duration(to: arrival.monotonic)
            timeouts.prompt(call, after: busTime)
            return .success(ModbusReply(response, arrival: arrival, busTime: busTime))
        } catch {
            switch error {
            case .exception(let exception):
                discipline.answered(call, at: arrival.monotonic)
                return .failure(.exception(exception))
            case .frame(let fault):
                return .failure(giveUp(call, fault, sent: sent))
            }
        }
    }

    /// Ends an exchange whose answer was wrong. The right one may still be under way.
    private func giveUp(
        _ call: ModbusCall, _ fault: FrameFault, sent: MonotonicTime
    ) -> ModbusError {
        counters.update { $0.faults[fault, default: 0] += 1 }
        return .corrupt(fault)
    }

    /// Blocks the bus's thread until a moment.
    func sleep(until moment: MonotonicTime) {
        let wait = time.monotonic().duration(to: moment).nanoseconds
        guard wait > 0 else { return }
        var pause = timespec(tv_sec: Int(wait / 1_000_000_000), tv_nsec: Int(wait % 1_000_000_000))
        var rest = timespec()
        while nanosleep(&pause, &rest) != 0, errno == EINTR { pause = rest }
    }
}

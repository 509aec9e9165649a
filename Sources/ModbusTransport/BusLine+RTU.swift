import Execution
import Modbus

/// Requests on a line, serial or carried by a connection.
extension BusLine {
    /// Carries out what a ``LineConversation`` decides.
    func talk(
        _ call: ModbusCall, on port: any BusPort
    ) throws(PortError) -> Result<ModbusReply, ModbusError> {
        let timing = LineConversation.LineTiming(settings: link.settings)
        var talk = LineConversation(call, timing: timing)
        arrived.removeAll(keepingCapacity: true)
        while true {
            let action = talk.next(at: time.now(), heard: arrived, ledger: &ledger)
            arrived.removeAll(keepingCapacity: true)
            noteFindings()
            switch action {
            case .send(let frame):
                try port.send(frame)
                counters.update {
                    $0.requests += 1
                    $0.bytesSent += UInt64(frame.count)
                }
            case .listen(let until):
                let wait = time.monotonic().duration(to: until)
                if talk.isWaiting, wait > .zero, wait <= .milliseconds(10) {
                    pause(for: wait)
                } else {
                    try receive(within: wait, on: port)
                }
            case .finish(let outcome):
                // What floods a connection dies with it.
                if talk.isFlooded, !link.isSerial { dropConnection() }
                return outcome
            }
        }
    }

    /// Looks what has arrived unasked, without waiting for more than the rest of a frame.
    func takeUnasked() throws(PortError) {
        guard let port = openPort, !link.isTCP else { return }
        arrived.removeAll(keepingCapacity: true)
        try receive(within: .zero, on: port)
        let pause = LineConversation.LineTiming(settings: link.settings).noisePause
        var isAmid = !arrived.isEmpty || ledger.isReceiving
        var count = 0
        while isAmid, count <= RTUFraming.longestFrame {
            count += arrived.count
            ledger.receive(arrived, at: time.monotonic())
            arrived.removeAll(keepingCapacity: true)
            guard ledger.isReceiving else { break }
            try receive(within: pause, on: port)
            isAmid = !arrived.isEmpty
        }
        ledger.sortCarry(isSilent: true, at: time.monotonic())
        noteFindings()
    }

    private func receive(within wait: Duration, on port: any BusPort) throws(PortError) {
        let count = try port.receive(into: &arrived, within: wait)
        if count > 0 { counters.update { $0.bytesReceived += UInt64(count) } }
    }

    /// Counts what was found, and tells what is new.
    private func noteFindings() {
        for finding in ledger.takeFindings() {
            counters.update { $0.count(finding) }
            switch finding {
            case .late(let unit, let latency): tellLate(unit, after: latency)
            case .copy(let unit, isNews: true): tell(.answersTwice(unit))
            case .echo(isNews: true): tell(.echoes)
            case .copy, .echo, .stray, .noise, .fault: break
            }
        }
    }

    /// Tells of a slow unit once, and again where it has become much slower.
    private func tellLate(_ unit: UnitIdentifier, after latency: Duration) {
        guard latency > (toldLatencies[unit] ?? .zero) * 3 / 2 else { return }
        toldLatencies[unit] = latency
        tell(.answersLate(unit, after: latency))
    }
}

extension BusStatistics {
    /// Counts something that was found on a line.
    mutating func count(_ finding: LineLedger.Finding) {
        switch finding {
        case .late(let unit, let latency):
            lateAnswers += 1
            lateAnswersOf[unit, default: 0] += 1
            latencies[unit] = max(latencies[unit] ?? .zero, latency)
        case .copy: copies += 1
        case .stray(_, let bytes):
            strayFrames += 1
            strayBytes += UInt64(bytes)
        case .echo: echoes += 1
        case .noise(let bytes): strayBytes += UInt64(bytes)
        case .fault(let fault): faults[fault, default: 0] += 1
        }
    }
}

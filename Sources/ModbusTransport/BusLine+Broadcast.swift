import Execution
import Modbus

/// Requests on a line that all servers carry out, and none answers.
extension BusLine {
    /// The pause after a broadcast, in which servers carry it out.
    /// Source: serial line guide V1.02, 2.4.1: typically 100 to 200 ms.
    private static let broadcastTurnaround: Duration = .milliseconds(100)

    /// Source: serial line guide V1.02, 2.1.
    func broadcast(
        _ call: ModbusCall, on port: any BusPort
    ) throws(PortError) -> Result<ModbusReply, ModbusError> {
        try takeUnasked()
        if let turn = ledger.discipline.earliestSend(of: call) {
            pause(for: time.monotonic().duration(to: turn))
        }
        let frame = RTUFrame(unit: call.unit, pdu: call.request.encoded).encoded
        let sent = time.monotonic()
        try port.send(frame)
        counters.update {
            $0.requests += 1
            $0.bytesSent += UInt64(frame.count)
        }
        let wasSent = sent.advanced(by: link.settings?.wireTime(bytes: frame.count) ?? .zero)
        ledger.discipline.activity(until: wasSent)
        pause(
            for: time.monotonic().duration(to: wasSent.advanced(by: Self.broadcastTurnaround)))
        let busTime = sent.duration(to: time.monotonic())
        guard !call.request.isRead else { return .failure(.timeout(busTime: busTime)) }
        return .success(ModbusReply(.written, arrival: time.now(), busTime: busTime))
    }
}

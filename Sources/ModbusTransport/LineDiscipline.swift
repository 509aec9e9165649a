package import Execution
package import Modbus

/// When a request may go out on a line: after the silence between frames, and after the pause
/// that its device wants. A pure value.
package struct LineDiscipline: Sendable {
    /// The silence that must precede a request. Source: serial line guide V1.02, 2.5.1.1.
    package let frameSilence: Duration

    /// When the last byte was on the line, ours or another's.
    private var lastActivity: MonotonicTime?
    /// When each device last answered, for those that want a pause.
    private var lastAnswer: [UnitIdentifier: MonotonicTime] = [:]

    package init(frameSilence: Duration) {
        self.frameSilence = frameSilence
    }

    /// When `call` may go out at the earliest.
    package func earliestSend(of call: ModbusCall) -> MonotonicTime? {
        var moments: [MonotonicTime] = []
        if let lastActivity { moments.append(lastActivity.advanced(by: frameSilence)) }
        if let answered = lastAnswer[call.unit] {
            moments.append(answered.advanced(by: call.timing.requestGap))
        }
        return moments.max()
    }

    /// Takes note that bytes were on the line until `time`.
    package mutating func activity(until time: MonotonicTime) {
        lastActivity = max(lastActivity ?? time, time)
    }

    /// Takes note of an answer in time.
    package mutating func answered(_ call: ModbusCall, at time: MonotonicTime) {
        activity(until: time)
        if call.timing.requestGap > .zero { lastAnswer[call.unit] = time }
    }
}

package import Execution
package import Modbus

/// When a request may go out on a line whose answers carry no transaction identifier.
///
/// An RTU answer says neither which request nor which register it belongs to. So after a
/// time-out nothing is asked that its late answer could be taken for, until the answer has come
/// or can no longer be under way. A pure value; ``BusLine`` keeps it and obeys it.
package struct LineDiscipline: Sendable {
    /// The silence that must precede a request. Source: serial line guide V1.02, 2.5.1.1.
    package let frameSilence: Duration

    /// When the last byte was on the line, ours or another's.
    private var lastActivity: MonotonicTime?
    /// When each device last answered, for those that want a pause.
    private var lastAnswer: [UnitIdentifier: MonotonicTime] = [:]
    /// Until when each device may still answer a request that was given up.
    private var overdue: [UnitIdentifier: Overdue] = [:]
    /// The devices whose last request was answered.
    private var answering: Set<UnitIdentifier> = []

    private struct Overdue: Hashable, Sendable {
        var sent: MonotonicTime
        var until: MonotonicTime
        /// Whether the whole line waits, not only this device: so where the device had answered
        /// the request before, since its late answer would run into another's. Of a device that
        /// has left more than one unanswered nothing is to be expected.
        var holdsLine: Bool
    }

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
        if let quiet = quietUntil(for: call) { moments.append(quiet) }
        return moments.max()
    }

    /// Until when late answers keep `call` from going out.
    ///
    /// A command waits only for the device it is for: it may run into another's late answer and
    /// have to be repeated, but it never waits a second for a dead meter.
    private func quietUntil(for call: ModbusCall) -> MonotonicTime? {
        overdue.filter { unit, late in
            unit == call.unit || (late.holdsLine && call.priority != .command)
        }.map(\.value.until).max()
    }

    /// Takes note that bytes were on the line until `time`.
    package mutating func activity(until time: MonotonicTime) {
        lastActivity = max(lastActivity ?? time, time)
    }

    /// Takes note of an answer in time.
    package mutating func answered(_ call: ModbusCall, at time: MonotonicTime) {
        activity(until: time)
        answering.insert(call.unit)
        if call.timing.requestGap > .zero { lastAnswer[call.unit] = time }
    }

    /// Takes note that a request was given up.
    package mutating func gaveUp(_ call: ModbusCall, sent: MonotonicTime) {
        let until = sent.advanced(by: call.timing.lateAnswerLimit)
        let wasAnswering = answering.remove(call.unit) != nil
        overdue[call.unit] = Overdue(sent: sent, until: until, holdsLine: wasAnswering)
    }

    /// Takes note of a frame from a device whose request was given up.
    ///
    /// - Returns: How late it was, counted from its request; `nil` where none was overdue.
    package mutating func lateAnswer(
        from unit: UnitIdentifier, at time: MonotonicTime
    ) -> Duration? {
        activity(until: time)
        return overdue.removeValue(forKey: unit).map { $0.sent.duration(to: time) }
    }

    /// Forgets what can no longer arrive.
    package mutating func expire(at time: MonotonicTime) {
        guard !overdue.isEmpty else { return }
        overdue = overdue.filter { $0.value.until > time }
    }
}

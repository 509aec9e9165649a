import Execution
import Modbus
import ModbusTransport
import Testing

@Suite struct LineDisciplineTests {
    private func moment(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    private func call(
        _ unit: UInt8, _ priority: BusPriority = .scheduledPoll,
        timing: ExchangeTiming = ExchangeTiming()
    ) -> ModbusCall {
        ModbusCall(
            .read(RegisterRange(.holding, at: 0, count: 1)), to: UnitIdentifier(unit),
            priority: priority, timing: timing)
    }

    @Test func keepsTheSilenceOfThreeAndAHalfCharacters() {
        var line = LineDiscipline(frameSilence: .milliseconds(4))
        #expect(line.earliestSend(of: call(1)) == nil)
        line.activity(until: moment(100))
        #expect(line.earliestSend(of: call(1)) == moment(104))
        line.activity(until: moment(90))  // Out of order: the later one counts.
        #expect(line.earliestSend(of: call(1)) == moment(104))
    }

    @Test func pausesForADeviceThatWantsAGapAndNotForOthers() {
        var line = LineDiscipline(frameSilence: .milliseconds(4))
        let slow = call(1, timing: ExchangeTiming(requestGap: .milliseconds(50)))
        line.answered(slow, at: moment(100))
        #expect(line.earliestSend(of: slow) == moment(150))
        #expect(line.earliestSend(of: call(2)) == moment(104))
    }
}

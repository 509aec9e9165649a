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

    @Test func staysQuietAfterATimeoutUntilNothingCanBeUnderWay() {
        var line = LineDiscipline(frameSilence: .milliseconds(4))
        line.answered(call(1), at: moment(50))
        line.gaveUp(call(1), sent: moment(100))
        #expect(line.earliestSend(of: call(1)) == moment(1_100))
        #expect(line.earliestSend(of: call(2)) == moment(1_100))
        line.expire(at: moment(1_100))
        #expect(line.earliestSend(of: call(1)) == moment(54))
    }

    @Test func aLateAnswerFreesTheLine() {
        var line = LineDiscipline(frameSilence: .milliseconds(4))
        line.gaveUp(call(1), sent: moment(100))
        #expect(line.lateAnswer(from: UnitIdentifier(2), at: moment(400)) == nil)
        #expect(line.lateAnswer(from: UnitIdentifier(1), at: moment(500)) == .milliseconds(400))
        #expect(line.earliestSend(of: call(1)) == moment(504))
    }

    @Test func aDeviceThatDoesNotAnswerHoldsUpOnlyItself() {
        var line = LineDiscipline(frameSilence: .milliseconds(4))
        line.gaveUp(call(1), sent: moment(100))  // It has never answered.
        #expect(line.earliestSend(of: call(2)) == nil)
        #expect(line.earliestSend(of: call(1)) == moment(1_100))
        line.answered(call(1), at: moment(2_000))
        line.gaveUp(call(1), sent: moment(2_100))
        line.expire(at: moment(3_100))
        line.gaveUp(call(1), sent: moment(3_100))  // Twice in a row.
        #expect(line.earliestSend(of: call(2)) == moment(2_004))
        #expect(line.earliestSend(of: call(1)) == moment(4_100))
    }

    @Test func aCommandWaitsOnlyForItsOwnDevice() {
        var line = LineDiscipline(frameSilence: .milliseconds(4))
        line.answered(call(1), at: moment(50))
        line.gaveUp(call(1), sent: moment(100))
        #expect(line.earliestSend(of: call(2, .command)) == moment(54))
        #expect(line.earliestSend(of: call(1, .command)) == moment(1_100))
    }
}

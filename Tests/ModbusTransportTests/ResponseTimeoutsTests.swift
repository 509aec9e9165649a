import Execution
import Modbus
import ModbusTransport
import Testing

@Suite struct ResponseTimeoutsTests {
    private let call = ModbusCall(
        .read(RegisterRange(.holding, at: 0, count: 1)), to: UnitIdentifier(7),
        priority: .scheduledPoll,
        timing: ExchangeTiming(
            responseTimeout: .milliseconds(300), lateAnswerLimit: .milliseconds(900)))

    @Test func waitsLongerForADeviceThatProvedSlow() {
        var timeouts = ResponseTimeouts()
        #expect(timeouts.timeout(for: call) == .milliseconds(300))
        timeouts.late(UnitIdentifier(7), after: .milliseconds(400))
        #expect(timeouts.timeout(for: call) == .milliseconds(600))
        timeouts.late(UnitIdentifier(7), after: .milliseconds(800))
        #expect(
            timeouts.timeout(for: call) == .milliseconds(900), "never beyond the device's limit")
    }

    @Test func forgetsSlowlyOnceAnswersAreprompt() {
        var timeouts = ResponseTimeouts()
        timeouts.late(UnitIdentifier(7), after: .milliseconds(400))
        var answers = 0
        while timeouts.timeout(for: call) > .milliseconds(300), answers < 1_000 {
            timeouts.prompt(call)
            answers += 1
        }
        #expect((10..<100).contains(answers))
    }
}

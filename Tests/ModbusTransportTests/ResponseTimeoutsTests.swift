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
        timeouts.late(UnitIdentifier(7), after: .milliseconds(1_300))
        #expect(timeouts.timeout(for: call) == .milliseconds(1_950))
    }

    @Test func growsToABoundAndNoFurther() {
        var timeouts = ResponseTimeouts()
        timeouts.late(UnitIdentifier(7), after: .seconds(60))
        #expect(timeouts.timeout(for: call) == ResponseTimeouts.growth)
        var patient = call
        patient.timing.lateAnswerLimit = .seconds(20)
        #expect(timeouts.timeout(for: patient) == .seconds(20))
    }

    @Test func forgetsSlowlyOnceAnswersArePrompt() {
        var timeouts = ResponseTimeouts()
        timeouts.late(UnitIdentifier(7), after: .milliseconds(400))
        var answers = 0
        while timeouts.timeout(for: call) > .milliseconds(300), answers < 1_000 {
            timeouts.prompt(call, after: .milliseconds(20))
            answers += 1
        }
        #expect((10..<100).contains(answers))
    }

    @Test func neverForgetsADeviceThatStaysSlow() {
        var timeouts = ResponseTimeouts()
        timeouts.late(UnitIdentifier(7), after: .milliseconds(700))
        for _ in 0..<1_000 { timeouts.prompt(call, after: .milliseconds(700)) }
        #expect(timeouts.timeout(for: call) == .milliseconds(1_050))
    }
}

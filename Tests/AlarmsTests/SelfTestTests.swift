import Execution
import GPIO
import SiteConfiguration
import Telemetry
import Testing

@testable import Alarms

@Suite struct SelfTestTests {
    private static let valve = ValveConfiguration(
        name: "v", close: .gpio("V"), closed: .gpio("SHUT"), within: .seconds(10))
    private static let gas = AlarmConfiguration(
        name: "gas", condition: .any([.above("d/lel", 10), .line("GAS")]),
        actions: [
            .close(valve: "v"), .on("FAN"), .circuit("stairs", isOn: true),
            .release(door: "hall"),
        ], isLatched: true)
    private static let smoke = AlarmConfiguration(
        name: "smoke", condition: .line("SMOKE"), actions: [.on("FAN")])
    private static let echo = AlarmConfiguration(
        name: "echo", condition: .alarm("gas"), actions: [.on("BELL")])

    private func scene() -> AlarmScene {
        var scene = AlarmScene([Self.gas, Self.smoke, Self.echo], valves: [Self.valve])
        scene.read("d/lel", "0")
        scene.sense("GAS", false)
        scene.sense("SMOKE", false)
        scene.sense("SHUT", false)
        scene.forget()
        return scene
    }

    @Test func exercisesTheChainAndShutsNoValve() throws {
        var scene = scene()
        try scene.test("gas")
        #expect(scene.log == ["V off", "FAN on", "stairs on", "hall on"])
        #expect(scene.state.status.testing == "gas")
        scene.pass(AlarmSystemState.testPulse)
        #expect(
            scene.log.suffix(4) == ["FAN off", "stairs letGo", "hall letGo", "alarm.tested gas"])
        #expect(!scene.log.contains("V on"))
        #expect(scene.command("BELL") == .off)
        let report = try #require(scene.reports.first)
        #expect(report.hasPassed)
        #expect(
            report.steps.map { "\($0.check.rawValue) \($0.subject)" } == [
                "detector d/lel", "detector GAS", "valveLine V", "valveContact SHUT",
                "output FAN", "output stairs", "output hall",
            ])
        #expect(scene.events.map(\.kind) == ["alarm.tested"])
        #expect(scene.events.last?.severity == .info)
        #expect(scene.state.status.testing == nil)
        #expect(scene.active == [])
    }

    @Test func saysWhichStepFailed() throws {
        var scene = scene()
        scene.read("d/lel", nil)
        scene.sense("SHUT", nil)
        scene.broken[.line(LineName("FAN"))] = .exception(4)
        scene.slow = [.door("hall")]
        try scene.test("gas")
        scene.pass(.seconds(20))
        let report = try #require(scene.reports.first)
        #expect(!report.hasPassed)
        #expect(
            report.steps.map(\.outcome) == [
                .unheard, .passed, .passed, .failed(.silent), .failed(.exception(4)), .passed,
                .unheard,
            ])
        #expect(scene.events.last { $0.kind == "alarm.tested" }?.details["result"] == "failed")
        #expect(
            scene.events.last { $0.kind == "alarm.tested" }?.details["output FAN"]
                == "exception 4")
    }

    @Test func anAlarmInEarnestWins() throws {
        var scene = scene()
        try scene.test("gas")
        scene.forget()
        scene.sense("SMOKE", true)
        // The fan goes on without a break; the rest goes back.
        #expect(!scene.log.contains("FAN off"))
        #expect(scene.command("FAN") == .on)
        #expect(scene.outputs[.door("hall")] == .letGo)
        #expect(scene.reports.first?.ending == .overtaken(by: "smoke"))
        scene.pass(.seconds(60))
        #expect(scene.command("FAN") == .on)
        #expect(scene.reports.count == 1)
    }

    @Test func theAlarmItselfInEarnestShutsTheValve() throws {
        var scene = scene()
        try scene.test("gas")
        scene.read("d/lel", "50")
        #expect(scene.command("V") == .on)
        #expect(scene.reports.first?.ending == .overtaken(by: "gas"))
        scene.pass(.seconds(60))
        #expect(scene.command("FAN") == .on)
        #expect(scene.outputs[.door("hall")] == .on)
    }

    @Test func whatAnAlarmHoldsStaysHeldThroughATest() throws {
        var scene = scene()
        scene.sense("SMOKE", true)
        scene.forget()
        try scene.test("gas")
        scene.pass(.seconds(10))
        #expect(!scene.log.contains("FAN off"))
        #expect(scene.reports.first?.hasPassed == true)
        #expect(throws: AlarmRefusal.alarmActive("smoke")) { try scene.test("smoke") }
        #expect(throws: AlarmRefusal.unknownAlarm("x")) { try scene.test("x") }
    }

    @Test func oneTestAtATime() throws {
        var scene = scene()
        try scene.test("gas")
        #expect(throws: AlarmRefusal.testUnderWay("gas")) { try scene.test("smoke") }
        scene.pass(.seconds(10))
        try scene.test("smoke")
    }
}

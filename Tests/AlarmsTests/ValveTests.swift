import Execution
import GPIO
import SiteConfiguration
import Telemetry
import Testing

@testable import Alarms

/// Valves as part of the whole: rule, lines, contact.
@Suite struct ValveTests {
    private static let rule = AlarmConfiguration(
        name: "gas", condition: .line("GAS"), actions: [.close(valve: "v")])

    private func scene(
        open: Bool = false, contact: Bool = true, means: Bool = true, pulse: Duration? = nil
    ) -> AlarmScene {
        AlarmScene(
            [Self.rule],
            valves: [
                ValveConfiguration(
                    name: "v", close: .gpio("V"), open: open ? .gpio("O") : nil,
                    closed: contact ? .gpio("SHUT") : nil, contactMeansClosed: means,
                    within: .seconds(10), pulse: pulse)
            ])
    }

    @Test func isShutReadBackAndStaysShut() throws {
        var scene = scene()
        scene.sense("SHUT", false)
        scene.sense("GAS", true)
        #expect(scene.command("V") == .on)
        #expect(scene.valve("v")?.contact == .inactive)
        scene.pass(.seconds(4))
        scene.sense("SHUT", true)
        #expect(scene.valve("v")?.phase == .closed)
        #expect(scene.events.last?.details["milliseconds"] == "4000")
        #expect(throws: AlarmRefusal.heldClosed(valve: "v", by: ["gas"])) {
            try scene.openValve("v")
        }
        scene.sense("GAS", false)
        scene.pass(.seconds(1_000))
        #expect(scene.active == [])
        #expect(scene.command("V") == .on)
        try scene.openValve("v")
        #expect(scene.command("V") == .off)
        scene.sense("SHUT", false)
        #expect(
            scene.told("v") == ["valve.closing", "valve.closed", "valve.opening", "valve.opened"])
        #expect(throws: AlarmRefusal.unknownValve("w")) { try scene.openValve("w") }
    }

    @Test func notShutInTimeIsToldOnceAndTriedAgain() {
        var scene = scene()
        scene.sense("SHUT", false)
        scene.sense("GAS", true)
        scene.forget()
        scene.pass(.seconds(35))
        #expect(scene.told("v") == ["valve.notClosed"])
        // Switched anew each time, and never let go.
        #expect(scene.log.filter { $0 == "V on" }.count == 3)
        #expect(!scene.log.contains("V off"))
        scene.sense("SHUT", true)
        #expect(scene.told("v") == ["valve.notClosed", "valve.closed"])
        scene.forget()
        scene.pass(.seconds(100))
        #expect(scene.log == [])
    }

    @Test func aValveThatOpensByItselfIsAnEventAndIsShutAgain() {
        var scene = scene()
        scene.sense("SHUT", true)
        scene.sense("GAS", true)
        #expect(scene.valve("v")?.phase == .closed)
        scene.forget()
        scene.sense("SHUT", false)
        #expect(scene.told("v") == ["valve.opened"])
        #expect(scene.events.last?.severity == .alarm)
        #expect(scene.log.contains("V on"))
        scene.sense("SHUT", nil)
        scene.pass(.seconds(10))
        #expect(scene.told("v") == ["valve.opened", "valve.notClosed"])
        scene.sense("SHUT", true)
        scene.sense("SHUT", nil)
        #expect(scene.told("v").suffix(2) == ["valve.closed", "valve.contactFault"])
    }

    @Test func aPulsedValveIsPulsed() {
        var scene = scene(pulse: .seconds(2))
        scene.sense("SHUT", false)
        scene.sense("GAS", true)
        #expect(scene.command("V") == .on)
        scene.pass(.seconds(2))
        #expect(scene.command("V") == .off)
        scene.forget()
        scene.pass(.seconds(20))
        #expect(scene.log == ["V on", "valve.notClosed v", "V off", "V on", "V off"])
    }

    @Test func aDrivenValveNeverHasBothLinesActive() throws {
        var scene = scene(open: true)
        scene.sense("SHUT", true)
        try scene.closeValve("v")
        scene.forget()
        try scene.openValve("v")
        #expect(scene.log == ["V off", "valve.opening v", "O on"])
        scene.sense("GAS", true)
        #expect(scene.log.dropFirst(3).prefix(2) == ["O off", "V on"])
        #expect(scene.command("V") == .on)
        #expect(scene.command("O") == .off)
    }

    @Test func aDrivenValveIsDrivenOpenForItsTime() throws {
        var scene = scene(open: true)
        scene.sense("SHUT", true)
        try scene.openValve("v")
        #expect(scene.command("O") == .on)
        scene.pass(.seconds(10))
        #expect(scene.command("O") == .off)
        #expect(scene.told("v") == ["valve.opening", "valve.notOpened"])
    }

    @Test func withoutAContactItIsPresumedShut() {
        var scene = scene(contact: false)
        scene.sense("GAS", true)
        scene.pass(.seconds(10))
        #expect(scene.valve("v")?.phase == .closed)
        #expect(scene.valve("v")?.contact == nil)
        #expect(scene.events.last?.details["contact"] == "none")
    }

    @Test func aContactMayMeanOpen() {
        var scene = scene(means: false)
        scene.sense("SHUT", true)
        scene.sense("GAS", true)
        #expect(scene.valve("v")?.contact == .inactive)
        scene.sense("SHUT", false)
        #expect(scene.valve("v")?.phase == .closed)
    }

    @Test func whatNobodyCommandedIsLeftAlone() {
        var scene = scene()
        scene.sense("SHUT", false)
        scene.forget()
        scene.sense("SHUT", true)
        #expect(scene.told("v") == ["valve.closed"])
        scene.sense("SHUT", false)
        #expect(scene.told("v") == ["valve.closed", "valve.opened"])
        #expect(!scene.log.contains { $0.hasPrefix("V ") })
    }
}

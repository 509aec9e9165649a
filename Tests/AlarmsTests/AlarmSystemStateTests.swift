import Execution
import GPIO
import Metering
import SiteConfiguration
import Telemetry
import Testing

@testable import Alarms

@Suite struct AlarmSystemStateTests {
    private let gas = AlarmConfiguration(
        name: "gas",
        condition: .lasting(.above("d/lel", 10, hysteresis: 2), .seconds(2)),
        actions: [.release(door: "hall"), .circuit("stairs", isOn: true), .on("FAN")],
        isLatched: true, message: "leave the house")
    private let smoke = AlarmConfiguration(
        name: "smoke", condition: .line("SMOKE"), actions: [.on("FAN"), .off("PUMP")])

    // MARK: - Raising and clearing

    @Test func aConditionMustLast() {
        var scene = AlarmScene([gas])
        scene.read("d/lel", "12")
        scene.pass(.milliseconds(1_999))
        #expect(scene.active == [])
        #expect(scene.alarm("gas")?.phase == .pending)
        scene.pass(.milliseconds(1))
        #expect(scene.active == ["gas"])
        #expect(scene.events.last?.details["value"] == "12")
        #expect(scene.events.last?.details["cause"] == "d/lel")
        #expect(scene.events.last?.details["message"] == "leave the house")
    }

    @Test func stepsOfTheTimeOfDayDoNotMatter() {
        var scene = AlarmScene([gas])
        scene.read("d/lel", "12")
        scene.stepClock(.seconds(86_400))
        scene.pass(.seconds(1))
        #expect(scene.active == [])
        scene.stepClock(.seconds(-9_000_000))
        scene.pass(.seconds(1))
        #expect(scene.active == ["gas"])
    }

    /// Values in turn, each with whether the alarm is active then.
    @Test(
        arguments: [
            // Within the hysteresis it goes on; at its very end it is over.
            [
                ("10", false), ("10.1", true), ("9", true), ("8.1", true), ("8", false),
                ("9", false),
            ],
            // What is missing neither raises nor clears.
            [(nil, false), ("11", true), (nil, true), ("7", false), (nil, false)],
            // A doubtful value may raise, and does not clear.
            [("11?", true), ("1?", true), ("1", false), ("1?", false)],
        ] as [[(String?, Bool)]])
    func followsAValue(_ values: [(String?, Bool)]) {
        var scene = AlarmScene([
            AlarmConfiguration(name: "a", condition: .above("d/x", 10, hysteresis: 2))
        ])
        for (value, isActive) in values {
            let isDoubtful = value?.hasSuffix("?") ?? false
            scene.read("d/x", value?.replacing("?", with: ""), uncertain: isDoubtful)
            #expect(scene.active.contains("a") == isActive, "\(value ?? "missing")")
        }
    }

    @Test func bothMarksWorkByThemselves() throws {
        let point = try #require(PointIdentifier("d/t"))
        let band = PointTest.outside(
            above: ScaledInteger(40), below: ScaledInteger(5), hysteresis: ScaledInteger(2))
        var scene = AlarmScene([AlarmConfiguration(name: "a", condition: .point(point, band))])
        for (value, isActive) in [
            ("20", false), ("4", true), ("6", true), ("7", false), ("41", true), ("39", true),
            ("6", false), ("41", true), ("4", true), ("38", false),
        ] {
            scene.read("d/t", value)
            #expect(scene.active.contains("a") == isActive, "\(value)")
        }
    }

    // MARK: - Latches

    enum Step { case high, low, missing, acknowledge }

    /// What happens in turn, and whether a latched alarm is active in the end.
    @Test(
        arguments: [
            ([.high], .active), ([.high, .low], .latched), ([.high, .acknowledge], .active),
            ([.high, .low, .acknowledge], .quiet), ([.high, .acknowledge, .low], .quiet),
            ([.high, .missing, .acknowledge], .active), ([.high, .low, .high], .active),
            ([.high, .acknowledge, .missing, .low], .quiet),
            ([.high, .low, .high, .acknowledge], .active),
            ([.high, .low, .acknowledge, .high], .active),
            ([.high, .acknowledge, .low, .high, .low], .latched),
            ([.high, .low, .missing, .acknowledge], .unknown),
        ] as [([Step], AlarmStatus.Phase)])
    func latch(_ steps: [Step], _ phase: AlarmStatus.Phase) throws {
        var scene = AlarmScene([
            AlarmConfiguration(
                name: "a", condition: .above("d/x", 10), actions: [.on("FAN")], isLatched: true)
        ])
        for step in steps {
            switch step {
            case .high: scene.read("d/x", "11")
            case .low: scene.read("d/x", "1")
            case .missing: scene.read("d/x", nil)
            case .acknowledge: try scene.acknowledge("a")
            }
            let isActive = scene.active.contains("a")
            #expect(scene.command("FAN") == (isActive ? .on : .off))
            #expect(scene.state.latches.alarms.keys.contains("a") == isActive)
        }
        #expect(scene.alarm("a")?.phase == phase)
    }

    @Test func acknowledgingSaysWhoAndIsDoneOnce() throws {
        var scene = AlarmScene([smoke])
        #expect(throws: AlarmRefusal.notActive("smoke")) { try scene.acknowledge("smoke") }
        #expect(throws: AlarmRefusal.unknownAlarm("x")) { try scene.acknowledge("x") }
        scene.sense("SMOKE", true)
        try scene.acknowledge("smoke", by: "bo")
        try scene.acknowledge("smoke", by: "cy")
        #expect(scene.told("smoke") == ["alarm.raised", "alarm.acknowledged"])
        #expect(scene.events.last?.details["by"] == "bo")
        #expect(scene.alarm("smoke")?.acknowledgedBy == "bo")
    }

    @Test func aLatchedAlarmThatFlapsIsToldAFewTimes() throws {
        var scene = AlarmScene([
            AlarmConfiguration(name: "a", condition: .line("IN"), isLatched: true)
        ])
        for _ in 0..<100 {
            scene.sense("IN", true)
            scene.sense("IN", false)
        }
        #expect(scene.told("a").count == AlarmSystemState.recurrenceLimit)
        try scene.acknowledge("a")
        #expect(scene.events.last?.details["occurrences"] == "100")
    }

    // MARK: - Outputs

    @Test func actsInOrderAndTellsLast() {
        let valve = ValveConfiguration(name: "v", close: .gpio("V"), closed: .gpio("SHUT"))
        var rule = gas
        rule = AlarmConfiguration(
            name: "gas", condition: .line("GAS"), actions: rule.actions + [.close(valve: "v")])
        var scene = AlarmScene([rule], valves: [valve])
        scene.forget()
        scene.sense("GAS", true)
        #expect(
            scene.log == [
                "V on", "FAN on", "stairs on", "hall on", "valve.closing v", "alarm.raised gas",
            ])
    }

    @Test func anOutputIsHeldUntilTheLastAlarmLetsGo() {
        let other = AlarmConfiguration(name: "b", condition: .line("B"), actions: [.on("FAN")])
        var scene = AlarmScene([smoke, other])
        scene.sense("SMOKE", true)
        scene.sense("B", true)
        scene.forget()
        scene.sense("SMOKE", false)
        #expect(scene.command("FAN") == .on)
        scene.sense("B", false)
        #expect(scene.command("FAN") == .off)
        #expect(scene.log.filter { $0.hasPrefix("FAN") } == ["FAN off"])
    }

    @Test func offWinsAndWhatIsOnlySwitchedOffIsOnWhileAllIsWell() {
        let on = AlarmConfiguration(name: "on", condition: .line("A"), actions: [.on("LIGHT")])
        let off = AlarmConfiguration(
            name: "off", condition: .line("B"), actions: [.off("LIGHT"), .off("PUMP")])
        var scene = AlarmScene([on, off])
        #expect(scene.command("LIGHT") == .off)
        #expect(scene.command("PUMP") == .on)
        scene.sense("A", true)
        #expect(scene.command("LIGHT") == .on)
        scene.sense("B", true)
        #expect(scene.command("LIGHT") == .off)
        #expect(scene.command("PUMP") == .off)
        scene.sense("B", false)
        #expect(scene.command("LIGHT") == .on)
        #expect(scene.command("PUMP") == .on)
    }

    @Test func aCommandIsGivenUntilItIsTakenAndToldOnce() {
        var scene = AlarmScene([smoke])
        scene.broken[.line(LineName("FAN"))] = .silent
        scene.sense("SMOKE", true)
        scene.pass(.seconds(60))
        #expect(scene.command("FAN") == .off)
        #expect(scene.told("FAN") == ["alarm.outputFailed"])
        // A quarter of a second, doubling, then every 10 s: not a storm.
        #expect((8...16).contains(scene.log.filter { $0 == "FAN on" }.count))
        #expect(
            scene.state.status.outputs.first { $0.target == .line(LineName("FAN")) }?.fault
                == .silent)
        scene.broken = [:]
        scene.pass(.seconds(10))
        #expect(scene.command("FAN") == .on)
        #expect(scene.told("FAN") == ["alarm.outputFailed", "alarm.outputRestored"])
    }

    @Test func whatBecameWantedMeanwhileIsDoneNext() {
        var scene = AlarmScene([smoke])
        scene.slow = [.line(LineName("FAN"))]
        scene.sense("SMOKE", true)
        scene.sense("SMOKE", false)
        scene.forget()
        scene.finishSlow()
        #expect(scene.command("FAN") == .off)
    }

    @Test func aRelayBoardThatIsBackIsToldAgain() throws {
        let fixture = try #require(RelayBoard())
        var scene = AlarmScene([
            AlarmConfiguration(
                name: "a", condition: .line("IN"), actions: [.line(fixture.relay, isOn: true)])
        ])
        scene.sense("IN", true)
        scene.forget()
        scene.silence("relays")
        scene.silence("relays", false)
        #expect(scene.log == ["relays/relay.1 on"])
        scene.forget()
        scene.handle(.forgotten(.line(fixture.relay.name)))
        #expect(scene.log == ["relays/relay.1 on"])
    }

    // MARK: - Detectors

    @Test func aDetectorThatFallsSilentIsAnAlarm() {
        var scene = AlarmScene([gas])
        scene.silence("d")
        #expect(scene.active == ["detector/d"])
        #expect(scene.alarm("detector/d")?.severity == .alarm)
        scene.silence("d", false)
        #expect(scene.active == ["detector/d"], "nothing has been read yet")
        scene.read("d/lel", "0")
        #expect(scene.active == [])
    }

    @Test func aValueThatStaysMissingAndALineThatCannotBeReadAreAlarmsToo() {
        var scene = AlarmScene([gas, smoke])
        scene.read("d/lel", nil)
        scene.sense("SMOKE", nil)
        scene.pass(.seconds(29))
        #expect(scene.active == [])
        scene.pass(.seconds(1))
        #expect(scene.active == ["detector/d", "detector/gpiochip0"])
        scene.read("d/lel", "1")
        scene.sense("SMOKE", false)
        #expect(scene.active == [])
    }

    @Test func silenceThatARuleWatchesIsLeftToIt() throws {
        let device = try #require(DeviceIdentifier("d"))
        let silence = AlarmConfiguration(
            name: "silence", condition: .lasting(.silent(device), .seconds(5)),
            actions: [.on("FAN")])
        var scene = AlarmScene([gas, silence])
        scene.read("d/lel", nil)
        scene.silence("d")
        scene.pass(.seconds(60))
        #expect(scene.active == ["silence"])
    }

    @Test func alarmsOfAlarmsFollow() {
        var scene = AlarmScene([
            AlarmConfiguration(name: "top", condition: .all([.alarm("mid"), .line("B")])),
            AlarmConfiguration(name: "mid", condition: .alarm("low"), isLatched: true),
            AlarmConfiguration(name: "low", condition: .line("A")),
        ])
        scene.sense("B", true)
        scene.sense("A", true)
        #expect(scene.active == ["top", "mid", "low"])
        scene.sense("A", false)
        #expect(scene.active == ["top", "mid"])
    }

    // MARK: - Restart

    @Test func whatWasLatchedActsAgainAfterARestart() throws {
        let valve = ValveConfiguration(name: "v", close: .gpio("V"), closed: .gpio("SHUT"))
        let rule = AlarmConfiguration(
            name: "gas", condition: .above("d/lel", 10), actions: [.close(valve: "v"), .on("FAN")],
            isLatched: true)
        var scene = AlarmScene([rule], valves: [valve])
        scene.read("d/lel", "50")
        try scene.acknowledge("gas", by: "bo")
        let saved = try #require(scene.saved)

        var after = AlarmScene([rule], valves: [valve], latches: saved)
        #expect(after.command("V") == .on)
        #expect(after.command("FAN") == .on)
        #expect(after.told("gas") == ["alarm.resumed"])
        // What it was raised by is not known yet, and so it goes on.
        after.pass(.seconds(100))
        #expect(after.active.contains("gas"))
        after.read("d/lel", "1")
        #expect(!after.active.contains("gas"))
        #expect(after.command("FAN") == .off)
        #expect(after.command("V") == .on, "a valve stays shut")

        let again = AlarmScene([rule], valves: [valve], latches: after.state.latches)
        #expect(again.command("V") == .on)
        #expect(again.active == [])
    }

    @Test func alarmsMadeAnewWithAnotherDocumentLetGoOfNothing() {
        let rule = AlarmConfiguration(
            name: "gas", condition: .lasting(.above("d/lel", 10), .seconds(5)),
            actions: [.on("FAN"), .off("HORN")])
        var scene = AlarmScene([rule])
        scene.read("d/lel", "50")
        scene.pass(.seconds(5))
        #expect(scene.active == ["gas"])

        let known = [scene.reading("d/lel", "50")]
        var after = AlarmScene([rule, smoke], latches: scene.state.carriedOver, knowing: known)
        #expect(after.active == ["gas"])
        #expect(
            after.log.filter { $0.hasPrefix("FAN") || $0.hasPrefix("HORN") } == [
                "FAN on", "HORN off",
            ])
        // What is not latched is not on the disk.
        #expect(after.saved == AlarmLatches())
        after.read("d/lel", "1")
        #expect(after.active == [])
        #expect(after.command("FAN") == .off)
    }

    @Test func alarmsMadeAnewKnowWhichDetectorsAreSilent() throws {
        let rule = AlarmConfiguration(name: "gas", condition: .above("d/lel", 10), actions: [])
        let device = try #require(DeviceIdentifier("d"))
        var scene = AlarmScene([rule], knowing: [.silent(device)])
        #expect(scene.active == ["detector/d"])
        scene.silence("d", false)
        scene.read("d/lel", "1")
        #expect(scene.active == [])
    }

    @Test func latchesOfWhatIsNoMoreAreWithdrawn() {
        let latches = AlarmLatches(
            alarms: ["gone": AlarmLatches.Latch(raisedAt: Timestamp(milliseconds: 5))],
            closedValves: ["lost"])
        let scene = AlarmScene([smoke], latches: latches)
        #expect(scene.told("gone") == ["alarm.withdrawn"])
        #expect(scene.told("lost") == ["alarm.withdrawn"])
        #expect(scene.saved == AlarmLatches())
    }
}

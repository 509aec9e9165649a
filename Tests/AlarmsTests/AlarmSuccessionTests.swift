import Execution
import GPIO
import Metering
import SiteConfiguration
import Testing

@testable import Alarms

/// A document with one alarm changed: the others notice nothing.
struct AlarmSuccessionTests {
    private static let gas = AlarmConfiguration(
        name: "gas", condition: .above("d/lel", 10, hysteresis: 5),
        actions: [.close(valve: "main"), .on("FAN")], isLatched: true)
    private static let smoke = AlarmConfiguration(
        name: "smoke", condition: .lasting(.line("SMOKE"), .seconds(10)), actions: [.on("HORN")])
    private static let valve = ValveConfiguration(
        name: "main", close: .gpio("V"), closed: .gpio("V-SHUT"), pulse: .seconds(2))

    private static func smoke(after seconds: Int) -> AlarmConfiguration {
        AlarmConfiguration(
            name: "smoke", condition: .lasting(.line("SMOKE"), .seconds(seconds)),
            actions: [.on("HORN")])
    }

    private static func scene() -> AlarmScene {
        var scene = AlarmScene([gas, smoke], valves: [valve])
        scene.sense("V-SHUT", false)
        scene.sense("SMOKE", false)
        scene.read("d/lel", "50")
        scene.sense("V-SHUT", true)
        scene.pass(.seconds(3))
        return scene
    }

    @Test func aLatchedAlarmItsValveAndItsFanAreNotTouched() throws {
        let before = Self.scene()
        #expect(before.active == ["gas"])
        #expect(before.command("V") == .off, "its pulse is over")
        var after = AlarmScene(
            [Self.gas, Self.smoke(after: 60)], valves: [Self.valve], after: before)
        #expect(after.log == [], "nobody is told anything, no event is made")
        #expect(after.alarm("gas") == before.alarm("gas"))
        #expect(after.valve("main") == before.valve("main"))
        // It goes on as it would have: between its marks it is still true, below them it is gone.
        after.read("d/lel", "8")
        try after.acknowledge("gas")
        #expect(after.active == ["gas"])
        after.read("d/lel", "4")
        #expect(after.active == [])
        #expect(after.command("FAN") == .off)
    }

    @Test func aConditionThatIsLastingGoesOnLasting() {
        var before = Self.scene()
        before.sense("SMOKE", true)
        before.pass(.seconds(9))
        let other = AlarmConfiguration(
            name: "flood", condition: .line("WATER"), actions: [.on("PUMP")])
        var after = AlarmScene([Self.gas, Self.smoke, other], valves: [Self.valve], after: before)
        #expect(after.log == ["PUMP off"], "only what is new is told how it is to be")
        after.pass(.milliseconds(900))
        #expect(!after.active.contains("smoke"))
        after.pass(.milliseconds(200))
        #expect(after.active.contains("smoke"))
        #expect(after.command("HORN") == .on)
    }

    @Test func anAlarmWhoseOwnRuleHasChangedIsHeldUntilItsConditionIsKnownToBeGone() {
        var before = Self.scene()
        before.sense("SMOKE", true)
        before.pass(.seconds(10))
        #expect(before.active == ["gas", "smoke"])
        var after = AlarmScene(
            [Self.gas, Self.smoke(after: 60)], valves: [Self.valve], after: before)
        #expect(after.active == ["gas", "smoke"])
        #expect(!after.log.contains { $0.hasPrefix("HORN") })
        after.sense("SMOKE", false)
        #expect(after.active == ["gas"])
        #expect(after.command("HORN") == .off)
    }

    @Test func aCommandThatWasOnItsWayIsGivenAgain() {
        var before = AlarmScene([Self.gas], valves: [Self.valve])
        before.slow = [.line(LineName("FAN"))]
        before.read("d/lel", "50")
        let after = AlarmScene([Self.gas, Self.smoke], valves: [Self.valve], after: before)
        #expect(after.log.contains("FAN on"))
    }

    @Test func anAlarmThatIsNoMoreLetsGo() {
        let before = Self.scene()
        let after = AlarmScene([Self.smoke], valves: [Self.valve], after: before)
        #expect(after.told("gas") == ["alarm.withdrawn"])
        // A valve stays shut until somebody opens it.
        #expect(after.valve("main")?.phase == before.valve("main")?.phase)
        #expect(after.valve("main")?.heldBy == [])
        #expect(!after.log.contains { $0.hasPrefix("V ") })
    }

    @Test func alarmsThatHadNotBegunHandOverWhatTheyWereToGoOnWith() {
        let latches = AlarmLatches(
            alarms: ["gas": AlarmLatches.Latch(raisedAt: Timestamp(milliseconds: 5))],
            closedValves: ["main"])
        let program = AlarmProgram(alarms: [Self.gas], valves: [Self.valve], index: { _ in nil })
        let unborn = AlarmSystemState(program, latches: latches)
        var state = AlarmSystemState(program, after: unborn)
        _ = state.start(
            at: Moment(
                monotonic: MonotonicTime(nanoseconds: 0),
                wall: WallTime(Timestamp(milliseconds: 9), isSynchronized: true)))
        #expect(state.latches == latches)
    }

    /// Whatever happens before and after: a change of another alarm makes no difference.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func aChangeOfAnotherAlarmMakesNoDifference(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var kept = AlarmScene([Self.gas, Self.smoke], valves: [Self.valve])
        var changed = kept
        for step in 0..<60 {
            if step % 7 == 3 {
                let other = AlarmConfiguration(
                    name: "flood", condition: .lasting(.line("WATER"), .seconds(step)), actions: [])
                changed = AlarmScene(
                    [Self.gas, Self.smoke, other], valves: [Self.valve], after: changed)
            }
            let value = "\(Int.random(in: 0...15, using: &random))"
            let isActive = Bool.random(using: &random)
            let pause = Duration.milliseconds(Int64.random(in: 0...6_000, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0: inBoth(&kept, &changed) { $0.read("d/lel", value) }
            case 1: inBoth(&kept, &changed) { $0.sense("SMOKE", isActive) }
            case 2: inBoth(&kept, &changed) { $0.sense("V-SHUT", isActive) }
            // Refused where it is not active, in both.
            case 3: inBoth(&kept, &changed) { try? $0.acknowledge("gas") }
            default: inBoth(&kept, &changed) { $0.pass(pause) }
            }
            for name in ["gas", "smoke"] { #expect(kept.alarm(name) == changed.alarm(name)) }
            #expect(kept.valve("main") == changed.valve("main"))
            for line in ["FAN", "HORN", "V"] {
                #expect(kept.command(line) == changed.command(line))
            }
        }
    }

    private func inBoth(
        _ one: inout AlarmScene, _ other: inout AlarmScene, _ body: (inout AlarmScene) -> Void
    ) {
        body(&one)
        body(&other)
    }
}

import Execution
import GPIO
import Lighting
import Metering
import SiteConfiguration
import Telemetry
import Testing

@Suite struct LightingStateTests {
    private let night = window(sun(.sunset), sun(.sunrise))

    @Test func anEveningAtTheRightTime() {
        // Jinan, 1 June 2026, from 12:00; sunset about 19:25, sunrise about 04:54 (UTC+8).
        var world = LightingWorld([circuit("a", night)])
        #expect(world.levels == [0], "told at the start what it is")
        world.pass(until: utc("2026-06-01T11:20"))
        #expect(world.levels == [0])
        world.pass(until: utc("2026-06-01T11:30"))
        #expect(world.levels == [100])
        world.pass(until: utc("2026-06-01T20:50"))
        #expect(world.levels == [100])
        world.pass(until: utc("2026-06-01T21:00"))
        #expect(world.levels == [0])
        #expect(world.events.map(\.kind) == ["circuit.off", "circuit.on", "circuit.off"])
        #expect(world.events.map(\.details) == ["idle", "schedule", "idle"].map { ["reason": $0] })
    }

    @Test func theHighestLevelOfTheEntriesThatHold() {
        var low = night
        low.level = 30
        var world = LightingWorld([circuit("a", low, presence("PIR1"))])
        world.line("PIR1", false)
        world.pass(until: utc("2026-06-01T14:00"))
        #expect(world.levels == [30])
        world.line("PIR1", true)
        world.pass(.milliseconds(50))
        #expect(world.levels == [100], "dimmed up at once")
        world.line("PIR1", false)
        world.pass(.seconds(119))
        #expect(world.levels == [100])
        world.pass(.seconds(2))
        #expect(world.levels == [30])
        #expect(world.status[0].reason == .schedule)
    }

    // MARK: - The safe state

    @Test(arguments: [(.on, 100), (.off, 0)] as [(LightingSafeState, Int)])
    func withoutAClockTheSafeState(_ safe: LightingSafeState, _ level: Int) {
        var world = LightingWorld(
            [circuit("a", safe: safe, night)], at: utc("1970-01-01T04:00"), isSynchronized: false)
        world.pass(.seconds(86_400))
        #expect(world.levels == [level])
        #expect(world.switchings.count == 1)
        #expect(world.status[0].isClockKnown == false)
        world.wallOffset = world.wallOffset + (utc("2026-06-01T04:00") - world.wall)
        world.isSynchronized = true
        world.pass(.seconds(60))
        #expect(world.levels == [0], "noon, as soon as the clock is known")
    }

    @Test func theLossOfTheClockIsBridgedForAWeek() {
        var world = LightingWorld([circuit("a", night)])
        world.isSynchronized = false
        world.pass(.seconds(3_600))
        world.wallOffset = .zero  // An empty battery: 1970.
        world.pass(.seconds(6 * 86_400))
        let lit = world.switchings.filter { $0.level == 100 }
        #expect(lit.count == 6, "every evening")
        #expect(world.levels == [0])
        world.pass(.seconds(86_400))
        #expect(world.levels == [100] && world.status[0].reason == .safeState)
    }

    @Test(arguments: [(.on, 100), (.off, 0)] as [(LightingSafeState, Int)])
    func aDeadSensorBringsTheSafeState(_ safe: LightingSafeState, _ level: Int) {
        var world = LightingWorld([circuit("a", safe: safe, presence("PIR1"))])
        #expect(world.levels == [nil], "the sensor may only not have spoken yet")
        world.pass(.seconds(10))
        #expect(world.levels == [level], "it is dead")
        world.line("PIR1", false)
        world.pass(.seconds(60))
        #expect(world.levels == [0])
        world.line("PIR1", nil)
        world.pass(.seconds(60))
        #expect(world.levels == [level])
        #expect(world.status[0].reason == .safeState)
    }

    @Test func aDeadPhotocellMattersWithinItsWindowAlone() throws {
        var entry = window(clock(18), clock(24))
        entry.photocell = LightingPhotocell(source: .line(line("DUSK")), settle: .seconds(5))
        var world = LightingWorld([circuit("a", entry)])
        #expect(world.levels == [0], "noon: it does not matter")
        world.pass(until: utc("2026-06-01T10:00:10"))
        #expect(world.levels == [100] && world.status[0].reason == .safeState)
        world.line("DUSK", false)
        world.pass(.seconds(60))
        #expect(world.levels == [0])
        world.line("DUSK", true)
        world.pass(.seconds(60))
        #expect(world.levels == [100] && world.status[0].reason == .photocell)
    }

    @Test func lampsDoNotFlashUpWithARestart() {
        var world = LightingWorld([circuit("a", presence("PIR1"))])
        world.pass(.seconds(9))
        world.line("PIR1", false)
        world.pass(.seconds(3_600))
        #expect(world.switchings.map(\.level) == [0])
    }

    // MARK: - Overrides and alarms

    @Test func anOverrideEnds() throws {
        var world = LightingWorld([circuit("a", night)])
        try world.override("a", .on, for: .seconds(1_800))
        world.pass(.seconds(1_799))
        #expect(world.levels == [100])
        #expect(world.status[0].overrideRemaining == .seconds(1))
        world.pass(.seconds(2))
        #expect(world.levels == [0])
        #expect(world.status[0].overrideBy == nil)
        #expect(world.kept == [])
        let overrides = world.events.filter { $0.kind == "circuit.override" }.map(\.details)
        #expect(
            overrides == [
                ["by": "janitor", "command": "on", "for": "1800s"],
                ["by": "end", "command": "auto"],
            ])
    }

    @Test func anOverrideCanBeTakenBack() throws {
        var world = LightingWorld([circuit("a", night)], at: utc("2026-06-01T14:00"))
        #expect(world.levels == [100])
        try world.override("a", .off)
        world.pass(.seconds(1))
        #expect(world.levels == [0], "at once, though it was lit only now")
        try world.override("a", nil)
        world.pass(.seconds(1))
        #expect(world.levels == [100])
    }

    @Test func anOverrideSurvivesARestart() throws {
        var before = LightingWorld([circuit("a", night)])
        try before.override("a", .on, for: .seconds(3_600))
        before.pass(.seconds(600))
        let kept = before.kept
        #expect(kept.count == 1)
        // Ten minutes after the override was given, with the clock known.
        var after = LightingWorld(
            [circuit("a", night)], at: utc("2026-06-01T04:10"), kept: kept)
        #expect(after.levels == [100])
        after.pass(.seconds(2_999))
        #expect(after.levels == [100])
        after.pass(.seconds(2))
        #expect(after.levels == [0])
        // Hours later it is over.
        let late = LightingWorld([circuit("a", night)], at: utc("2026-06-01T08:00"), kept: kept)
        #expect(late.levels == [0])
        // Without a clock it holds as long as was left, or until the clock says better.
        var blind = LightingWorld(
            [circuit("a", safe: .off, night)], at: utc("1970-01-01"), isSynchronized: false,
            kept: kept)
        blind.pass(.seconds(1_000))
        #expect(blind.levels == [100])
        blind.wallOffset = blind.wallOffset + (utc("2026-06-01T05:30") - blind.wall)
        blind.isSynchronized = true
        blind.pass(.seconds(31))
        #expect(blind.levels == [0])
    }

    @Test(
        arguments: [
            ("b", .on, 60, .unknownCircuit("b")), ("a", .level(50), 60, .notDimmed("a")),
            ("a", .level(101), 60, .level(101)), ("a", .on, 0, .duration(.zero)),
            ("a", .on, 604_801, .duration(.seconds(604_801))),
        ] as [(String, LightingCommand, Int, LightingRefusal)])
    func refusesWhatMakesNoSense(
        _ name: String, _ command: LightingCommand, _ seconds: Int, _ refusal: LightingRefusal
    ) {
        var world = LightingWorld([circuit("a", night)])
        #expect(throws: refusal) {
            try world.override(name, command, for: .seconds(seconds))
        }
        #expect(world.status[0].overrideBy == nil)
    }

    @Test func alarmsGoBeforeOverridesUntilTheyReleaseIt() throws {
        var world = LightingWorld([circuit("a", night)])
        try world.override("a", .off, for: .seconds(86_400))
        world.hold("a", by: "gas-leak")
        world.hold("a", isOn: false, by: "flood")
        world.hold("a", by: "smoke")
        world.pass(.seconds(3_600))
        #expect(world.levels == [100] && world.status[0].reason == .alarm)
        #expect(world.status[0].heldBy == ["flood", "gas-leak", "smoke"])
        world.release("a", by: "gas-leak")
        world.pass(.seconds(60))
        #expect(world.levels == [100], "another alarm holds it")
        world.release("a", by: "smoke")
        world.pass(.seconds(60))
        #expect(world.levels == [0] && world.status[0].reason == .alarm)
        world.release("a", by: "flood")
        world.pass(.seconds(60))
        #expect(world.levels == [0] && world.status[0].reason == .override)
    }

    // MARK: - Switching

    @Test func circuitsAreSwitchedOneAfterAnother() {
        let circuits = (0..<32).map {
            circuit("c\($0)", stagger: .milliseconds($0 == 0 ? 1_000 : 200), night)
        }
        var world = LightingWorld(circuits)
        world.pass(.seconds(60))
        world.forgetHistory()
        world.pass(until: utc("2026-06-01T12:00"))
        let times = world.switchings.map(\.time)
        #expect(world.switchings.map(\.circuit) == Array(0..<32))
        #expect(times[0].duration(to: times[1]) == .milliseconds(1_000))
        for (first, second) in zip(times.dropFirst(), times.dropFirst(2)) {
            #expect(first.duration(to: second) == .milliseconds(200))
        }
    }

    @Test func alarmsAreSwitchedBeforeTheRest() {
        var world = LightingWorld((0..<10).map { circuit("c\($0)", night) })
        world.pass(.seconds(60))
        world.forgetHistory()
        world.wallOffset = world.wallOffset + .seconds(12 * 3_600)
        while world.switchings.isEmpty { world.pass(.milliseconds(100)) }
        #expect(world.switchings.count == 1, "midnight at once, and the first of ten is lit")
        world.hold("c9", by: "gas-leak")
        world.pass(.milliseconds(200))
        #expect(world.switchings.last?.circuit == 9)
    }

    @Test func aFailedLineIsTriedAgainAndHoldsUpNoOther() {
        var world = LightingWorld([circuit("a", night), circuit("b", night)])
        world.pass(.seconds(10))
        world.faults = [0: .silent]
        world.pass(until: utc("2026-06-01T12:00"))
        #expect(world.levels == [0, 100])
        #expect(world.status[0].fault == .silent && world.status[0].commanded == nil)
        let attempts = world.switchings.filter { $0.circuit == 0 }.count
        #expect((10...400).contains(attempts), "\(attempts) in half an hour")
        world.faults = [:]
        world.pass(.seconds(61))
        #expect(world.levels == [100, 100] && world.status[0].fault == nil)
        #expect(world.events.filter { $0.kind == "circuit.fault" }.count == 1)
        #expect(world.events.filter { $0.kind == "circuit.restored" }.count == 1)
    }

    @Test func aLineThatWasGoneIsToldAtOnceWhatItIsToBe() throws {
        var world = LightingWorld([circuit("a"), circuit("b")])
        try world.override("a", .on, for: .seconds(7_200))
        world.pass(.seconds(1))
        #expect(world.levels == [100, 0])
        world.faults = [0: .chipMissing("usb")]
        world.forget("A")
        world.pass(.seconds(600))
        #expect(world.status[0].fault == .chipMissing("usb") && world.status[1].fault == nil)
        #expect(world.events.filter { $0.kind == "circuit.fault" }.count == 1)
        world.faults = [:]
        world.forget("A", leaving: 0)
        world.pass(.milliseconds(100))
        #expect(world.levels == [100, 0] && world.status[0].fault == nil)
        #expect(world.events.last?.kind == "circuit.restored")
    }

    @Test func aLineThatWasGoneWhileItWasToldIsToldOnceMore() throws {
        var world = LightingWorld([circuit("a")])
        world.pass(.seconds(1))
        try world.override("a", .on)
        world.pass(.milliseconds(10))
        world.forget("A")
        world.pass(.milliseconds(300))
        #expect(world.levels == [100])
        world.forget("A", leaving: 0)
        world.pass(.seconds(1))
        #expect(world.levels == [100] && world.status[0].commanded == 100)
        #expect(world.switchings.filter { $0.level == 100 }.count == 3)
    }

    @Test func aCommandOnItsWayIsNotOvertaken() throws {
        var world = LightingWorld([circuit("a", night)])
        world.switchingTime = .seconds(3)
        try world.override("a", .on)
        world.pass(.seconds(1))
        try world.override("a", .off)
        world.pass(.seconds(10))
        #expect(world.levels == [0])
        #expect(world.switchings.suffix(2).map(\.level) == [100, 0])
    }

    @Test func whatOthersHaveSwitchedIsPutRight() throws {
        let board = try #require(DeviceIdentifier("board"))
        let relay = PointIdentifier(device: board, point: try #require(PointName("relay.1")))
        let entry = night
        let circuit = LightingCircuit(
            name: "a", line: relayLine(relay), control: [entry])
        var world = LightingWorld([circuit], at: utc("2026-06-01T14:00"))
        world.reading("board/relay.1", ScaledInteger(0))
        world.pass(.seconds(4))
        #expect(world.switchings.count == 1, "a reading may be older than the command")
        world.pass(.seconds(6))
        world.reading("board/relay.1", ScaledInteger(1))
        #expect(world.status[0].sensedOn == true)
        world.reading("board/relay.1", ScaledInteger(0))
        world.pass(.seconds(10))
        #expect(world.switchings.map(\.level) == [100, 100])
        world.reading("board/relay.1", ScaledInteger(0))
        world.pass(.seconds(10))
        #expect(world.switchings.count == 2, "not more than once a minute")
        #expect(world.events.filter { $0.kind == "circuit.deviated" }.count == 1)
        world.reading("board/relay.1", nil)
        #expect(world.status[0].sensedOn == nil)
    }

    @Test func aDeadLampIsToldOnce() throws {
        let watch = LampWatch(
            point: try #require(PointIdentifier("meter/power")), below: ScaledInteger(20),
            after: .seconds(60))
        var world = LightingWorld([circuit("a", lampWatch: watch, night)])
        func pass(_ minutes: Int, power: Int64) {
            for _ in 0..<minutes * 6 {
                world.pass(.seconds(10))
                world.reading("meter/power", ScaledInteger(power))
            }
        }
        pass(10, power: 0)
        #expect(world.status[0].isLampFailed == false, "it is dark")
        world.pass(until: utc("2026-06-01T14:00"))
        pass(10, power: 3)
        #expect(world.status[0].isLampFailed && world.status[0].power == ScaledInteger(3))
        pass(10, power: 40)
        #expect(!world.status[0].isLampFailed)
        let told = world.events.filter { $0.kind.hasPrefix("lamp.") }
        #expect(told.map(\.kind) == ["lamp.failed", "lamp.restored"])
        #expect(told.map(\.severity) == [.warning, .info])
    }

    // MARK: - At rest

    @Test func atRestNothingIsDoneButALookAtTheClock() {
        var world = LightingWorld((0..<32).map { circuit("c\($0)", night, presence("PIR\($0)")) })
        for index in 0..<32 { world.line("PIR\(index)", false) }
        world.pass(.seconds(120))
        world.forgetHistory()
        world.pass(.seconds(3_600))
        #expect(world.switchings.isEmpty)
        #expect(world.wakeUps <= 3_600 / 30 + 1)
    }
}

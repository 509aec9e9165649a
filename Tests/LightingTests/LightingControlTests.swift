import DeviceProfiles
import Execution
import GPIO
import Lighting
import Metering
import Modbus
import SiteConfiguration
import Synchronization
import Telemetry
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct LightingControlTests {
    private let hands = HandClock(utc("2026-06-01T04:00"))
    private let relays = Relays()

    /// Relays and a dimmer that remember what they were told, and an event log.
    private final class Relays: Sendable {
        private let broken = Mutex<Set<String>>([])
        /// What was told, in order: `A on`, `board/level 50`, `circuit.on a`.
        let told: AsyncStream<String>
        private let tell: AsyncStream<String>.Continuation

        init() { (told, tell) = AsyncStream.makeStream() }

        func fail(_ name: String, _ isBroken: Bool) {
            broken.withLock { names in
                if isBroken { names.insert(name) } else { names.remove(name) }
            }
        }

        func line(_ name: String) -> OutputLine {
            OutputLine(LineName(name)) { isActive async throws(LineFault) in
                if self.broken.withLock({ $0.contains(name) }) { throw .silent }
                self.tell.yield("\(name) \(isActive ? "on" : "off")")
            }
        }

        var edges: LightingEdges {
            LightingEdges(
                setLevel: { point, value async throws(LineFault) in
                    if self.broken.withLock({ $0.contains(point.description) }) { throw .silent }
                    self.tell.yield("\(point) \(value)")
                },
                record: { event, lane in self.tell.yield("\(lane) \(event.kind)") },
                keep: { self.tell.yield("keep \($0.count)") })
        }
    }

    private func withControl(
        _ circuits: [LightingCircuit], _ body: (LightingControl) async throws -> Void
    ) async throws {
        let names = circuits.compactMap { $0.line?.name }
        let control = LightingControl(
            circuits.map { ControlProgram($0, local: Zone.shanghai.local, place: jinan) },
            lines: Dictionary(
                uniqueKeysWithValues: names.map { ($0, relays.line($0.description)) }),
            edges: relays.edges, time: hands.source, seed: 1)
        try await withThrowingTaskGroup { group in
            group.addTask { await control.run() }
            try await body(control)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Waits for what is told next, in any order.
    private func expect(_ lines: String...) async {
        var told: [String] = []
        for await line in relays.told {
            told.append(line)
            if told.count == lines.count { break }
        }
        #expect(told.sorted() == lines.sorted())
    }

    /// Lets time pass until something is told. The control has looked at all, and sleeps, before.
    private func pass(_ duration: Duration, _ control: LightingControl) async {
        _ = await control.status
        while hands.sleepers == 0, !Task.isCancelled { await Task.yield() }
        hands.pass(duration)
    }

    @Test func switchesOnItsOwnInTheEvening() async throws {
        try await withControl([circuit("a", window(sun(.sunset), clock(23)))]) { control in
            await expect("A off", "event circuit.off")
            await pass(.seconds(8 * 3_600), control)
            await expect("A on", "event circuit.on")
            #expect(await control.status.map(\.commanded) == [100])
        }
    }

    @Test func peopleAndAlarmsAreHeardAtOnce() async throws {
        try await withControl([circuit("a", stagger: .zero, presence("PIR1"))]) { control in
            await pass(.seconds(10), control)
            await expect("A on", "event circuit.on")  // Nothing known: the safe state.
            #expect(control.observedLines == [LineName("PIR1")])
            control.observe(
                LineChange(LineName("PIR1"), .inactive, at: hands.source.monotonic()))
            await pass(.seconds(31), control)
            await expect("A off", "event circuit.off")
            control.observe(
                LineChange(LineName("PIR1"), .active, at: hands.source.monotonic()))
            await expect("A on", "event circuit.on")
            try await control.override("a", .off, for: .seconds(60), by: "janitor")
            await expect("A off", "event circuit.off", "event circuit.override", "keep 1")
            #expect(await control.hold("a", isOn: true, by: "gas-leak"))
            await expect("A on", "event circuit.on")
            #expect(await control.release("a", by: "gas-leak"))
            await expect("A off", "event circuit.off")
            #expect(await !control.hold("nothing", isOn: true, by: "gas-leak"))
            await #expect(throws: LightingRefusal.unknownCircuit("b")) {
                try await control.override("b", .on, for: .seconds(1), by: "janitor")
            }
        }
    }

    @Test func aFaultIsReportedAndMended() async throws {
        relays.fail("A", true)
        try await withControl([circuit("a", window(clock(0), clock(24)))]) { control in
            await expect("event circuit.fault")
            #expect(await control.status.map(\.fault) == [.silent])
            relays.fail("A", false)
            await pass(.seconds(31), control)
            await expect("A on", "event circuit.on", "event circuit.restored")
        }
    }

    @Test func aDimmerIsSetBeforeItsLineIsSwitched() async throws {
        let device = try #require(DeviceIdentifier("board"))
        let point = PointProfile(
            name: try #require(PointName("level")), range: RegisterRange(.holding, at: 0, count: 1),
            encoding: RegisterEncoding(type: .uint16), access: .readWrite)
        let dimmer = LightingDimmer(device: device, point: point, fullValue: ScaledInteger(200))
        let both = LightingCircuit(
            name: "a", line: line("A"), dimmer: dimmer,
            control: [window(clock(0), clock(24), level: 50)])
        try await withControl([both]) { control in
            await expect("board/level 100", "A on", "event circuit.level")
            relays.fail("board/level", true)
            try await control.override("a", .level(80), for: .seconds(600), by: "janitor")
            await expect("A on", "event circuit.fault", "event circuit.override", "keep 1")
            #expect(await control.status.map(\.commanded) == [nil], "lit, at another level")
        }
    }

    @Test func aReadingReachesTheWatchOverTheLamps() async throws {
        let power = try #require(PointIdentifier("meter/power"))
        let watch = LampWatch(point: power, below: ScaledInteger(20), after: .seconds(1))
        let lit = circuit("a", lampWatch: watch, window(clock(0), clock(24)))
        try await withControl([lit]) { control in
            await expect("A on", "event circuit.on")
            #expect(control.observedPoints == [power])
            control.observe(power, ScaledInteger(3))
            await pass(.seconds(2), control)
            control.observe(power, ScaledInteger(3))
            await expect("event lamp.failed")
        }
    }
}

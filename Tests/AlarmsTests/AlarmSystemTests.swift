import Execution
import GPIO
import Glibc
import Metering
import SiteConfiguration
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Alarms

@Suite(.timeLimit(.minutes(15))) struct AlarmSystemTests {
    private static let gas = AlarmConfiguration(
        name: "gas", condition: .line("GAS"),
        actions: [
            .close(valve: "v"), .on("FAN"), .release(door: "hall"), .stop(charging: "garage"),
        ],
        isLatched: true)
    private static let valve = ValveConfiguration(
        name: "v", close: .gpio("V"), closed: .gpio("SHUT"), within: .seconds(10))

    private func system(
        in world: AlarmWorld, latches: AlarmLatches = AlarmLatches(),
        executor: HomeThread = HomeThread(name: "alarms")
    ) -> AlarmSystem {
        AlarmSystem(
            AlarmProgram(alarms: [Self.gas], valves: [Self.valve], index: { _ in nil }),
            latches: latches, effects: world.effects, time: world.clock.source,
            executor: executor)
    }

    /// Runs alarms while `body` looks on.
    private func withAlarms(
        _ world: AlarmWorld, latches: AlarmLatches = AlarmLatches(),
        _ body: (AlarmSystem) async throws -> Void
    ) async throws {
        let system = system(in: world, latches: latches)
        try await withThrowingTaskGroup { group in
            group.addTask { await system.run() }
            try await world.until { $0.commands.contains("FAN off") }
            try await body(system)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    private func edge(_ line: String, _ isActive: Bool) -> LineChange {
        LineChange(
            LineName(line), LineState(isActive: isActive), at: MonotonicTime(nanoseconds: 0))
    }

    @Test func anEdgeActsInOrderAndIsRecordedAndSaved() async throws {
        let world = AlarmWorld()
        try await withAlarms(world) { system in
            world.forget()
            system.observe(edge("GAS", true))
            try await world.until {
                $0.events.contains("alarm.raised gas") && !$0.saved.isEmpty
                    && $0.commands.count == 4
            }
            expectOrder(in: world)
            #expect(world.state.saved.last?.closedValves == ["v"])
            system.observe(edge("SHUT", true))
            try await world.until { $0.events.contains("valve.closed v") }
            system.observe(edge("GAS", false))
            try await system.acknowledge("gas", by: "ann")
            try await world.until { $0.events.contains("alarm.cleared gas") }
        }
    }

    /// The threads of the common pool may all be busy: with sealing a batch, say.
    @Test func actingWaitsForNoThreadOfTheCommonPool() async throws {
        let world = AlarmWorld()
        let width = sysconf(CInt(_SC_NPROCESSORS_ONLN))
        try await withAlarms(world) { system in
            world.forget()
            let edge = edge("GAS", true)
            let hasActed = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<width {
                    group.addTask(executorPreference: globalConcurrentExecutor) {
                        var count = 0
                        world.change {
                            $0.blockers += 1
                            count = $0.blockers
                        }
                        if count == width { system.observe(edge) }
                        return Self.block { world.state.commands.contains("V on") }
                    }
                }
                return await group.allSatisfy { $0 }
            }
            #expect(hasActed)
        }
    }

    /// Blocks its thread until something is so, for 20 s at most.
    private static func block(until isSo: () -> Bool) -> Bool {
        for _ in 0..<20_000 {
            if isSo() { return true }
            usleep(1_000)
        }
        return false
    }

    /// With a cache that never returns, and a disk that takes nothing.
    @Test func actingWaitsForNothing() async throws {
        let world = AlarmWorld()
        world.change { $0.isRecordingStuck = true }
        try await withAlarms(world) { system in
            for _ in 0..<20 {
                world.forget()
                system.observe(edge("GAS", true))
                try await world.until { $0.commands.contains("FAN on") }
                system.observe(edge("GAS", false))
                while await system.status.alarms.first?.phase != .latched { await Task.yield() }
                try await system.acknowledge("gas", by: "ann")
                try await world.until { $0.commands.contains("FAN off") }
            }
            world.change { $0.isRecordingStuck = false }
        }
    }

    @Test func aThreadThatTheDiskBlocksIsNotTheOneThatActs() async throws {
        let world = AlarmWorld()
        world.change { $0.isDiskStuck = true }
        try await withAlarms(world) { system in
            system.observe(edge("GAS", true))
            try await world.until { !$0.saved.isEmpty }
            world.forget()
            system.observe(edge("GAS", false))
            try await system.acknowledge("gas", by: "ann")
            try await world.until { $0.commands.contains("FAN off") }
            world.change { $0.isDiskStuck = false }
        }
    }

    /// A relay board that takes its time holds up no other output.
    @Test func aSlowValveHoldsUpNoFan() async throws {
        let world = AlarmWorld()
        try await withAlarms(world) { system in
            world.change { $0.isSlow = true }
            world.forget()
            system.observe(edge("GAS", true))
            try await world.until { $0.commands.contains("hall on") }
            #expect(!world.state.commands.contains("V on"))
            world.change { $0.isSlow = false }
            try await world.until { $0.commands.contains("V on") }
        }
    }

    @Test func aCommandThatFailsIsGivenAgainWhenItsTimeHasCome() async throws {
        let world = AlarmWorld()
        try await withAlarms(world) { system in
            world.change { $0.broken = ["FAN"] }
            system.observe(edge("GAS", true))
            try await world.until { $0.events.contains("alarm.outputFailed FAN") }
            world.change { $0.broken = [] }
            world.forget()
            while !world.state.commands.contains("FAN on") {
                world.clock.pass(.milliseconds(100))
                await Task.yield()
            }
        }
    }

    @Test func aTestReportsWhatItFound() async throws {
        let world = AlarmWorld()
        try await withAlarms(world) { system in
            system.observe(edge("GAS", false))
            system.observe(edge("SHUT", false))
            while await system.status.valves.first?.contact != .inactive { await Task.yield() }
            async let report = system.test("gas", by: "ann")
            while await system.status.testing == nil { await Task.yield() }
            while await system.status.testing != nil {
                world.clock.pass(.milliseconds(200))
                await Task.yield()
            }
            let hasPassed = try await report.hasPassed
            #expect(hasPassed)
        }
    }

    @Test func aTestThatIsCutShortSaysSo() async throws {
        let world = AlarmWorld()
        let system = system(in: world)
        let report = try await withThrowingTaskGroup(of: AlarmTestReport?.self) { group in
            group.addTask {
                await system.run()
                return nil
            }
            try await world.until { $0.commands.contains("FAN off") }
            group.addTask { try await system.test("gas", by: "ann") }
            while await system.status.testing == nil { await Task.yield() }
            group.cancelAll()
            return try await group.reduce(nil) { $0 ?? $1 }
        }
        #expect(report?.ending == .interrupted)
    }

    @Test func latchesActAtOnceWhenItStarts() async throws {
        let world = AlarmWorld()
        let latches = AlarmLatches(
            alarms: ["gas": AlarmLatches.Latch(raisedAt: Timestamp(milliseconds: 1))])
        let system = system(in: world, latches: latches)
        try await withThrowingTaskGroup { group in
            group.addTask { await system.run() }
            try await world.until { $0.commands.count == 4 }
            group.cancelAll()
        }
        expectOrder(in: world)
    }

    /// Valves, then lines; then other services, each in its own time.
    private func expectOrder(
        in world: AlarmWorld, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let commands = world.state.commands
        #expect(commands.prefix(2) == ["V on", "FAN on"], sourceLocation: sourceLocation)
        #expect(
            commands.dropFirst(2).sorted() == ["garage stopped", "hall on"],
            sourceLocation: sourceLocation)
    }

    /// How long from an edge to the call that switches the line. Printed.
    @Test func fromEdgeToLine() async throws {
        let world = AlarmWorld()
        let clock = ContinuousClock()
        var times: [Duration] = []
        try await withAlarms(world) { system in
            for _ in 0..<500 {
                world.forget()
                let start = clock.now
                system.observe(edge("GAS", true))
                while world.state.shutAt == nil { await Task.yield() }
                times.append(start.duration(to: world.state.shutAt ?? start))
                system.observe(edge("GAS", false))
                while await system.status.alarms.first?.phase != .latched { await Task.yield() }
                try await system.acknowledge("gas", by: "ann")
                try await system.openValve("v", by: "ann")
                try await world.until { $0.commands.contains("V off") }
            }
        }
        times.sort()
        print("edge to line: median \(times[250]), p99 \(times[495]), worst \(times[499])")
    }
}

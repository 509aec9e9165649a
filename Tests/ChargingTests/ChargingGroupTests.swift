import Charging
import DeviceProfiles
import Execution
import GPIO
import Metering
import SiteConfiguration
import Synchronization
import Telemetry
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct ChargingGroupTests {
    private let hands = HandClock(Timestamp(milliseconds: 1_795_461_442_000))
    private let field = Field()

    /// Chargers that remember what they were told, and an event log.
    private final class Field: Sendable {
        private let broken = Mutex<Set<String>>([])
        /// What was told, in order: `a 12 A`, `event charger.stopped`, `keep 1`.
        let told: AsyncStream<String>
        private let tell: AsyncStream<String>.Continuation

        init() { (told, tell) = AsyncStream.makeStream() }

        func fail(_ name: String, _ isBroken: Bool) {
            broken.withLock { names in
                if isBroken { names.insert(name) } else { names.remove(name) }
            }
        }

        var edges: ChargingEdges {
            ChargingEdges(
                tell: { charger, current in
                    self.tell.yield("\(charger.name) \(current)")
                    return self.broken.withLock { $0.contains(charger.name) } ? .silent : nil
                },
                prepare: { charger, fallback in
                    self.tell.yield("prepare \(charger.name) \(fallback)")
                    return nil
                },
                record: { event, lane in self.tell.yield("\(lane) \(event.kind)") },
                keep: { self.tell.yield("keep \($0.count)") })
        }
    }

    private func withGroup(
        _ configuration: ChargingGroupConfiguration,
        _ body: (ChargingGroup) async throws -> Void
    ) async throws {
        let group = ChargingGroup(
            configuration, stops: [], edges: field.edges, time: hands.source, seed: 1)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { await group.run() }
            try await body(group)
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
    }

    /// Waits for what is told next, in any order.
    private func expect(_ lines: String...) async {
        var told: [String] = []
        for await line in field.told {
            told.append(line)
            if told.count == lines.count { break }
        }
        #expect(told.sorted() == lines.sorted())
    }

    /// Lets time pass until something is told. The group sleeps before time passes.
    private func pass(_ duration: Duration) async {
        while hands.sleepers == 0, !Task.isCancelled { await Task.yield() }
        hands.pass(duration)
    }

    /// Waits until the group has heard that its chargers have taken what they were told.
    private func until(_ group: ChargingGroup, hasConfirmed currents: [Amperes]) async {
        while await group.status.chargers.map(\.confirmed) != currents, !Task.isCancelled {
            await Task.yield()
        }
    }

    @Test func chargersAreToldAndPeopleAreHeard() async throws {
        let both = Chargers.group(
            limit: 24, Chargers.charger("a", maximum: 16), Chargers.charger("b", maximum: 16))
        try await withGroup(both) { group in
            for name in ["a", "b"] {
                group.observe(
                    Chargers.identifier("\(name)/status.charging"), .number(ScaledInteger(2)))
                for phase in ["l1", "l2", "l3"] {
                    group.observe(
                        Chargers.identifier("\(name)/current.\(phase)"),
                        .number(ScaledInteger(125, exponent: -1)))
                }
            }
            await expect(
                "event charging.started", "event charging.started", "a 12 A", "b 12 A")
            try await group.stop("a", for: nil, by: "janitor")
            await expect("a 0 A", "event charger.stopped", "keep 1")
            await until(group, hasConfirmed: [0, 12])
            await pass(.seconds(10))
            await expect("b 16 A")
            await until(group, hasConfirmed: [0, 16])
            try await group.start("a", by: "janitor")
            await expect("b 12 A", "event charger.started", "keep 0")
            await until(group, hasConfirmed: [0, 12])
            await pass(.seconds(10))
            await expect("a 12 A")
            #expect(await group.hold(nil, by: "smoke"))
            await expect("a 0 A", "b 0 A")
            #expect(await !group.hold("c", by: "smoke"))
            await #expect(throws: ChargingRefusal.unknownCharger("c")) {
                try await group.start("c", by: "janitor")
            }
        }
    }

    @Test func aChargerIsSetUpAndAFaultIsReported() async throws {
        let point = try #require(PointName("config.failsafe"))
        let one = Chargers.group(
            limit: 40, Chargers.charger("a", maximum: 16, profileFallback: .point(point)),
            Chargers.charger("b", maximum: 16))
        field.fail("b", true)
        try await withGroup(one) { group in
            await pass(.seconds(10))  // Nobody was heard.
            await expect("prepare a 20 A", "a 16 A", "b 16 A", "event charger.fault")
            field.fail("b", false)
            await pass(.seconds(2))
            await expect("b 16 A", "event charger.restored")
        }
    }
}

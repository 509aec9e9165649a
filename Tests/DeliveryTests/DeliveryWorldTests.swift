import Delivery
import Execution
import Metering
import Telemetry
import Testing

/// Everything at once: whatever goes wrong and whenever, every batch arrives, once, in order.
@Suite struct DeliveryWorldTests {
    private static let filters: [ShareFilter] = [
        ShareFilter(nil), ShareFilter(nil),
        ShareFilter(ShareFilter.Selection(kinds: ["heat-meter"], subjects: ["b1-u1"])),
        ShareFilter(
            ShareFilter.Selection(
                every: LocalIntervals(every: .seconds(60)), subjects: ["b1-u1", "b1-u2"])),
    ]

    private static func settings(_ random: inout SeededRandom) -> DeliverySettings {
        let format = TestFormat.allCases.randomElement(using: &random) ?? .linli
        var settings = DeliverySettings(
            site: "s1", destination: "city", format: format,
            waitsForPlatform: format.hasAcknowledgement)
        settings.window = Int.random(in: 1...8, using: &random)
        settings.drainPerSecond = Int.random(in: 1...20, using: &random)
        return settings
    }

    @Test(arguments: 0..<120 as Range<UInt64>)
    func everyBatchArrivesOnceAndInOrder(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let filter = Self.filters[Int(seed % 4)]
        var world = SimulatedDelivery(Self.settings(&random), filter: filter, seed: seed)
        if seed % 5 == 0, world.settings.format.hasParts {
            world.destination.largest = world.settings.format is LinliFormat ? 600 : 1_000
            world.destination.tellsLargest = seed % 2 == 0
        }
        for _ in 0..<Int.random(in: 3...10, using: &random) {
            world.destination.weather = Set(
                SimulatedDestination.Weather.allCases.shuffled(using: &random)
                    .prefix(Int.random(in: 0...3, using: &random)))
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                live(&world, &random)
            }
            // Nothing is on its way to a platform that has been away for a moment.
            if world.destination.weather.contains(.platformAway) { world.run(for: .seconds(6)) }
            world.destination.weather.remove(.platformAway)
            if Int.random(in: 0..<2, using: &random) == 0 { world.restart() }
            if Int.random(in: 0..<3, using: &random) == 0 { world.destination.drop(at: world.now) }
        }
        world.destination.weather = []
        // A batch that everybody gets, so that nothing stays behind as not shared.
        for lane in Lane.allCases { world.append(gap, to: lane) }
        world.finish(within: .seconds(7_200))
        #expect(world.isDone == true)
        #expect(world.wrongs + world.destination.wrongs == [])
        try checkContent(world)
        checkOrder(world)
        if world.destination.largest == nil { checkPace(world) }
        for lane in Lane.allCases { #expect(world.cursors[lane] == world.heads[lane]) }
    }

    private let gap = StoredContent.events("cache.gap", of: "reading")

    /// Some time in which batches are appended, and cursors may reach the disk.
    private func live(_ world: inout SimulatedDelivery, _ random: inout SeededRandom) {
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            switch Int.random(in: 0..<10, using: &random) {
            case 0: world.append(StoredContent.events("door.forced"), to: .alarm)
            case 1: world.append(StoredContent.events("a.b", of: "b1-u2"), to: .event)
            case 2: world.append(StoredContent.events("device.silent"), to: .event)
            default:
                let kind = ["heat-meter", "gas-meter", "gas-meter"].randomElement(using: &random)
                var values: [Int64] = [world.heads[.reading] ?? 0, 7]
                if world.destination.largest != nil {
                    values = (0..<160).map { _ in Int64.random(in: 0..<1 << 32, using: &random) }
                }
                let series = StoredContent.series(
                    "b1-u1/energy", kind: kind ?? "", values,
                    from: .seconds(20 * (world.heads[.reading] ?? 0)))
                world.append(StoredContent.readings(series), to: .reading)
            }
        }
        if Int.random(in: 0..<4, using: &random) == 0 { world.flush() }
        world.run(for: .milliseconds(Int64.random(in: 0...20_000, using: &random)))
    }

    /// Each message holds what is shared of the batches it covers, and no batch is left out.
    private func checkContent(_ world: SimulatedDelivery) throws {
        for lane in Lane.allCases {
            var filter = world.filter
            var expected: [IdempotencyKey: (series: Set<Series>, events: [Event])] = [:]
            for stored in world.cache[lane] ?? [] {
                let shared = filter.shared(of: try stored.decoded())
                guard let key = world.destination.keyOfBatch[lane]?[stored.sequence] else {
                    #expect(!world.settings.format.hasParts && shared == nil)
                    continue
                }
                let before = expected[key] ?? ([], [])
                expected[key] = (
                    before.series.union(shared?.content ?? []),
                    before.events + (shared?.events ?? [])
                )
            }
            for (key, content) in expected where world.settings.format.hasParts {
                let batches = try received(key, by: world)
                let samples = batches.flatMap(\.series).flatMap(\.samples)
                #expect(Set(samples) == Set(content.series.flatMap(\.samples)))
                #expect(Set(batches.flatMap(\.events)) == Set(content.events))
            }
        }
    }

    /// What came under a key: the whole, or all its parts.
    private func received(_ key: IdempotencyKey, by world: SimulatedDelivery) throws -> [Batch] {
        let keys = [key] + (world.destination.parts[key] ?? []).map { key.part($0) }
        return try keys.compactMap { key in
            guard let payload = world.destination.stored[key]?.first else { return nil }
            let message = try world.settings.read(payload)
            #expect(message?.key == key)
            return message?.batch
        }
    }

    /// Messages first arrive in the order of their lane, whatever was lost or refused: a platform
    /// that takes a lower number for a repetition loses nothing.
    private func checkOrder(_ world: SimulatedDelivery) {
        for lane in Lane.allCases {
            let arrivals = world.destination.arrivals.filter { $0.lane == lane }
            for (earlier, later) in zip(arrivals, arrivals.dropFirst()) {
                #expect(earlier.sequences.lowerBound <= later.sequences.lowerBound, "\(later)")
            }
        }
    }

    /// From any message on: a second's worth of backlog, what the rate allows, what was
    /// appended meanwhile, and after each return to the cursor the newest of each lane.
    private func checkPace(_ world: SimulatedDelivery) {
        let sent = world.sent.filter { !$0.isResent }.map(\.at)
        let rate = Double(world.settings.drainPerSecond)
        let free = Double(world.rewinds * (Lane.allCases.count + Int(rate)))
        for first in stride(from: 0, to: sent.count, by: 7) {
            for last in stride(from: first, to: sent.count, by: 7) {
                let passed = sent[first].duration(to: sent[last]).inSeconds
                let appended = world.appends.count { $0.at >= sent[first] && $0.at <= sent[last] }
                let allowed = rate * (passed + 1) + Double(appended) + free + 3
                #expect(Double(last - first) <= allowed)
            }
        }
    }
}

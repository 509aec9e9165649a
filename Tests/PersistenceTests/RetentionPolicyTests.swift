import Execution
import Telemetry
import Testing

@testable import Persistence

struct RetentionPolicyTests {
    /// Whatever the cache holds: what is dropped, and what is kept, is as the rules have it.
    @Test(arguments: UInt64(0)..<300)
    func keepsTheRulesWhateverTheCacheHolds(seed: UInt64) {
        let scene = Scene(seed: seed)
        let drops = scene.policy.decide(
            scene.windows, delivered: scene.cursors, excess: scene.excess, for: scene.lane,
            now: scene.now)
        let dropped = scene.holdings { lane, holding in
            drops.contains { $0.lane == lane && $0.sequences.contains(holding.sequence) }
        }

        // Within a lane, the oldest go first.
        for lane in Lane.allCases {
            let count = dropped[lane].count
            #expect(dropped[lane] == Array(scene.windows[lane].oldest.prefix(count)))
        }
        // Drops say what is in them, and do not overlap.
        #expect(drops.reduce(0) { $0 + $1.batches } == scene.count(dropped))
        for drop in drops {
            let inside = dropped[drop.lane].filter { drop.sequences.contains($0.sequence) }
            #expect(drop.batches == inside.count)
            #expect(drop.readings == inside.reduce(0) { $0 + $1.readings })
            #expect(drop.bytes == inside.reduce(0) { $0 + $1.bytes })
            #expect(inside.allSatisfy { drop.times.contains($0.firstTime) })
            #expect(inside.allSatisfy { drop.times.contains($0.lastTime) })
            for holding in inside {
                let missing = scene.cursors.filter { $0.through[drop.lane] < holding.sequence }
                #expect(drop.missedBy == missing.map(\.name).sorted())
            }
            #expect((drop.gap == nil) == drop.missedBy.isEmpty)
        }
        // Enough is freed, or nothing is left but alarms that somebody misses.
        let freed = drops.reduce(Int64(0)) { $0 + $1.bytes }
        let kept = Lane.allCases.filter { dropped[$0].count < scene.windows[$0].oldest.count }
        #expect(freed >= scene.excess || kept.isEmpty || scene.lane != .alarm && kept == [.alarm])
        expectOrder(of: drops, dropped, in: scene)
    }

    /// What was dropped for want of room was dropped in the right order, and no more than needed.
    private func expectOrder(
        of drops: [RetentionPolicy.Drop], _ dropped: PerLane<[RetentionPolicy.Holding]>,
        in scene: Scene
    ) {
        let forSize = drops.filter { $0.reason == .size }
        let keepsDelivered = Lane.allCases.contains { lane in
            scene.windows[lane].oldest.dropFirst(dropped[lane].count).first.map {
                scene.isDelivered($0, lane)
            } ?? false
        }
        let undelivered = forSize.filter { !$0.missedBy.isEmpty }
        #expect(undelivered.isEmpty || !keepsDelivered)
        func isEmptied(_ lane: Lane) -> Bool {
            dropped[lane].count == scene.windows[lane].oldest.count
        }
        if undelivered.contains(where: { $0.lane == .event }) { #expect(isEmptied(.reading)) }
        if undelivered.contains(where: { $0.lane == .alarm }) {
            #expect(scene.lane == .alarm && isEmptied(.reading) && isEmptied(.event))
        }
        // Without the last batch dropped there would not have been room.
        let freed = drops.reduce(Int64(0)) { $0 + $1.bytes }
        let lasts = forSize.compactMap { drop in dropped[drop.lane].last?.bytes }
        #expect(forSize.isEmpty || lasts.contains { freed - $0 < scene.excess })
    }

    @Test(arguments: UInt64(0)..<200)
    func dropsWhatIsTooOldAndNothingYoungForIt(seed: UInt64) {
        var scene = Scene(seed: seed)
        scene.excess = 0
        let drops = scene.policy.decide(
            scene.windows, delivered: scene.cursors, excess: 0, for: scene.lane, now: scene.now)
        #expect(drops.allSatisfy { $0.reason == .age })
        guard let now = scene.now else {
            #expect(drops.isEmpty)
            return
        }
        for lane in Lane.allCases {
            let last = drops.last { $0.lane == lane }?.sequences.upperBound ?? 0
            for holding in scene.windows[lane].oldest where holding.isTimeKnown {
                let age = now - holding.lastTime
                if holding.sequence > last { #expect(age <= scene.policy.maximumAge) }
                if holding.sequence == last {
                    #expect(age > scene.policy.maximumAge - scene.policy.ageSlack)
                }
            }
        }
    }

    @Test func waitsForAFullViewBeforeItTouchesWhatIsMoreUrgent() {
        let policy = RetentionPolicy(maximumAge: .seconds(100))
        let one = RetentionPolicy.Holding(
            sequence: 1, readings: 1, payloadBytes: 1, bytes: 1, firstTime: .start,
            lastTime: .start, isTimeKnown: true)
        var windows = PerLane(repeating: RetentionPolicy.Window())
        windows.reading = RetentionPolicy.Window(oldest: [one], isComplete: false)
        windows.alarm = RetentionPolicy.Window(oldest: [one], isComplete: true)
        let behind = RetentionPolicy.DestinationCursor(
            name: "city", through: PerLane(repeating: 0))
        let drops = policy.decide(windows, delivered: [behind], excess: 100, for: .alarm, now: nil)
        #expect(drops.map(\.lane) == [.reading])
    }
}

/// A cache made up by a seed.
private struct Scene {
    var policy = RetentionPolicy(maximumAge: .seconds(10_000))
    var windows = PerLane(repeating: RetentionPolicy.Window())
    var cursors: [RetentionPolicy.DestinationCursor] = []
    var excess: Int64
    var lane: Lane
    var now: Timestamp?

    init(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var end = Timestamp.start
        for lane in Lane.allCases {
            var time = Timestamp.start
            var sequence = Int64.random(in: 1...50, using: &random)
            for _ in 0..<Int.random(in: 0...30, using: &random) {
                let first = time + .seconds(Int.random(in: 0...900, using: &random))
                time = first + .seconds(Int.random(in: 0...60, using: &random))
                windows[lane].oldest.append(
                    RetentionPolicy.Holding(
                        sequence: sequence, readings: Int.random(in: 0...99, using: &random),
                        payloadBytes: 1, bytes: Int64.random(in: 1...5_000, using: &random),
                        firstTime: first, lastTime: time,
                        isTimeKnown: Int.random(in: 0..<8, using: &random) > 0))
                sequence += Int64.random(in: 1...8, using: &random) / 8 + 1
            }
            end = max(end, time)
        }
        for name in ["city", "gas", "heat"].prefix(Int.random(in: 0...3, using: &random)) {
            var through = PerLane<Int64>(repeating: 0)
            for lane in Lane.allCases { through[lane] = Int64.random(in: 0...90, using: &random) }
            cursors.append(RetentionPolicy.DestinationCursor(name: name, through: through))
        }
        excess = Int64.random(in: 0...150_000, using: &random)
        lane = Lane.allCases[Int.random(in: 0..<3, using: &random)]
        now = Int.random(in: 0..<4, using: &random) == 0 ? nil : end
    }

    func isDelivered(_ holding: RetentionPolicy.Holding, _ lane: Lane) -> Bool {
        cursors.allSatisfy { $0.through[lane] >= holding.sequence }
    }

    func holdings(
        where condition: (Lane, RetentionPolicy.Holding) -> Bool
    ) -> PerLane<[RetentionPolicy.Holding]> {
        var found = PerLane<[RetentionPolicy.Holding]>(repeating: [])
        for lane in Lane.allCases {
            found[lane] = windows[lane].oldest.filter { condition(lane, $0) }
        }
        return found
    }

    func count(_ holdings: PerLane<[RetentionPolicy.Holding]>) -> Int {
        Lane.allCases.reduce(0) { $0 + holdings[$1].count }
    }

    func count(_ windows: PerLane<RetentionPolicy.Window>) -> Int {
        Lane.allCases.reduce(0) { $0 + windows[$1].oldest.count }
    }
}

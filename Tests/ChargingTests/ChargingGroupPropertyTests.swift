import Charging
import Execution
import Metering
import SiteConfiguration
import Testing

/// Groups of any kind through all that happens to them, checked at every moment.
@Suite struct ChargingGroupPropertyTests {
    private func group(_ random: inout SeededRandom, hasFeeder: Bool) -> ChargingGroupConfiguration
    {
        let count = Int.random(in: 2...8, using: &random)
        let chargers = (0..<count).map { index in
            let phases: [MainsPhase] =
                [[.l1], [.l2], [.l3], [.l1, .l2, .l3]].randomElement(using: &random)!
            return Chargers.charger(
                "charger-\(index)", maximum: [10, 16, 32].randomElement(using: &random)!,
                phases: phases)
        }
        let limit = Amperes(Int.random(in: 6...120, using: &random))
        return ChargingGroupConfiguration(
            name: "garage", limit: limit, turn: .seconds(300), chargers: chargers,
            feeder: hasFeeder
                ? Chargers.feeder(
                    limit: Amperes(Int.random(in: 20...200, using: &random)),
                    includesChargers: Bool.random(using: &random),
                    withoutReadings: [0, 6, 12].randomElement(using: &random)!) : nil)
    }

    /// What the gateway before has left behind: within the limit.
    private func registers(
        _ group: ChargingGroupConfiguration, _ random: inout SeededRandom
    ) -> [Int] {
        var left = PhaseCurrents(group.limit)
        return group.chargers.map { charger in
            let room = charger.phases.map { left[$0] }.min() ?? 0
            let current = Amperes(
                Int.random(in: 0...min(room, charger.maximum).count, using: &random))
            guard current >= 6 else { return 0 }
            for phase in charger.phases { left[phase] = left[phase] - current }
            return current.count
        }
    }

    private func happen(to world: inout ChargingWorld, _ random: inout SeededRandom) throws {
        let index = world.points.indices.randomElement(using: &random)!
        let name = world.group.chargers[index].name
        switch Int.random(in: 0..<14, using: &random) {
        case 0, 1, 2: world.points[index].hasCar.toggle()
        case 3, 4: world.points[index].isReached.toggle()
        case 5, 6: world.points[index].answers.toggle()
        case 7: world.points[index].refuses.toggle()
        case 8:
            world.points[index].latency =
                .milliseconds(Int.random(in: 2...1_500, using: &random))
        case 9: try world.stop(name, for: Bool.random(using: &random) ? .seconds(90) : nil)
        case 10: try world.start(name)
        case 11: world.hold(Bool.random(using: &random) ? name : nil)
        case 12:
            world.release(nil)
            world.release(name)
        default:
            world.restart(
                hasArrived: Bool.random(using: &random),
                seed: UInt64.random(in: 0...1_000, using: &random))
        }
    }

    private func calm(_ world: inout ChargingWorld) throws {
        for index in world.points.indices {
            world.points[index].isReached = true
            world.points[index].answers = true
            world.points[index].refuses = false
            world.points[index].latency = .milliseconds(40)
            try world.start(world.group.chargers[index].name)
            world.release(world.group.chargers[index].name)
        }
        world.release(nil)
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func theLimitIsNeverExceeded(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let group = group(&random, hasFeeder: false)
        var world = ChargingWorld(group, registers: registers(group, &random), seed: seed)
        var worst: [String] = []
        func look(_ world: inout ChargingWorld) {
            let granted = world.granted
            for phase in MainsPhase.allCases where granted[phase] > group.limit {
                worst.append("\(world.now): \(granted[phase]) on \(phase)")
            }
            for (index, charger) in world.status.enumerated()
            where Amperes(world.limit(of: index)) > charger.reserved {
                worst.append("\(charger.name) has more than is kept for it")
            }
        }
        for _ in 0..<40 {
            try happen(to: &world, &random)
            world.pass(.milliseconds(Int.random(in: 1...20_000, using: &random)), look)
        }
        #expect(worst.isEmpty, "\(worst.prefix(3))")
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func inTheEndAllIsUsedAndNothingFlaps(seed: UInt64) throws {
        var random = SeededRandom(seed: seed &+ 10_000)
        let group = group(&random, hasFeeder: seed % 3 == 0)
        var world = ChargingWorld(group, registers: registers(group, &random), seed: seed)
        for _ in 0..<20 {
            try happen(to: &world, &random)
            world.pass(.milliseconds(Int.random(in: 1...20_000, using: &random)))
        }
        try calm(&world)
        world.pass(.seconds(240))
        let settled = world.registers
        var left = world.groupStatus.available
        for (charger, register) in zip(group.chargers, settled) {
            for phase in charger.phases { left[phase] = left[phase] - Amperes(register) }
        }
        var isSomebodyWaiting = false
        for (index, charger) in group.chargers.enumerated() {
            let room = charger.phases.map { left[$0] }.min() ?? 0
            #expect(room >= 0)
            guard world.points[index].hasCar else {
                #expect(settled[index] == 0, "nobody is there")
                continue
            }
            if settled[index] == 0 { isSomebodyWaiting = true }
            let wish = settled[index] == 0 ? group.minimum : Amperes(1)
            #expect(
                room < wish || settled[index] == charger.maximum.count,
                "\(charger.name) could have more")
        }
        guard !isSomebodyWaiting else { return }
        world.forgetHistory()
        world.pass(.seconds(290)) { world in
            #expect(world.registers == settled, "nothing changes while nothing happens")
        }
        #expect(world.events.isEmpty)
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func nobodyStarves(seed: UInt64) {
        var random = SeededRandom(seed: seed &+ 20_000)
        let count = Int.random(in: 2...8, using: &random)
        let chargers = (0..<count).map { index in
            Chargers.charger(
                "charger-\(index)", maximum: 32,
                phases: index == 0
                    ? MainsPhase.allCases
                    : [[.l1], [.l1, .l2, .l3]]
                        .randomElement(using: &random)!)
        }
        let limit = Amperes(Int.random(in: 6...20, using: &random))
        let turn = Duration.seconds(100)
        var world = ChargingWorld(
            ChargingGroupConfiguration(
                name: "garage", limit: limit, turn: turn, chargers: chargers), seed: seed)
        var served = [Int](repeating: 0, count: count)
        let rounds = count * 4
        for _ in 0..<rounds * 10 {
            world.pass(.seconds(10))
            for index in served.indices where world.drawn(by: index) > 0 { served[index] += 1 }
        }
        let least = served.min() ?? 0
        // As many at once as fit, each for a turn: nobody has less than half of what is his.
        let atOnce = min(count, limit.count / 6)
        #expect(least >= rounds * 10 * atOnce / count / 2, "\(served)")
    }

    /// A start from anything: registers above the limit, which is back as soon as it can be.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func aRestartAssumesNothing(seed: UInt64) {
        var random = SeededRandom(seed: seed &+ 30_000)
        let group = group(&random, hasFeeder: false)
        let registers = group.chargers.map {
            Int.random(in: 0...$0.maximum.count, using: &random)
        }
        var world = ChargingWorld(group, registers: registers, seed: seed)
        // One second until all are heard, a command, and the car follows.
        world.pass(.seconds(7))
        world.pass(.seconds(60)) { world in
            for phase in MainsPhase.allCases {
                #expect(world.granted[phase] <= group.limit)
            }
        }
    }

    /// A feeder whose others come and go: once they have, the whole is back within its limit.
    @Test(arguments: 0..<30 as Range<UInt64>)
    func aFeederIsRelievedWithinItsBound(seed: UInt64) throws {
        var random = SeededRandom(seed: seed &+ 40_000)
        let group = group(&random, hasFeeder: true)
        let feeder = try #require(group.feeder)
        var world = ChargingWorld(group, seed: seed)
        world.pass(.seconds(60))
        for _ in 0..<8 {
            for phase in MainsPhase.allCases {
                world.others[phase] = Amperes(
                    Int.random(in: 0...feeder.limit.count * 5 / 4, using: &random))
            }
            let index = world.points.indices.randomElement(using: &random)!
            world.points[index].hasCar.toggle()
            // Two polls that say so, a command, and the car follows.
            world.pass(.seconds(3 + 1 + 6))
            world.pass(.milliseconds(Int.random(in: 1...90_000, using: &random))) { world in
                let drawn = world.drawn
                for phase in MainsPhase.allCases {
                    #expect(
                        drawn[phase] + world.others[phase] <= feeder.limit || drawn[phase] == 0,
                        "\(phase): \(drawn[phase]) beside \(world.others[phase])")
                }
            }
        }
    }
}

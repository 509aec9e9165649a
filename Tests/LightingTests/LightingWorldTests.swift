import Execution
import GPIO
import Lighting
import Metering
import SiteConfiguration
import SolarTime
import Testing

/// Weeks and a year of a site in virtual time: people, clouds, dead lines, steps of the clock.
@Suite struct LightingWorldTests {
    /// 0 follows the sun, 1 the clock, 2 people, 3 a photocell; 4 and 5 are also overridden and
    /// held by alarms.
    private static func circuits(_ random: inout SeededRandom) -> [LightingCircuit] {
        var presenceAtNight = window(sun(.dusk), sun(.dawn))
        presenceAtNight.presence = [line("PIR1")]
        var photocell = LightingEntry()
        photocell.photocell = LightingPhotocell(source: .line(line("DUSK")))
        let all: [[LightingEntry]] = [
            [window(sun(.sunset, -10), sun(.sunrise, 10))], [window(clock(22), clock(6))],
            [presence("PIR1", "PIR2", hold: .seconds(20))], [photocell],
            [window(clock(18), clock(23, 30)), presenceAtNight], [presence("PIR2")],
        ]
        return all.enumerated().map { index, control in
            LightingCircuit(
                name: "c\(index)", line: line("RELAY\(index)"),
                safeState: Bool.random(using: &random) ? .on : .off, control: control,
                stagger: .milliseconds(Int.random(in: 0...500, using: &random)),
                minimumOn: .seconds(Int.random(in: 1...60, using: &random)))
        }
    }

    @Test(arguments: 0..<30 as Range<UInt64>) func daysOfASite(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let zones: [Zone] = [.berlin, .newYork, .shanghai, .lordHowe, .santiago]
        let zone = try #require(zones.randomElement(using: &random))
        // Half of them have a change of the clock in them.
        let starts = ["2026-03-05", "2026-03-27", "2026-10-22", "2026-10-30", "2026-09-03"]
        let start =
            seed.isMultiple(of: 2)
            ? utc(starts.randomElement(using: &random) ?? "2026-03-27")
            : utc("2026-01-01") + .seconds(Int.random(in: 0...31_000_000, using: &random))
        try run(from: start, for: .seconds(3 * 86_400), zone: zone, &random)
    }

    @Test func aYearOfASite() throws {
        var random = SeededRandom(seed: 2_026)
        try run(
            from: utc("2026-01-01"), for: .seconds(365 * 86_400), zone: .berlin,
            meanPause: 6_000, &random)
    }

    private func run(
        from start: Timestamp, for duration: Duration, zone: Zone, meanPause: Int = 900,
        _ random: inout SeededRandom
    ) throws {
        let circuits = Self.circuits(&random)
        var world = LightingWorld(
            circuits, zone: zone, at: start, seed: random.next())
        for name in ["PIR1", "PIR2", "DUSK"] { world.line(name, false) }
        world.pass(.seconds(60))
        world.forgetHistory()
        var disturbance = Disturbance()
        let end = world.now.advanced(by: duration)
        while world.now < end {
            try disturbance.next(in: &world, &random)
            let pause =
                Int.random(in: 0...2, using: &random) == 0
                ? Int.random(in: 0...30, using: &random)
                : Int.random(in: 0...2 * meanPause, using: &random)
            world.pass(.seconds(pause) + .milliseconds(Int.random(in: 0...999, using: &random)))
            checkLevels(world, circuits, zone, disturbance)
        }
        checkPace(world, circuits)
    }

    /// What the sun and the clock say is what is lit, a minute after anything has changed.
    private func checkLevels(
        _ world: LightingWorld, _ circuits: [LightingCircuit], _ zone: Zone,
        _ disturbance: Disturbance
    ) {
        for index in circuits.indices where disturbance.isHeld(index) {
            guard !disturbance.isFaulty(index), disturbance.isSettled(at: world.now) else {
                continue
            }
            #expect(world.levels[index] == 100, "alarm, circuit \(index) at \(world.wall)")
        }
        guard disturbance.isSettled(at: world.now), disturbance.isClockTrue else { return }
        if !disturbance.isFaulty(0) {
            let height = SolarPosition(at: world.wall).altitude(at: jinan)
            if height < -2 { #expect(world.levels[0] == 100, "night at \(world.wall)") }
            if height > 3 { #expect(world.levels[0] == 0, "day at \(world.wall)") }
        }
        if !disturbance.isFaulty(1) {
            let shown = CivilTime(
                milliseconds: (world.wall + zone.local.offset(world.wall)).milliseconds)
            let minute = shown.hour * 60 + shown.minute
            // An hour around a change of the clock may be longer.
            if minute < 290 || minute > 1_321 {
                #expect(world.levels[1] == 100, "22:00 to 6:00 at \(world.wall)")
            }
            if (422..<1_319).contains(minute) {
                #expect(world.levels[1] == 0, "6:00 to 22:00 at \(world.wall)")
            }
        }
    }

    /// Inrush and flicker.
    private func checkPace(_ world: LightingWorld, _ circuits: [LightingCircuit]) {
        #expect(world.switchings.count > 20)
        for (first, second) in zip(world.switchings, world.switchings.dropFirst()) {
            #expect(
                first.time.duration(to: second.time) >= circuits[first.circuit].stagger,
                "\(first) \(second)")
        }
        // Nobody overrides these, so that they are never dark before their time.
        for index in 0..<4 {
            var litAt: MonotonicTime?
            var isLit = false
            for switching in world.switchings where switching.circuit == index {
                if switching.level > 0 {
                    if !isLit { litAt = switching.time }
                    isLit = true
                } else {
                    if let litAt, isLit {
                        let lit = litAt.duration(to: switching.time)
                        #expect(lit >= circuits[index].minimumOn, "\(switching) after \(lit)")
                    }
                    isLit = false
                }
            }
        }
    }
}

/// What happens to a site, by chance.
private struct Disturbance {
    private var held: [Int: Int] = [:]
    private var faulty: [Int: MonotonicTime] = [:]
    private var changedAt = MonotonicTime(nanoseconds: 0)
    private var isSynchronized = true
    private var step = Duration.zero

    /// Whether the wall clock is what the gateway ought to believe.
    var isClockTrue: Bool { isSynchronized }

    /// Whether all that happened is long enough ago: the clock is looked at every 30 seconds, a
    /// lamp stays lit for a minute, a line is tried again within a minute.
    func isSettled(at now: MonotonicTime) -> Bool {
        changedAt.advanced(by: .seconds(160)) <= now
    }

    func isHeld(_ circuit: Int) -> Bool { held[circuit] != nil }
    func isFaulty(_ circuit: Int) -> Bool { faulty[circuit] != nil }

    mutating func next(in world: inout LightingWorld, _ random: inout SeededRandom) throws {
        let names = ["PIR1", "PIR2", "DUSK"]
        let name = names.randomElement(using: &random) ?? "PIR1"
        switch Int.random(in: 0..<24, using: &random) {
        case 0..<6: world.line(name, true)
        case 6..<13: world.line(name, false)
        case 13: world.line(name, nil)
        case 14, 15:
            // Seconds of chatter.
            for _ in 0..<20 {
                world.line(name, Bool.random(using: &random))
                world.pass(.milliseconds(Int.random(in: 1...900, using: &random)))
            }
        case 16:
            changedAt = world.now
            let circuit = Int.random(in: 4...5, using: &random)
            let command = [LightingCommand.on, .off, nil].randomElement(using: &random) ?? nil
            try world.override(
                "c\(circuit)", command,
                for: .seconds(Int.random(in: 1...7_200, using: &random)))
        case 17:
            changedAt = world.now
            let circuit = Int.random(in: 4...5, using: &random)
            held[circuit] = 1
            world.hold("c\(circuit)", by: "gas-leak")
        case 18, 19:
            for circuit in held.keys { world.release("c\(circuit)", by: "gas-leak") }
            held = [:]
        case 20:
            changedAt = world.now
            let circuit = Int.random(in: 0...5, using: &random)
            faulty[circuit] = world.now
            world.faults[circuit] = .silent
        case 21:
            changedAt = world.now
            faulty = [:]
            world.faults = [:]
        case 22:
            // The clock is set, and later set right.
            changedAt = world.now
            world.wallOffset = world.wallOffset - step
            step =
                step == .zero ? .seconds(Int.random(in: -20_000...20_000, using: &random)) : .zero
            world.wallOffset = world.wallOffset + step
        default:
            changedAt = world.now
            isSynchronized.toggle()
            world.isSynchronized = isSynchronized
        }
    }
}

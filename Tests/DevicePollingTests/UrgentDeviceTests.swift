import DevicePolling
import Execution
import Metering
import Modbus
import Testing

/// Devices that alarms, valves and strikes need, among others that fail.
@Suite struct UrgentDeviceTests {
    private func urgent(
        _ unit: UInt8, every: Duration, timeout: Duration = .milliseconds(300)
    )
        -> PollTarget
    {
        var target = target(unit, every: every, timeout: timeout)
        target.isUrgent = true
        return target
    }

    /// However long a detector has been silent, it is seen again within 5 s, or its interval.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func aDetectorIsNeverBlindForLongerThanItsProbes(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let every = Duration.milliseconds(
            [200, 1_000, 2_000, 10_000].randomElement(using: &random)!)
        let timeout = Duration.milliseconds(Int64.random(in: 100...2_000, using: &random))
        let others = (2...9).map { target(UInt8($0), every: .seconds(5), timeout: timeout) }
        var bus = SimulatedBus([urgent(1, every: every, timeout: timeout)] + others, seed: seed)
        bus.run(for: .seconds(Int64.random(in: 0...30, using: &random)))
        bus.behaviours[1] = .silent
        for unit in 2...9 where Bool.random(using: &random) {
            bus.behaviours[UInt8(unit)] = .silent
        }
        bus.run(for: .seconds([40, 120, 600].randomElement(using: &random)!))
        #expect(bus.schedule.report[0].health.isSilent, "seed \(seed)")
        let back = bus.sent.count
        bus.behaviours[1] = .answers
        bus.run(for: .seconds(12))
        let first = bus.sent[back...].first { $0.unit == 1 && $0.wasAnswered }
        let before = bus.sent[..<back].last { $0.unit == 1 }
        let pause = (before?.at ?? bus.now.monotonic).duration(to: first?.at ?? bus.now.monotonic)
        // Its probe, the pause, and one request of another that is under way.
        #expect(
            pause <= min(.seconds(5), max(every, timeout * 3)) + timeout * 2 + .milliseconds(100),
            "seed \(seed): \(pause)")
    }

    /// While others die, one after the other and all at once, the board is read on time: it waits
    /// for one request of another at most.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func aBoardIsNotReadLateWhileOthersDie(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let timeout = Duration.milliseconds(Int64.random(in: 100...1_000, using: &random))
        let registers: [UInt16] = [0, 6, 12, 18, 24, 30]
        let others = (2...8).map {
            target(UInt8($0), registers: registers, every: .seconds(2), timeout: timeout)
        }
        var bus = SimulatedBus([urgent(1, every: .milliseconds(200))] + others, seed: seed)
        bus.run(for: .seconds(5))
        for unit in 2...8 {
            bus.behaviours[UInt8(unit)] =
                [.silent, .garbles, .silentHole(12), .busy(50)].randomElement(using: &random)!
            bus.run(for: .seconds(Int64.random(in: 0...20, using: &random)))
        }
        bus.run(for: .seconds(60))
        let turns = bus.sent.filter { $0.unit == 1 && $0.range.address == 10 }.map(\.at)
        let pauses = zip(turns, turns.dropFirst()).map { $0.duration(to: $1) }
        let longest = pauses.max() ?? .seconds(99)
        #expect(
            longest <= .milliseconds(400) + timeout + .milliseconds(80), "seed \(seed): \(longest)")
    }

    @Test func urgentDevicesThatFillTheBusLeaveTheOthersTheirTurn() {
        let boards = (1...5).map { urgent(UInt8($0), every: .milliseconds(100)) }
        var bus = SimulatedBus(boards + [target(9, every: .seconds(10))])
        bus.run(for: .seconds(60))
        #expect(bus.sent.filter { $0.unit == 9 }.count >= 6)
    }

    @Test func theDeadOfABusWithABoardHoldItForABoundedTime() {
        let others = (2...30).map { target(UInt8($0), every: .seconds(5), timeout: .seconds(2)) }
        var bus = SimulatedBus([urgent(1, every: .seconds(1))] + others)
        bus.run(for: .seconds(10))
        for unit in 2...30 { bus.behaviours[UInt8(unit)] = .silent }
        bus.run(for: .seconds(300))
        #expect(bus.schedule.report.dropFirst().allSatisfy { $0.health.isSilent })
        let before = bus.cost.filter { $0.key != 1 }.values.reduce(.zero, +)
        bus.run(for: .seconds(600))
        let cost = bus.cost.filter { $0.key != 1 }.values.reduce(.zero, +) - before
        // 100 ms of a second, all of them together.
        #expect(cost.inSeconds / 600 <= 0.101)
    }

    // MARK: - What else is told

    @Test func aDeviceThatRefusesEverythingIsNotAnswering() {
        var bus = SimulatedBus([target(1, registers: [10])])
        bus.behaviours[1] = .hole(10)
        bus.run(for: .seconds(60))
        let id = DeviceIdentifier("device-1")!
        guard case .refusing = bus.schedule.report[0].health.state else {
            Issue.record("\(bus.schedule.report[0].health.state)")
            return
        }
        #expect(bus.changes.filter { $0 == .refusesAll(id, .illegalDataAddress) }.count == 1)
        bus.behaviours[1] = .answers
        bus.run(for: .seconds(20))
        #expect(bus.schedule.report[0].health.state == .answering)
        #expect(bus.changes.last == .acceptsAgain(id))
    }

    @Test func aBusWithoutTimeIsToldOnceWithItsShare() {
        let targets = (1...32).map { target(UInt8($0), every: .seconds(1)) }
        var bus = SimulatedBus(targets, exchangeTime: .milliseconds(60))
        bus.run(for: .seconds(900))
        let told = bus.changes.filter { if case .overloaded = $0 { true } else { false } }
        #expect(told.count == 32)
        // One turn in two comes.
        #expect(bus.schedule.report.allSatisfy { (0.4...0.6).contains($0.overrunShare ?? 0) })
    }

    @Test func aBusWithTimeIsNeverOverloadedWhateverTheClockDoes() {
        var bus = SimulatedBus((1...8).map { target(UInt8($0), every: .seconds(1)) })
        for step in [0, 86_400, -86_400, 3_600, -7, 400_000_000] {
            bus.now.wall.timestamp = bus.now.wall.timestamp + .seconds(step)
            bus.run(for: .seconds(400))
        }
        #expect(bus.changes.isEmpty)
    }
}

import DevicePolling
import DeviceProfiles
import Execution
import Metering
import Modbus
import Testing

@Suite struct BusScheduleTests {
    // MARK: - When

    @Test func readsAtOnceAndThenAtAlignedMoments() {
        var bus = SimulatedBus([target(1, every: .seconds(10))])
        bus.pass(.milliseconds(3_456))
        bus.run(for: .seconds(31))
        let seconds = bus.sent.map { ($0.at.nanoseconds - 1_000_000_000) / 1_000_000 }
        #expect(seconds == [3_456, 10_000, 20_000, 30_000])
    }

    @Test func aBusThatIsTooSlowLeavesTurnsOutInsteadOfFallingBehind() {
        let targets = (1...32).map { target(UInt8($0), every: .seconds(1)) }
        var bus = SimulatedBus(targets, exchangeTime: .milliseconds(60))
        bus.run(for: .seconds(60))
        let turns = Dictionary(grouping: bus.sent, by: \.unit).mapValues(\.count)
        #expect(turns.count == 32)
        // 60 s / (32 × 60 ms) = 31 turns each: nobody gets more than one turn less.
        #expect(turns.values.allSatisfy { (30...32).contains($0) })
        #expect(bus.schedule.report.allSatisfy { $0.counters.overruns > 25 })
    }

    @Test func aClockSetBackDoesNotLeaveDevicesUnread() {
        var bus = SimulatedBus([target(1, every: .seconds(10))])
        bus.run(for: .seconds(60))
        bus.now.wall.timestamp = bus.now.wall.timestamp - .seconds(86_400)
        let before = bus.sent.count
        bus.run(for: .seconds(60))
        #expect(bus.sent.count - before >= 5)
    }

    @Test func aClockSetForwardDoesNotPileUpTurns() {
        var bus = SimulatedBus([target(1, every: .seconds(10))])
        bus.run(for: .seconds(60))
        bus.now.wall.timestamp = bus.now.wall.timestamp + .seconds(86_400 * 365)
        let before = bus.sent.count
        bus.run(for: .seconds(60))
        #expect((6...7).contains(bus.sent.count - before))
    }

    // MARK: - What is read

    @Test func everyReadingCarriesTheTimeItsReplyArrived() {
        var bus = SimulatedBus([target(1)])
        bus.run(for: .seconds(5))
        #expect(bus.readings.count == 3)
        let arrival = SimulatedBus.start.wall.timestamp + .milliseconds(40)
        #expect(bus.readings.allSatisfy { $0.time == arrival && $0.quality == .good })
        #expect(bus.readings.map(\.value) == [10, 11, 12].map { .number(ScaledInteger($0)) })
    }

    @Test func splitsARefusedMergedReadForGood() {
        var bus = SimulatedBus([target(1, registers: [10, 11, 14, 15], gapLimit: 4)])
        bus.behaviours[1] = .hole(12)
        bus.run(for: .seconds(60))
        #expect(bus.sent.filter { !$0.wasAnswered }.count == 1)
        #expect(bus.sent.dropFirst().allSatisfy { $0.wasAnswered })
        #expect(bus.readings.allSatisfy { $0.quality == .good })
        #expect(
            bus.schedule.report[0].reads == [
                RegisterRange(.holding, at: 10, count: 2),
                RegisterRange(.holding, at: 14, count: 2),
            ])
        #expect(bus.changes.count == 1)
    }

    @Test func splitsAMergedReadThatFindsSilence() {
        var bus = SimulatedBus([target(1, registers: [10, 11, 14, 15], gapLimit: 4)])
        bus.behaviours[1] = .silentHole(13)
        bus.run(for: .seconds(60))
        #expect(bus.sent.filter { !$0.wasAnswered }.count == 1)
        #expect(bus.readings.allSatisfy { $0.quality == .good })
        #expect(bus.schedule.report[0].reads.count == 2)
    }

    @Test func aRegisterThatIsRefusedCostsOnlyItself() {
        var bus = SimulatedBus([target(1, registers: [10, 11, 12, 13])])
        bus.behaviours[1] = .hole(12)
        bus.run(for: .seconds(100))
        let byPoint = Dictionary(grouping: bus.readings, by: \.point)
        #expect(
            byPoint[PointIndex(2)]?.allSatisfy { $0.quality == .missing(.exception(2)) } == true)
        for index in [0, 1, 3] {
            #expect(byPoint[PointIndex(index)]?.allSatisfy { $0.quality == .good } == true)
        }
        #expect(bus.schedule.report[0].health.state == .answering)
    }

    // MARK: - Silence

    @Test func aDeviceThatSaysNothingIsMissingAndNeverZeroOrOld() {
        var bus = SimulatedBus([target(1)])
        bus.run(for: .seconds(15))
        let good = bus.readings.count
        bus.behaviours[1] = .silent
        bus.run(for: .seconds(100))
        let later = bus.readings.dropFirst(good)
        #expect(later.count >= 27)
        #expect(later.allSatisfy { $0.value == nil })
        #expect(later.contains { $0.quality == .missing(.timeout) })
        #expect(later.contains { $0.quality == .missing(.silent) })
        #expect(bus.changes == [.fellSilent(DeviceIdentifier("device-1")!)])
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func aSilentDeviceCostsAtMostTwoPercentOfItsBus(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let timeout = Duration.milliseconds(Int64.random(in: 50...1_000, using: &random))
        let targets = (1...8).map {
            target(UInt8($0), every: .seconds(1), timeout: timeout)
        }
        var bus = SimulatedBus(targets, seed: seed)
        bus.run(for: .seconds(5))
        bus.behaviours[3] = .silent
        bus.run(for: .seconds(30))  // Until it is known to be silent.
        let before = bus.cost[3] ?? .zero
        bus.run(for: .seconds(900))
        let share = ((bus.cost[3] ?? .zero) - before).inSeconds / 900
        #expect(share <= 0.021, "seed \(seed): \(share)")
        #expect(share > 0, "it is still being probed")
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func aDeviceThatRecoversIsBackWithinOneProbe(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var bus = SimulatedBus((1...4).map { target(UInt8($0), every: .seconds(10)) }, seed: seed)
        bus.behaviours[2] = .silent
        bus.run(for: .seconds(Int64.random(in: 100...600, using: &random)))
        #expect(bus.schedule.report[1].health.isSilent)
        bus.behaviours[2] = .answers
        let back = bus.sent.count
        bus.run(for: .seconds(26))  // The longest pause, with its jitter.
        let own = bus.sent[back...].filter { $0.unit == 2 }
        #expect(own.first?.priority == .probe)
        #expect(own.dropFirst().allSatisfy { $0.priority == .scheduledPoll && $0.wasAnswered })
        // The whole device is read right after the probe.
        if own.count > 1 {
            #expect(own[0].at.duration(to: own[1].at) < .milliseconds(400))
        }
        #expect(own.count > 1)
    }

    @Test func twoDeadOfThirtyTwoLeaveTheOthersTheirPace() {
        let targets = (1...32).map { target(UInt8($0), every: .seconds(1)) }
        var bus = SimulatedBus(targets, exchangeTime: .milliseconds(64))
        bus.run(for: .seconds(10))
        bus.behaviours[5] = .silent
        bus.behaviours[20] = .silent
        bus.run(for: .seconds(30))
        let start = bus.sent.count
        bus.run(for: .seconds(300))
        let turns = bus.sent[start...].filter { $0.unit == 1 }.map(\.at)
        let cycles = zip(turns, turns.dropFirst()).map { $0.duration(to: $1).inSeconds }
        let mean = cycles.reduce(0, +) / Double(cycles.count)
        #expect(mean < 2.0)
        #expect(cycles.max()! < 30 * 0.064 + 2 * 0.3 + 0.01)
    }

    /// One meter is healthy; of the others one is silent, one garbles, and one says nothing to a
    /// part of its plan.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func aHealthyDeviceDoesNotWaitForThoseThatFail(seed: UInt64) {
        let registers: [UInt16] = [0, 6, 12, 18, 24, 30]
        let targets = (1...4).map {
            target(UInt8($0), registers: registers, every: .seconds(1), gapLimit: 6)
        }
        var bus = SimulatedBus(targets, seed: seed)
        bus.behaviours = [1: .silent, 2: .garbles, 3: .silentHole(12)]
        bus.run(for: .seconds(15))
        let turns = bus.sent.filter { $0.unit == 4 && $0.wasAnswered }.map(\.at)
        #expect(turns.count >= 14, "seed \(seed): \(turns.count)")
        // Never behind more than one request to each of the three.
        let pauses = zip(turns, turns.dropFirst()).map { $0.duration(to: $1) }
        #expect(pauses.max()! < .milliseconds(1_000 + 3 * 300))
        #expect(bus.schedule.report.map(\.health.isSilent) == [true, true, false, false])
    }

    @Test func aDeviceIsNotAskedAgainWhileItsLateAnswerMayBeUnderWay() {
        var bus = SimulatedBus([target(1, every: .seconds(10))])
        bus.behaviours[1] = .silent
        bus.run(for: .seconds(100))
        let polls = bus.sent.filter { $0.priority == .scheduledPoll }.map(\.at)
        let pauses = zip(polls, polls.dropFirst()).map { $0.duration(to: $1) }
        #expect(pauses.allSatisfy { $0 >= ExchangeTiming().lateAnswerLimit })
        // The whole and two of its parts in the first turn, then once a turn until it is silent.
        #expect(polls.count == 5)
    }

    @Test func aBusyDeviceIsAskedAgainAndNotTakenForDead() {
        var bus = SimulatedBus([target(1), target(2, firstIndex: 3)])
        bus.behaviours[1] = .busy(2)
        bus.run(for: .seconds(5))
        #expect(bus.readings.count == 6)
        #expect(bus.readings.allSatisfy { $0.quality == .good })
        bus.behaviours[1] = .busy(1_000)
        bus.run(for: .seconds(60))
        #expect(bus.readings.contains { $0.quality == .missing(.busy) })
        #expect(bus.schedule.report[0].health.state == .answering)
        #expect(
            bus.readings.filter { $0.point == PointIndex(3) }.allSatisfy { $0.quality == .good })
    }

    @Test func noiseIsRetriedAndThenMissingAsCorrupt() {
        var bus = SimulatedBus([target(1)])
        bus.behaviours[1] = .garbles
        bus.run(for: .seconds(5))
        #expect(bus.sent.count == 2)
        #expect(bus.readings.count == 3)
        #expect(bus.readings.allSatisfy { $0.quality == .missing(.corrupt) })
    }

    // MARK: - Everything at once

    /// Whatever devices do and whenever, each due turn gives each point exactly one reading, a
    /// reading of a device is its own, and no bus stands still while something is due.
    @Test(arguments: 0..<150 as Range<UInt64>)
    func anyBehaviourGivesOneReadingPerPointAndTurn(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let count = Int.random(in: 1...6, using: &random)
        var first = 0
        let targets = (1...count).map { unit in
            let registers = Set(
                (0..<Int.random(in: 1...8, using: &random)).map { _ in
                    UInt16.random(in: 0...30, using: &random)
                }
            ).sorted()
            defer { first += registers.count }
            return target(
                UInt8(unit), registers: registers, every: .seconds(10),
                gapLimit: UInt16.random(in: 0...5, using: &random), firstIndex: first)
        }
        var bus = SimulatedBus(targets, seed: seed)
        for _ in 0..<12 {
            for unit in 1...count {
                bus.behaviours[UInt8(unit)] = [
                    .answers, .answers, .silent, .busy(3), .busy(50), .garbles,
                    .hole(UInt16.random(in: 0...30, using: &random)),
                    .silentHole(UInt16.random(in: 0...30, using: &random)),
                ].randomElement(using: &random)!
            }
            bus.run(for: .seconds(Int64.random(in: 5...120, using: &random)))
        }
        let elapsed = SimulatedBus.start.monotonic.duration(to: bus.now.monotonic).inSeconds
        for (place, target) in targets.enumerated() {
            let counts = target.points.map { point in
                bus.readings.count { $0.point == point.index }
            }
            // Turns may be one apart at the very end, where a turn is still under way.
            #expect(counts.max()! - counts.min()! <= 1, "seed \(seed), device \(place): \(counts)")
            #expect(Double(counts.min()!) >= elapsed / 10 * 0.6, "seed \(seed): \(counts)")
            for point in target.points {
                for reading in bus.readings where reading.point == point.index {
                    guard let value = reading.value?.number else { continue }
                    #expect(value == ScaledInteger(Int64(point.profile.range.address)))
                }
            }
        }
    }

    /// Exception 11 in 20 ms, where a time-out would take 3 s: probes are as cheap as they are.
    @Test func aGatewaysWordThatADeviceIsSilentCostsWhatItTook() {
        var now = SimulatedBus.start
        var schedule = BusSchedule(
            targets: [target(1, timeout: .seconds(3))], start: now, seed: 1)
        var readings: [Reading] = []
        var probes: [MonotonicTime] = []
        func pass(_ duration: Duration) {
            now.monotonic = now.monotonic.advanced(by: duration)
            now.wall.timestamp = now.wall.timestamp + duration
        }
        let end = now.monotonic.advanced(by: .seconds(120))
        while probes.count < 3, now.monotonic < end {
            switch schedule.next(at: now, into: &readings) {
            case .sleep(let until):
                pass(max(.milliseconds(1), now.monotonic.duration(to: until)))
            case .read(let read):
                if read.call.priority == .probe { probes.append(now.monotonic) }
                pass(.milliseconds(20))
                _ = schedule.failed(
                    read, with: .exception(.gatewayTargetFailedToRespond), at: now,
                    into: &readings)
            }
        }
        #expect(probes.count == 3)
        #expect(probes.first.map { $0.duration(to: probes[2]) <= .seconds(8) } == true)
    }
}

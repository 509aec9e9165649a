@testable import DevicePolling
@testable import DeviceProfiles
import Execution
import Metering
import Modbus
import Testing

/// Reads that have to wait, since something could be taken for their answers, among others.
@Suite struct RestingReadTests {
    private static func time(_ seconds: Double) -> MonotonicTime {
        SimulatedBus.start.monotonic.advanced(by: .milliseconds(Int64(seconds * 1_000)))
    }

    private func times(_ bus: SimulatedBus, of address: UInt16) -> [Double] {
        bus.sent.filter { $0.range.address == address }.map {
            SimulatedBus.start.monotonic.duration(to: $0.at).inSeconds
        }
    }

    private func qualities(_ bus: SimulatedBus, of point: Int) -> [Quality] {
        bus.readings.filter { $0.point == PointIndex(point) }.map(\.quality)
    }

    // MARK: - One turn

    @Test func theOtherReadsGoOnAtOnceAndOneThatRestsComesAtTheEnd() {
        var bus = SimulatedBus([target(1, registers: [10, 20, 21, 30, 31, 32])])
        bus.rests[1] = [10: Self.time(4)]
        bus.run(for: .seconds(9))
        #expect(bus.sent.map(\.range.address) == [20, 30, 10])
        #expect(times(bus, of: 30) == [0.04])
        #expect(times(bus, of: 10) == [4])
        #expect(bus.resting.count == 1)
        #expect(bus.readings.map(\.quality) == Array(repeating: .good, count: 6))
    }

    @Test func oneThatCannotBeAskedInTimeIsMissingOnceATurnAndTheOthersAreReadInTime() {
        var bus = SimulatedBus([target(1, registers: [10, 20, 21], every: .seconds(1))])
        bus.rests[1] = [10: Self.time(3.5)]
        bus.run(for: .milliseconds(5_900))
        #expect(times(bus, of: 20) == [0, 1, 2, 3, 4.04, 5.04])
        // Its rest ends within the fourth turn. Before it was asked once.
        #expect(times(bus, of: 10) == [3.5, 4, 5])
        #expect(bus.resting.count == 1)
        #expect(
            qualities(bus, of: 0)
                == Array(repeating: .missing(.corrupt), count: 3)
                + Array(repeating: .good, count: 3))
        #expect(bus.schedule.report[0].counters.lastFault == .corrupt(.unasked))
        #expect(bus.schedule.report[0].counters.overruns == 0)
        #expect(bus.changes.isEmpty)
    }

    @Test func anUrgentDeviceIsSeenWhileOneOfItsReadsRests() {
        var detector = target(1, registers: [10, 20, 21], every: .milliseconds(500))
        detector.isUrgent = true
        var bus = SimulatedBus([detector, target(2, firstIndex: 3)])
        bus.run(for: .seconds(2))
        bus.rests[1] = [10: Self.time(32)]
        bus.run(for: .seconds(38))
        let seen = times(bus, of: 20)
        #expect(zip(seen, seen.dropFirst()).allSatisfy { $1 - $0 < 0.6 })
        #expect(times(bus, of: 10).contains { $0 >= 32 && $0 < 32.6 })
    }

    /// Asking what looks the same would only add to the doubt.
    @Test func readsOfOneShapeRestTogether() {
        var bus = SimulatedBus([target(1, registers: [10, 20, 30, 31])])
        bus.rests[1] = [10: Self.time(2)]
        bus.run(for: .seconds(9))
        #expect(bus.sent.map(\.range.address) == [30, 10, 20])
        #expect(times(bus, of: 10) + times(bus, of: 20) == [2, 2.04])
        #expect(bus.resting.count == 1)
    }

    /// After 960 ms the rest of one is over when the next turn begins.
    @Test(arguments: [600, 960] as [Int64])
    func whatWasLeftOutGoesFirst(milliseconds: Int64) {
        var bus = SimulatedBus([
            target(1, registers: [10, 20, 21, 30, 31, 32], every: .seconds(1))
        ])
        bus.restAfterAnswer[1] = .milliseconds(milliseconds)
        bus.run(for: .seconds(60))
        let counts = [10, 20, 30].map { times(bus, of: $0).count }
        #expect(counts.min()! >= 18 && counts.max()! - counts.min()! <= 5, "\(counts)")
    }

    // MARK: - A device

    /// It was left alone: that tells nothing of it, until it has gone on for long.
    @Test func aDeviceThatOnlyRestsIsNotTakenForDeadBeforeLong() {
        var bus = SimulatedBus([target(1, registers: [10], every: .seconds(1))])
        bus.restAlways[1] = .seconds(2)
        bus.run(for: .seconds(14))
        #expect(bus.schedule.report[0].health.state == .unknown)
        #expect(qualities(bus, of: 0).count == 14)
        bus.run(for: .seconds(106))
        #expect(bus.changes == [.fellSilent(DeviceIdentifier("device-1")!)])
        #expect(qualities(bus, of: 0).count >= 75)
        bus.restAlways = [:]
        bus.run(for: .seconds(30))
        #expect(bus.schedule.report[0].health.state == .answering)
        #expect(qualities(bus, of: 0).last == .good)
    }

    @Test func aSplitOfAReadThatRestedLeavesEachPointOneReading() {
        // The last point is put together from the first read and the last.
        let profile = PointProfile(
            name: PointName("pair")!, range: RegisterRange(.holding, at: 10, count: 1),
            furtherRanges: [RegisterRange(.holding, at: 30, count: 1)],
            encoding: RegisterEncoding(type: .uint32))
        let single = target(1, registers: [10, 11, 12, 30, 31])
        let pair = PolledPoint(index: PointIndex(5), profile: profile)
        var bus = SimulatedBus([
            PollTarget(
                device: single.device, unit: single.unit, interval: single.interval,
                limits: single.limits, timing: single.timing, points: single.points + [pair])
        ])
        bus.rests[1] = [11: Self.time(4)]
        bus.behaviours[1] = .hole(11)
        bus.run(for: .seconds(9))
        #expect(bus.readings.count == 6)
        #expect(Set(bus.readings.map(\.point)).count == 6)
        #expect(qualities(bus, of: 1) == [.missing(.exception(2))])
        let value = bus.readings.first { $0.point == PointIndex(5) }?.value
        #expect(value == .number(ScaledInteger(10 << 16 + 30)))
    }

    @Test func aDeviceThatIsSilentForLongTakesNoMemory() {
        var bus = SimulatedBus([target(1, every: .seconds(1))])
        bus.behaviours[1] = .silent
        bus.run(for: .seconds(1_000))
        #expect(bus.readings.count >= 600)
        #expect(bus.schedule.devices[0].image.blocks.count <= 2)
    }

    // MARK: - Anything

    /// Whatever rests and for how long, splits and fails meanwhile, on a bus of three of which one
    /// may be urgent: each point has one reading a turn, its own value, and turns go on.
    @Test(arguments: 0..<150 as Range<UInt64>)
    func anyRestLeavesOneReadingPerPointAndTurn(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var first = 0
        let targets = (1...3 as ClosedRange<UInt8>).map { unit -> PollTarget in
            defer { first += 20 }
            return Self.randomTarget(unit, firstIndex: first, using: &random)
        }
        var bus = SimulatedBus(targets, seed: seed)
        for _ in 0..<15 {
            for unit in 1...3 as ClosedRange<UInt8> {
                let registers = targets[Int(unit) - 1].points.map(\.profile.range.address)
                let isFailing = Int.random(in: 0..<3, using: &random) == 0
                bus.behaviours[unit] =
                    isFailing
                    ? [.hole(registers[0]), .silentHole(registers[1]), .busy(2), .silent]
                        .randomElement(using: &random)! : .answers
                for register in registers where Bool.random(using: &random) {
                    let rest = Duration.milliseconds(Int64.random(in: 1...15_000, using: &random))
                    bus.rests[unit, default: [:]][register] = bus.now.monotonic.advanced(by: rest)
                }
            }
            bus.run(for: .seconds(Int64.random(in: 2...60, using: &random)))
        }
        #expect(!bus.readings.contains { $0.quality == .missing(.notAsked) }, "seed \(seed)")
        let lasts = SimulatedBus.start.monotonic.duration(to: bus.now.monotonic)
        let byPoint = Dictionary(grouping: bus.readings, by: \.point)
        for target in targets {
            let counts = target.points.map { byPoint[$0.index]?.count ?? 0 }
            #expect(counts.max()! - counts.min()! <= 1, "seed \(seed): \(counts)")
            let turns = lasts.inSeconds / target.interval.length.inSeconds
            #expect(Double(counts.min()!) >= turns * 0.6 - 1, "seed \(seed): \(counts)")
            for point in target.points {
                let wanted = point.profile.addresses.reduce(Int64(0)) { $0 << 16 + Int64($1) }
                let values = Set((byPoint[point.index] ?? []).compactMap(\.value))
                #expect(values.isSubset(of: [.number(ScaledInteger(wanted))]), "seed \(seed)")
            }
        }
    }

    /// Some of its points are put together from two registers, anywhere in the plan.
    private static func randomTarget(
        _ unit: UInt8, firstIndex: Int, using random: inout SeededRandom
    ) -> PollTarget {
        let registers = Set(
            [0] + (0..<8).map { _ in UInt16.random(in: 1...30, using: &random) }
        ).sorted()
        let plain = target(
            unit, registers: registers,
            every: .seconds(Int64.random(in: 2...10, using: &random)),
            gapLimit: UInt16.random(in: 0...5, using: &random), firstIndex: firstIndex)
        let pairs = (0..<3).map { number in
            let (one, other) = (
                registers.randomElement(using: &random)!, registers.randomElement(using: &random)!
            )
            return PolledPoint(
                index: PointIndex(firstIndex + registers.count + number),
                profile: PointProfile(
                    name: PointName("pair.\(number)")!,
                    range: RegisterRange(.holding, at: one, count: 1),
                    furtherRanges: [RegisterRange(.holding, at: other, count: 1)],
                    encoding: RegisterEncoding(type: .uint32)))
        }
        var whole = PollTarget(
            device: plain.device, unit: plain.unit, interval: plain.interval,
            limits: plain.limits, timing: plain.timing, points: plain.points + pairs)
        whole.isUrgent = unit == 1 && Bool.random(using: &random)
        return whole
    }
}

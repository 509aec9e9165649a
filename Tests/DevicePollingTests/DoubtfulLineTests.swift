import DevicePolling
import Execution
import Metering
import Modbus
import ModbusTransport
import Testing

/// Not one value of another register is believed, whatever a line does; and what can be read is.
///
/// Both devices have four reads of one length: nothing but order tells their answers apart. The
/// second is sound, and always has its values.
@Suite struct DoubtfulLineTests {
    private static let registers: [UInt16] = [10, 20, 30, 40]
    /// Five minutes, every ten seconds, four registers.
    private static let whole = 31 * 4

    private func run(
        _ mischief: Mischief, seed: UInt64, minutes: Int = 5, every: Duration = .seconds(10)
    ) -> VirtualLine {
        var mischief = mischief
        mischief.moves = seed % 2 == 1
        var line = VirtualLine(
            [
                target(1, registers: Self.registers, every: every, timeout: .milliseconds(500)),
                target(
                    2, registers: Self.registers, every: every, firstIndex: 4,
                    timeout: .milliseconds(500)),
            ], [1: mischief], seed: seed)
        line.run(for: .seconds(60 * minutes))
        return line
    }

    private func goodValues(_ line: VirtualLine, of unit: Int) -> Int {
        line.readings.count {
            $0.quality == .good && Int($0.point.rawValue) / 4 == unit - 1
        }
    }

    private func expectNoWrongValue(in line: VirtualLine) {
        let wrong = line.readings.filter { reading in
            guard reading.quality == .good else { return false }
            let place = Int(reading.point.rawValue)
            let register = Int64(Self.registers[place % 4])
            let moves = line.mischief[UInt8(place / 4 + 1)]?.moves == true
            let value = reading.value?.number?.rescaled(to: 0)?.mantissa
            return moves ? value.map { $0 / 1_000 } != register : value != register
        }
        let first = wrong.first.map { "point \($0.point.rawValue) at \($0.time)" }
        #expect(wrong.isEmpty, "\(wrong.count) of \(line.readings.count), \(first ?? "")")
    }

    /// Runs a kind of mischief over some seeds, and sees that enough is read all the same.
    private func expectSound(
        _ mischief: Mischief, seeds: Range<UInt64>, atLeast share: Double
    ) {
        var good = 0
        var neighbour = Int.max
        for seed in seeds {
            let line = run(mischief, seed: seed)
            expectNoWrongValue(in: line)
            good += goodValues(line, of: 1)
            neighbour = min(neighbour, goodValues(line, of: 2))
        }
        let found = Double(good) / Double(Self.whole * seeds.count)
        #expect(found >= share, "\(found)")
        #expect(neighbour >= Self.whole / 2, "\(neighbour)")
    }

    @Test(arguments: [600, 900, 1_300, 1_900, 2_600, 3_000] as [Int64])
    func aMeterThatIsAlwaysLateIsRead(latency: Int64) {
        var mischief = Mischief()
        mischief.latency = latency...latency
        expectSound(mischief, seeds: 0..<20, atLeast: 0.5)
    }

    @Test(arguments: [3_600, 5_000, 7_400, 10_000, 14_000] as [Int64])
    func oneThatIsTooLateIsNeverBelievedAndHoldsNobodyUp(latency: Int64) {
        var mischief = Mischief()
        mischief.latency = latency...(latency + 500)
        for lengths in [Mischief.OtherLengths.answered, .refused, .mute] {
            mischief.otherLengths = lengths
            expectSound(mischief, seeds: 0..<20, atLeast: 0)
        }
    }

    @Test(
        arguments: [1_050...1_600, 400...700, 100...6_000, 2_000...20_000] as [ClosedRange<Int64>],
        [0.05, 0.2, 0.5])
    func oneThatIsSometimesLateIsRead(lateness: ClosedRange<Int64>, share: Double) {
        var mischief = Mischief()
        mischief.lateness = lateness
        mischief.lateShare = share
        expectSound(mischief, seeds: 0..<25, atLeast: lateness.upperBound < 3_000 ? 0.8 : 0.02)
    }

    @Test(arguments: [0, 15, 40, 200, 800, 1_900, 4_500] as [Int64], [0.05, 0.3, 1])
    func aRepeaterThatSendsTwice(delay: Int64, share: Double) {
        var mischief = Mischief()
        mischief.doubledShare = share
        mischief.copyDelay = delay
        expectSound(mischief, seeds: 0..<15, atLeast: 0.5)
    }

    @Test(arguments: [Mischief.OtherLengths.refused, .mute], 0..<4)
    func aMeterThatAnswersNoOtherRead(lengths: Mischief.OtherLengths, kind: Int) {
        var mischief = Mischief()
        mischief.otherLengths = lengths
        var share = 0.3
        switch kind {
        case 0:
            mischief.doubledShare = 0.3
            mischief.copyDelay = 60
        case 1:
            mischief.lostShare = 0.05
            share = 0.2
        case 2:
            mischief.latency = 1_300...1_300
            share = 0.3
        default:
            mischief.lateness = 600...6_000
            mischief.lateShare = 0.2
            share = 0.1
        }
        expectSound(mischief, seeds: 0..<40, atLeast: share)
    }

    @Test(arguments: [0, 100, 700, 3_000] as [Int64], [0.05, 0.2])
    func lostDamagedAndDoubledAnswersTogether(delay: Int64, share: Double) {
        var mischief = Mischief()
        mischief.lostShare = share
        mischief.damagedShare = share / 2
        mischief.doubledShare = 0.3
        mischief.copyDelay = delay
        expectSound(mischief, seeds: 0..<40, atLeast: 0.2)
    }

    @Test(arguments: [Mischief.OtherLengths.answered, .refused, .mute], 0..<100 as Range<Int64>)
    func anAnswerFromBeforeTheStart(lengths: Mischief.OtherLengths, seed: Int64) {
        var mischief = Mischief()
        mischief.otherLengths = lengths
        mischief.stale = [seed * 11 % 97, seed * 47, 4_900 - seed * 31]
        mischief.lostShare = seed % 3 == 0 ? 0.1 : 0
        let seeds = UInt64(seed)..<UInt64(seed) + 1
        expectSound(mischief, seeds: seeds, atLeast: 0.05)
    }

    /// Five seconds after the start nothing can come that somebody else has asked: then a sound
    /// meter has its values, whether it knows other lengths or not.
    @Test(arguments: [Mischief.OtherLengths.answered, .refused, .mute], 0..<10 as Range<UInt64>)
    func aSoundMeterIsReadSoonAfterTheStart(lengths: Mischief.OtherLengths, seed: UInt64) {
        var mischief = Mischief()
        mischief.otherLengths = lengths
        let line = run(mischief, seed: seed, minutes: 1, every: .seconds(1))
        let start = SimulatedBus.start.wall.timestamp
        for place in 0..<4 {
            let first = line.readings.first {
                $0.quality == .good && Int($0.point.rawValue) == place
            }
            let age = first.map { $0.time - start }
            #expect(age ?? .seconds(60) < .seconds(10), "\(place): \(String(describing: age))")
        }
    }

    @Test(arguments: [Mischief.OtherLengths.answered, .refused, .mute], 0..<100 as Range<Int64>)
    func everythingAtOnce(lengths: Mischief.OtherLengths, seed: Int64) {
        var mischief = Mischief()
        mischief.otherLengths = lengths
        mischief.stale = [seed * 11 % 97, seed * 47]
        mischief.lateness = 100...(600 + seed * 30)
        mischief.lateShare = 0.1
        mischief.lostShare = 0.05
        mischief.damagedShare = 0.05
        mischief.doubledShare = 0.2
        mischief.copyDelay = seed * 13
        mischief.echoes = seed % 5 == 0
        let seeds = UInt64(seed)..<UInt64(seed) + 1
        expectSound(mischief, seeds: seeds, atLeast: lengths == .answered ? 0.1 : 0)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func anEchoIsStrippedAndTold(seed: UInt64) {
        var mischief = Mischief()
        mischief.echoes = true
        mischief.doubledShare = seed % 4 == 3 ? 0.3 : 0
        let line = run(mischief, seed: seed, minutes: 2)
        expectNoWrongValue(in: line)
        #expect(goodValues(line, of: 1) >= 15, "\(goodValues(line, of: 1))")
        #expect(line.findings.contains(.echo(isNews: true)))
    }

    @Test(arguments: [false, true])
    func aGoodMeterIsAskedNothingMoreOnceItIsKnown(isUniform: Bool) {
        var mischief = Mischief()
        mischief.isUniform = isUniform
        let line = run(mischief, seed: 2, minutes: 10)
        let turns = 61
        // Each read once in another length, in the first five seconds.
        #expect(line.requests[1] ?? 0 <= turns * 4 + 4, "\(line.requests[1] ?? 0)")
        #expect(goodValues(line, of: 1) >= (turns - 1) * 4)
    }

    /// A gas valve's relay: one request, nothing waited for.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func anUrgentWriteOnAHealthyLineIsOneRequest(seed: UInt64) {
        var line = run(Mischief(), seed: seed, minutes: 1)
        let (asked, before) = (line.requests[1] ?? 0, line.now.monotonic)
        let write = ModbusCall(
            .writeCoil(address: 0, true), to: UnitIdentifier(1), priority: .command,
            timing: ExchangeTiming())
        guard case .success = line.perform(write) else {
            Issue.record("not confirmed")
            return
        }
        #expect(line.requests[1] == asked + 1)
        // 8 bytes at 9600 baud, 10 to 30 ms, and the pieces in which they come.
        #expect(before.duration(to: line.now.monotonic) <= .milliseconds(60))
    }

    /// What cannot be proven is missing, with the reason, rather than never said.
    @Test func whatNeverCanBeProvenIsMissing() {
        var mischief = Mischief()
        mischief.latency = 14_000...14_500
        let line = run(mischief, seed: 2)
        #expect(goodValues(line, of: 1) == 0)
        #expect(line.readings.contains { $0.point.rawValue == 0 && $0.value == nil })
    }
}

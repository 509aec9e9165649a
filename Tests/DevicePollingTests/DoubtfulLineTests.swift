import DevicePolling
import Execution
import Metering
import Modbus
import ModbusTransport
import Testing

/// Not one value of another register is believed, whatever a line does; and what can be read is.
///
/// The device has four reads of one length: nothing but order tells their answers apart.
@Suite struct DoubtfulLineTests {
    private static let registers: [UInt16] = [10, 20, 30, 40]

    private func run(
        _ mischief: Mischief, seed: UInt64, minutes: Int = 5, every: Duration = .seconds(10)
    ) -> VirtualLine {
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

    private func goodValues(_ line: VirtualLine, of unit: Int) -> [Reading] {
        line.readings.filter { $0.quality == .good && Int($0.point.rawValue) / 4 == unit - 1 }
    }

    private func expectNoWrongValue(in line: VirtualLine) {
        for reading in line.readings where reading.quality == .good {
            let register = Self.registers[Int(reading.point.rawValue) % 4]
            let value = reading.value?.number?.rescaled(to: 0)?.mantissa
            #expect(value == Int64(register), "point \(reading.point.rawValue) at \(reading.time)")
        }
    }

    @Test(arguments: [600, 900, 1_300, 1_900, 2_600, 3_000] as [Int64], 0..<8 as Range<UInt64>)
    func aMeterThatIsAlwaysLateIsRead(latency: Int64, seed: UInt64) {
        var mischief = Mischief()
        mischief.latency = latency...latency
        let line = run(mischief, seed: seed)
        expectNoWrongValue(in: line)
        #expect(goodValues(line, of: 1).count >= 60, "\(goodValues(line, of: 1).count)")
        #expect(goodValues(line, of: 2).count >= 60)
    }

    @Test(arguments: [3_600, 5_000, 7_400, 10_000, 14_000] as [Int64], 0..<8 as Range<UInt64>)
    func oneThatIsTooLateIsNeverBelievedAndHoldsNobodyUp(latency: Int64, seed: UInt64) {
        var mischief = Mischief()
        mischief.latency = latency...(latency + 500)
        let line = run(mischief, seed: seed)
        expectNoWrongValue(in: line)
        #expect(goodValues(line, of: 2).count >= 60, "\(goodValues(line, of: 2).count)")
        #expect(line.longestExchange <= .seconds(17))
    }

    @Test(
        arguments: [1_050...1_600, 400...700, 100...6_000, 2_000...20_000] as [ClosedRange<Int64>],
        0..<12 as Range<UInt64>)
    func oneThatIsSometimesLateIsRead(lateness: ClosedRange<Int64>, seed: UInt64) {
        for share in [0.05, 0.2, 0.5] {
            var mischief = Mischief()
            mischief.lateness = lateness
            mischief.lateShare = share
            let line = run(mischief, seed: seed)
            expectNoWrongValue(in: line)
            if lateness.upperBound < 3_000 {
                #expect(goodValues(line, of: 1).count >= 50, "\(goodValues(line, of: 1).count)")
            }
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func anEchoIsStrippedAndTold(seed: UInt64) {
        var mischief = Mischief()
        mischief.echoes = true
        mischief.doubledShare = seed % 4 == 3 ? 0.3 : 0
        let line = run(mischief, seed: seed, minutes: 2)
        expectNoWrongValue(in: line)
        #expect(goodValues(line, of: 1).count >= 30, "\(goodValues(line, of: 1).count)")
        #expect(line.findings.contains(.echo(isNews: true)))
    }

    @Test func aGoodMeterIsAskedNothingMoreOnceItIsKnown() {
        let line = run(Mischief(), seed: 1, minutes: 10)
        let turns = 61
        #expect(line.requests[1] ?? 0 <= turns * 4 + 1, "\(line.requests[1] ?? 0)")
        #expect(goodValues(line, of: 1).count >= (turns - 1) * 4)
    }
}

import Execution
import Modbus
import ModbusTransport
import Testing

@Suite struct WritePausesTests {
    private func second(_ seconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    private func write(_ unit: UInt8, gap: Duration = .seconds(5)) -> ModbusCall {
        ModbusCall(
            .writeRegister(address: 5_004, 16_000), to: UnitIdentifier(unit), priority: .command,
            timing: ExchangeTiming(writeGap: gap))
    }

    @Test func writesOfOneDeviceAreAsFarApartAsItAsksInTheirOrder() {
        var pauses = WritePauses()
        #expect(pauses.place(for: write(1), at: second(10)) == second(10))
        pauses.wrote(write(1), at: second(10))
        #expect(pauses.place(for: write(1), at: second(11)) == second(15))
        #expect(pauses.place(for: write(1), at: second(12)) == second(20))
        #expect(pauses.place(for: write(2), at: second(12)) == second(12))
        // The second went out late: so does the third.
        pauses.wrote(write(1), at: second(18))
        #expect(pauses.rest(before: write(1), at: second(20)) == second(23))
        #expect(pauses.rest(before: write(1), at: second(23)) == nil)
    }

    @Test func neitherReadsNorDevicesWithoutAPauseWait() {
        var pauses = WritePauses()
        _ = pauses.place(for: write(1), at: second(10))
        pauses.wrote(write(1), at: second(10))
        var read = write(1)
        read.request = .read(RegisterRange(.holding, at: 1_000, count: 2))
        #expect(pauses.place(for: read, at: second(11)) == nil)
        #expect(pauses.rest(before: read, at: second(11)) == nil)
        #expect(pauses.place(for: write(3, gap: .zero), at: second(11)) == nil)
    }
}

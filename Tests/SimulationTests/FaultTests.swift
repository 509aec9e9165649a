import Execution
import Modbus
import Simulation
import Testing

@Suite struct FaultTests {
    @Test(arguments: [
        ("silent", Fault.silent), ("slow 400ms", .slow(.milliseconds(400))),
        ("slow 2s", .slow(.seconds(2))), ("corrupt", .corrupt), ("reset", .reset),
        ("late 100ms..600ms", .late(.milliseconds(100)...(.milliseconds(600)))),
        ("exception 2", .exception(.illegalDataAddress)), ("busy 3", .busy(3)),
        ("truncated", .truncated), ("foreign-unit", .foreignUnit), ("garbage", .garbage),
        ("twice 20ms", .twice(.milliseconds(20))), ("twice 3s", .twice(.seconds(3))),
        ("echo", .echo),
    ])
    func readsWhatItWrites(text: String, fault: Fault) {
        #expect(Fault(text) == fault)
        #expect(fault.description == text)
        #expect(FaultSetting(text: text) == FaultSetting(fault))
    }

    @Test(arguments: [
        "", "sleepy", "slow", "slow 400", "slow fast", "slow -1s", "slow 400ms 2", "late 1s",
        "late 2s..1s", "late ..1s", "exception 0", "exception 256", "exception", "busy 0",
        "corrupt 0%", "corrupt 101%", "corrupt x%", "none 10%", "slow 99999999999999999999s",
        "slow 25h", "twice 2", "twice 1s 2", "echo 1s",
    ])
    func refusesWhatIsNoFault(text: String) {
        #expect(FaultSetting(text: text) == nil)
    }

    @Test func noneIsNoFault() throws {
        let setting = try #require(FaultSetting(text: "none"))
        #expect(setting.fault == nil)
        #expect(setting.text == "none")
        #expect(FaultSetting(text: "corrupt 10%")?.chance == 0.1)
    }
}

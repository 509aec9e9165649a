import Execution
import LinuxSystem
import Testing

@testable import Gateway

struct AlarmRehearsalTests {
    @Test func `A rehearsal comes as far as the valve`() async {
        #expect(await AlarmRehearsal.run(.system, .system))
    }
}

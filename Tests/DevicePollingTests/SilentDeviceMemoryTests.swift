import Execution
import Testing

@testable import DevicePolling
@testable import DeviceProfiles

/// A device that is silent is told missing for as long as it is, which may be for months.
struct SilentDeviceMemoryTests {
    @Test func aDeviceThatIsSilentForLongTakesNoMemory() {
        var bus = SimulatedBus([target(1, every: .seconds(1))])
        bus.behaviours[1] = .silent
        bus.run(for: .seconds(1_000))
        #expect(bus.readings.count >= 600)
        #expect(bus.schedule.devices[0].image.blocks.count <= 2)
    }
}

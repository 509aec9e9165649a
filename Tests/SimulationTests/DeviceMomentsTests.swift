import DeviceProfiles
import Execution
import Metering
import Modbus
import Simulation
import Testing

/// When a device told what was set, and when it was written to.
@Suite struct DeviceMomentsTests {
    private func device() throws -> (SimulatedDevice, DeviceProfile) {
        let profile = try ProfileLibrary.shipped().profile("waveshare-modbus-rtu-relay-8")
        let found = try #require(profile)
        let device = SimulatedDevice(
            name: "relays", unit: UnitIdentifier(1), profile: found, isSilentAtHoles: false, seed: 1
        )
        return (device, found)
    }

    private let noon = SimulatedTime(localSeconds: 43_200)

    @Test func theFirstReadOfWhatWasSetIsNoted() throws {
        let (device, profile) = try device()
        let name = try #require(PointName("relay.3"))
        let point = try #require(profile.point(named: name))
        let reads = [0, 2].map {
            ModbusRequest.read(RegisterRange(.coil, at: $0, count: 2)).encoded
        }
        _ = device.react(to: reads[1], at: noon)
        #expect(device.moments == DeviceMoments())
        device.set(point, to: ScaledInteger(1))
        _ = device.react(to: reads[0], at: noon)
        #expect(device.moments.told == nil, "another point was read")
        _ = device.react(to: reads[1], at: noon)
        let told = try #require(device.moments.told)
        _ = device.react(to: reads[1], at: noon)
        #expect(device.moments.told == told)
    }

    @Test func aWriteIsNotedWhenItsLastByteWasThrough() throws {
        let (device, _) = try device()
        let end = MonotonicTime(nanoseconds: 1_234)
        let write = ModbusRequest.writeCoil(address: 0, true).encoded
        _ = device.react(to: write, at: noon, requestEnd: end)
        #expect(device.moments.written == end)
        let elsewhere = ModbusRequest.writeCoil(address: 900, true).encoded
        _ = device.react(to: elsewhere, at: noon, requestEnd: MonotonicTime(nanoseconds: 9_999))
        #expect(device.moments.written == end, "what is refused is not written")
    }
}

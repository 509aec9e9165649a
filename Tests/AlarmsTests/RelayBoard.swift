import DeviceProfiles
import GPIO
import Metering
import Modbus
import SiteConfiguration

/// One relay of a board on a bus.
struct RelayBoard {
    let relay: LineReference

    init?() {
        guard let device = DeviceIdentifier("relays"), let name = PointName("relay.1")
        else { return nil }
        let range = RegisterRange(.coil, at: 0, count: 1)
        let point = PointProfile(
            name: name, range: range, encoding: RegisterEncoding(type: .bool), access: .readWrite)
        relay = LineReference(name: LineName("relays/relay.1"), source: .point(device, point))
    }
}

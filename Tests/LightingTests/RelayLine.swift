import DeviceProfiles
import GPIO
import Metering
import Modbus
import SiteConfiguration

/// A coil of a relay board as a line.
func relayLine(_ point: PointIdentifier) -> LineReference {
    let profile = PointProfile(
        name: point.point, range: RegisterRange(.coil, at: 0, count: 1),
        encoding: RegisterEncoding(type: .bool), access: .readWrite)
    return LineReference(
        name: LineName(point.description), source: .point(point.device, profile))
}

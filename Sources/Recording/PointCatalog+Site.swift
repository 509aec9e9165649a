import DeviceProfiles
import Metering
package import SiteConfiguration
package import Telemetry

extension PointCatalog {
    /// Adds the points of a site that are new.
    package mutating func insert(_ site: SiteDocument) {
        for device in site.devices {
            for point in device.points {
                _ = insert(
                    PointDescription(
                        identifier: PointIdentifier(device: device.id, point: point.name),
                        kind: device.profile.kind.rawValue, unit: point.unit,
                        obis: point.obis?.description, place: device.place))
            }
        }
    }
}

import DeviceProfiles
import Documents
import Metering
import Modbus

/// The points that a circuit's control can look at.
struct LightingPointCatalog {
    private let devices: [String: DeviceConfiguration]
    /// The names of all devices, those with faults of their own too.
    private let deviceNames: Set<String>

    init(devices: [DeviceConfiguration], deviceNames: Set<String>) {
        self.devices = Dictionary(devices.map { ($0.id.description, $0) }) { $1 }
        self.deviceNames = deviceNames
    }

    /// A number that is read from a device all the time.
    func numeric(_ node: DocumentNode) -> (identifier: PointIdentifier, every: Duration)? {
        guard let text = node.text() else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            node.fail("a point is written device/point, found \"\(text.prefix(60))\"")
            return nil
        }
        guard let device = devices[parts[0]] else {
            if !deviceNames.contains(parts[0]) {
                node.fail(
                    "unknown device \"\(parts[0].prefix(64))\""
                        + suggestion(for: parts[0], among: deviceNames), namedIn: "devices")
            }
            return nil
        }
        guard let name = PointName(parts[1]), let point = device.profile.point(named: name) else {
            let names = device.profile.points.map(\.name.description)
            node.fail(
                "\(device.profile.id) has no point \"\(parts[1].prefix(64))\""
                    + suggestion(for: parts[1], among: names))
            return nil
        }
        guard device.points.contains(where: { $0.name == name }) else {
            node.fail("\(name) is not read from \(device.id); add it to \"read\" there")
            return nil
        }
        switch point.encoding.type {
        case .string(_), .raw(_):
            node.fail("\(name) is a text, not a number")
            return nil
        default:
            return (PointIdentifier(device: device.id, point: name), device.every)
        }
    }
}

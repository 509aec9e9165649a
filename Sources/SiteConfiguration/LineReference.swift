package import DeviceProfiles
package import GPIO
package import Metering

/// A line as a site document names it, and what it stands for.
package struct LineReference: Hashable, Sendable {
    /// The name in the document, which policy and people know it by.
    package let name: LineName
    package let source: LineSource

    package init(name: LineName, source: LineSource) {
        self.name = name
        self.source = source
    }
}

/// Where a line is.
package enum LineSource: Hashable, Sendable {
    /// A line of a GPIO chip.
    case gpio(LineSettings)
    /// A coil, a discrete input or a 0-or-1 register of a device on a bus.
    case point(DeviceIdentifier, PointProfile)

    /// The point of a device, where it is one.
    package var point: PointIdentifier? {
        if case .point(let device, let point) = self {
            PointIdentifier(device: device, point: point.name)
        } else {
            nil
        }
    }
}

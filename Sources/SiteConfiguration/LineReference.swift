package import DeviceProfiles
package import GPIO
package import Metering

/// A line as a site document names it, and what it stands for.
package struct LineReference: Hashable, Sendable {
    /// The name in the document, which policy and people know it by.
    package let name: LineName
    package let source: LineSource
    /// Whether 0 means active, for a point; a GPIO line has it in its settings.
    package let isActiveLow: Bool

    package init(name: LineName, source: LineSource, isActiveLow: Bool = false) {
        self.name = name
        self.source = source
        self.isActiveLow = isActiveLow
    }
}

/// A line that a site uses.
package struct SiteLine: Hashable, Sendable {
    package let reference: LineReference
    /// Where the document names it first, for example `doors.entrance-1.strike`.
    package let use: String
    package let isOutput: Bool

    package init(reference: LineReference, use: String, isOutput: Bool) {
        self.reference = reference
        self.use = use
        self.isOutput = isOutput
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

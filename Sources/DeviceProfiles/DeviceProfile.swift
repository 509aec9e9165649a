package import Metering
package import Modbus

/// What is known of one model of device: its points, and how it wants to be asked.
///
/// A value that was checked when it was read: names are unique, every range lies in its table,
/// and no point is wider than one request may be.
package struct DeviceProfile: Hashable, Sendable {
    /// The word a site document names the profile by, for example `eastron-sdm630`.
    package let id: String
    package let kind: DeviceKind
    package let vendor: String
    package let model: String
    /// The settings the device leaves the factory with, where they are known.
    package let link: LinkDefaults
    package let limits: ProfileLimits
    /// How its connections are kept, where it is reached over TCP.
    package let connection: ConnectionOverrides
    /// In the order of the document.
    package let points: [PointProfile]
    /// How its cars are told what to draw; for chargers that a group can share a limit among.
    package let charging: ChargingProfile?
    /// What an installer has to know, a paragraph an entry.
    package let notes: [String]
    /// Where the facts come from.
    package let sources: [String]

    package init(
        id: String, kind: DeviceKind, vendor: String, model: String,
        link: LinkDefaults = LinkDefaults(), limits: ProfileLimits = ProfileLimits(),
        connection: ConnectionOverrides = .none,
        points: [PointProfile], charging: ChargingProfile? = nil, notes: [String] = [],
        sources: [String] = []
    ) {
        self.id = id
        self.kind = kind
        self.vendor = vendor
        self.model = model
        self.link = link
        self.limits = limits
        self.connection = connection
        self.points = points
        self.charging = charging
        self.notes = notes
        self.sources = sources
    }

    /// The point of a name.
    ///
    /// - Complexity: O(*n*) in the number of points.
    package func point(named name: PointName) -> PointProfile? {
        points.first { $0.name == name }
    }
}

/// The line settings and address a device leaves the factory with. What is `nil` is not known.
package struct LinkDefaults: Hashable, Sendable {
    package var baudRate: Int?
    package var parity: SerialSettings.Parity?
    package var stopBits: Int?
    package var unit: UnitIdentifier?
    /// The TCP port of a device with a network connection.
    package var port: UInt16?

    package init(
        baudRate: Int? = nil, parity: SerialSettings.Parity? = nil, stopBits: Int? = nil,
        unit: UnitIdentifier? = nil, port: UInt16? = nil
    ) {
        self.baudRate = baudRate
        self.parity = parity
        self.stopBits = stopBits
        self.unit = unit
        self.port = port
    }
}

/// What a device stands: how much at once, and how fast.
package struct ProfileLimits: Hashable, Sendable {
    /// 1 to 125.
    package var maximumRegistersPerRead: UInt16
    /// 1 to 2000.
    package var maximumBitsPerRead: UInt16
    /// The most unwanted registers to read between two wanted ones.
    package var gapLimit: UInt16
    /// The most unwanted coils or discrete inputs to read between two wanted ones.
    package var bitGapLimit: UInt16
    /// The pause before a request to this device, counted from its last answer.
    package var requestGap: Duration
    /// The pause between two writes to this device.
    package var writeGap: Duration
    /// How long the device may take to begin its answer, where it differs from the bus.
    package var responseTimeout: Duration?
    /// How long after a request an answer may still come, where it differs from the bus.
    package var lateAnswerLimit: Duration?

    package init(
        maximumRegistersPerRead: UInt16 = 125, maximumBitsPerRead: UInt16 = 2_000,
        gapLimit: UInt16 = 0, bitGapLimit: UInt16 = 0, requestGap: Duration = .zero,
        writeGap: Duration = .zero, responseTimeout: Duration? = nil,
        lateAnswerLimit: Duration? = nil
    ) {
        self.maximumRegistersPerRead = maximumRegistersPerRead
        self.maximumBitsPerRead = maximumBitsPerRead
        self.gapLimit = gapLimit
        self.bitGapLimit = bitGapLimit
        self.requestGap = requestGap
        self.writeGap = writeGap
        self.responseTimeout = responseTimeout
        self.lateAnswerLimit = lateAnswerLimit
    }
}

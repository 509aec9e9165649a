package import Metering
package import Modbus

/// One quantity of a device: where it stands, how it is written there, and what it means.
package struct PointProfile: Hashable, Sendable {
    package let name: PointName
    /// The registers or bits that hold the value.
    package let range: RegisterRange
    package let encoding: RegisterEncoding
    /// The unit of the value after ``scale`` and ``offset``, `nil` for a plain number or where
    /// the meter's setup decides and the profile cannot know.
    package var unit: String?
    /// What one count of the raw number is worth.
    package var scale = ScaledInteger(1)
    /// Added after scaling.
    package var offset: ScaledInteger?
    /// Raw numbers that stand for "no value".
    package var invalidMarkers: [RawValue] = []
    /// The least believable value, in ``unit``.
    package var minimum: ScaledInteger?
    /// The greatest believable value, in ``unit``.
    package var maximum: ScaledInteger?
    package var access = PointAccess.read
    /// What the codes of a state mean.
    package var labels: [Int64: String] = [:]
    /// What the bits of a status word mean, by bit from 0.
    package var flags: [Int: String] = [:]
    /// The register that says in what unit the value is, where the device has one.
    package var unitRegister: UnitRegister?
    package var obis: ObisCode?
    /// Whether the point is read when a site document names none of the device's points.
    package var isPolled: Bool

    /// - Precondition: The width of the encoding is that of the range; 1 in a table of bits.
    package init(
        name: PointName, range: RegisterRange, encoding: RegisterEncoding,
        access: PointAccess = .read
    ) {
        precondition(
            range.table.isBits ? range.count == 1 : Int(range.count) == encoding.registerCount,
            "a point is as wide as its encoding")
        self.name = name
        self.range = range
        self.encoding = encoding
        self.access = access
        isPolled = access.isReadable && !Self.isSettingOrCommand(name)
    }

    /// All that must be read for one value: its own range and that of its unit register.
    package var ranges: [RegisterRange] {
        if let unitRegister { [range, unitRegister.range] } else { [range] }
    }

    /// Whether a name belongs to what is looked at on demand, not polled.
    package static func isSettingOrCommand(_ name: PointName) -> Bool {
        ["config.", "info.", "command."].contains { name.description.hasPrefix($0) }
    }
}

/// What may be done with a point. The raw value is the word of the document.
package enum PointAccess: String, Hashable, Sendable, CaseIterable {
    case read
    case write
    case readWrite

    package var isReadable: Bool { self != .write }
    package var isWritable: Bool { self != .read }
}

/// A register in which a meter says the unit of another.
package struct UnitRegister: Hashable, Sendable {
    package let range: RegisterRange
    package let encoding: RegisterEncoding
    /// What one unit of each code is worth in the unit of the point. A code that is not listed
    /// leaves the point without a value.
    package let factors: [Int64: ScaledInteger]

    package init(
        range: RegisterRange, encoding: RegisterEncoding, factors: [Int64: ScaledInteger]
    ) {
        self.range = range
        self.encoding = encoding
        self.factors = factors
    }
}

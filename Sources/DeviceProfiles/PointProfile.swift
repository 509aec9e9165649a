package import Metering
package import Modbus

/// One quantity of a device: where it stands, how it is written there, and what it means.
///
/// Cheap to copy: what a measurement seldom needs is kept behind one reference.
package struct PointProfile: Hashable, Sendable {
    /// The registers or bits that hold the value; of one whose registers are not adjacent, the
    /// first of them.
    package let range: RegisterRange
    /// The other registers of a value that are not adjacent, in the order they are put together.
    package let furtherRanges: [RegisterRange]
    package let encoding: RegisterEncoding
    /// What one count of the raw number is worth.
    package var scale = ScaledInteger(1)
    /// Added after scaling.
    package var offset: ScaledInteger?
    /// The smallest step of the value that means something, as a power of ten: floats are rounded
    /// to it. `nil` keeps every digit.
    package var resolution: Int?
    /// The least believable value, in ``unit``.
    package var minimum: ScaledInteger?
    /// The greatest believable value, in ``unit``.
    package var maximum: ScaledInteger?
    package var access = PointAccess.read
    /// Whether the point is read when a site document names none of the device's points.
    package var isPolled: Bool
    /// Whether it is read by itself, and never together with what is beside it.
    package var isReadAlone = false
    private var meaning: Meaning

    /// - Precondition: The width of the encoding is that of all ranges; 1 in a table of bits.
    package init(
        name: PointName, range: RegisterRange, furtherRanges: [RegisterRange] = [],
        encoding: RegisterEncoding, access: PointAccess = .read
    ) {
        let width = furtherRanges.reduce(Int(range.count)) { $0 + Int($1.count) }
        precondition(
            range.table.isBits ? width == 1 : width == encoding.registerCount,
            "a point is as wide as its encoding")
        meaning = Meaning(PointMeaning(name: name))
        self.range = range
        self.furtherRanges = furtherRanges
        self.encoding = encoding
        self.access = access
        isPolled = access.isReadable && !Self.isSettingOrCommand(name)
    }

    package var name: PointName { meaning.facts.name }

    /// The unit of the value after ``scale`` and ``offset``, `nil` for a plain number or where
    /// the meter's setup decides and the profile cannot know.
    package var unit: String? {
        get { meaning.facts.unit }
        set { meaning = meaning.changed { $0.unit = newValue } }
    }

    /// Raw numbers that stand for "no value".
    package var invalidMarkers: [RawValue] {
        get { meaning.facts.invalidMarkers }
        set { meaning = meaning.changed { $0.invalidMarkers = newValue } }
    }

    /// What the codes of a state mean.
    package var labels: [Int64: String] {
        get { meaning.facts.labels }
        set { meaning = meaning.changed { $0.labels = newValue } }
    }

    /// What the bits of a status word mean, by bit from 0.
    package var flags: [Int: String] {
        get { meaning.facts.flags }
        set { meaning = meaning.changed { $0.flags = newValue } }
    }

    /// The register that says in what unit the value is, where the device has one.
    package var unitRegister: UnitRegister? {
        get { meaning.facts.unitRegister }
        set { meaning = meaning.changed { $0.unitRegister = newValue } }
    }

    /// What the profile says of a register that counts.
    package var counter: CounterSettings? {
        get { meaning.facts.counter }
        set { meaning = meaning.changed { $0.counter = newValue } }
    }

    package var obis: ObisCode? {
        get { meaning.facts.obis }
        set { meaning = meaning.changed { $0.obis = newValue } }
    }

    /// All that must be read for one value: its own ranges and that of its unit register.
    package var ranges: [RegisterRange] {
        let own = [range] + furtherRanges
        return if let unitRegister { own + [unitRegister.range] } else { own }
    }

    /// The addresses of its registers, in the order in which they are put together.
    package var addresses: [UInt16] {
        ([range] + furtherRanges).flatMap { range in
            (0..<range.count).map { range.address + $0 }
        }
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

/// What a point means, as far as measuring seldom asks for it.
private struct PointMeaning: Hashable {
    let name: PointName
    var unit: String?
    var invalidMarkers: [RawValue] = []
    var labels: [Int64: String] = [:]
    var flags: [Int: String] = [:]
    var unitRegister: UnitRegister?
    var obis: ObisCode?
    var counter: CounterSettings?
}

/// A ``PointMeaning`` behind a reference, never changed.
private final class Meaning: Hashable, Sendable {
    let facts: PointMeaning

    init(_ facts: PointMeaning) {
        self.facts = facts
    }

    func changed(_ change: (inout PointMeaning) -> Void) -> Meaning {
        var facts = facts
        change(&facts)
        return Meaning(facts)
    }

    static func == (left: Meaning, right: Meaning) -> Bool {
        left === right || left.facts == right.facts
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(facts)
    }
}

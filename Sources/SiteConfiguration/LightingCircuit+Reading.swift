import DeviceProfiles
import Documents
import GPIO
import Metering
import Modbus

/// Reads the section `lighting:` with what it refers to.
struct LightingReader {
    /// The most circuits of a site, and the most entries of one circuit's control.
    static let circuitLimit = 256
    static let entryLimit = 32

    let lines: LineCatalog
    let points: LightingPointCatalog
    let calendars: CalendarCatalog
    /// Whether the site says where it is, so that the sun's times are known.
    let hasLocation: Bool

    /// The circuits without faults, in the order of the document.
    func circuits(_ node: DocumentNode?) -> [LightingCircuit] {
        let entries = node?.entries() ?? []
        if entries.count > Self.circuitLimit {
            node?.fail("holds \(entries.count); at most \(Self.circuitLimit) are supported")
        }
        return entries.prefix(Self.circuitLimit).compactMap { LightingCircuit($0, reader: self) }
    }
}

extension LightingCircuit {
    private static let keys = [
        "circuit", "dimmer", "safeState", "control", "power", "lampFailure", "stagger", "minimumOn",
    ]

    init?(_ entry: DocumentEntry, reader: LightingReader) {
        let name = entry.checkedName()
        guard let fields = entry.value.fields(Self.keys) else { return nil }
        let line = fields.optional("circuit").map { reader.lines.output($0) }
        let dimmer = fields.optional("dimmer").map { LightingDimmer($0, lines: reader.lines) }
        if !fields.contains("circuit"), !fields.contains("dimmer") {
            entry.key.fail("has neither \"circuit\" nor \"dimmer\", so nothing would switch it")
        }
        let safeState =
            fields.optional("safeState").map { $0.choice(of: LightingSafeState.self) } ?? .on
        let control = fields.required("control").flatMap {
            Self.control($0, reader: reader, isDimmed: fields.contains("dimmer"))
        }
        let lampWatch = Self.lampWatch(fields, entry, points: reader.points)
        let stagger =
            fields.optional("stagger").map { $0.duration(in: .zero ... .seconds(10)) }
            ?? Self.standardStagger
        let minimumOn =
            fields.optional("minimumOn").map { $0.duration(in: .seconds(1) ... .seconds(3_600)) }
            ?? Self.standardMinimumOn
        guard let name, line != .some(nil), dimmer != .some(nil), let safeState, let control,
            lampWatch != .some(nil), let stagger, let minimumOn,
            line != nil || dimmer != nil
        else { return nil }
        self.init(
            name: name, line: line ?? nil, dimmer: dimmer ?? nil, safeState: safeState,
            control: control, lampWatch: lampWatch ?? nil, stagger: stagger, minimumOn: minimumOn)
    }

    private static func control(
        _ node: DocumentNode, reader: LightingReader, isDimmed: Bool
    ) -> [LightingEntry]? {
        guard let items = node.list() else { return nil }
        guard items.count <= LightingReader.entryLimit else {
            node.fail("holds \(items.count); at most \(LightingReader.entryLimit) are supported")
            return nil
        }
        let entries = items.compactMap { LightingEntry($0, reader: reader, isDimmed: isDimmed) }
        return entries.count == items.count ? entries : nil
    }

    /// - Returns: `.some(nil)` after reporting faults.
    private static func lampWatch(
        _ fields: DocumentFields, _ entry: DocumentEntry, points: LightingPointCatalog
    ) -> LampWatch?? {
        let power = fields.optional("power")
        let failure = fields.optional("lampFailure")
        switch (power, failure) {
        case (nil, nil):
            return fields.contains("power") || fields.contains("lampFailure") ? .some(nil) : .none
        case (let power?, nil):
            power.fail("is of use with lampFailure alone: {below: 20, after: 1m}")
            return .some(nil)
        case (nil, let failure?):
            failure.fail("needs the circuit's metered \"power\"")
            return .some(nil)
        case (let power?, let failure?):
            let point = points.numeric(power)
            guard let keys = failure.fields(["below", "after"]) else { return .some(nil) }
            let below = keys.required("below")?.decimal()
            if let below, below <= ScaledInteger(0) {
                keys.required("below")?.fail("must be more than 0")
                return .some(nil)
            }
            let after =
                keys.optional("after").map { $0.duration(in: .seconds(1) ... .seconds(86_400)) }
                ?? .seconds(60)
            guard let point, let below, let after else { return .some(nil) }
            return LampWatch(point: point.identifier, below: below, after: after)
        }
    }
}

extension LightingDimmer {
    init?(_ node: DocumentNode, lines: LineCatalog) {
        guard let reference = lines.output(node) else { return nil }
        guard case .point(let device, let point) = reference.source, !point.range.table.isBits
        else {
            node.fail("\(reference.name) is switched, not dimmed; a dimmer is a point of registers")
            return nil
        }
        let full = point.maximum ?? (point.unit == "%" ? ScaledInteger(100) : nil)
        guard let full, full > ScaledInteger(1), point.rawWords(for: full) != nil else {
            node.fail("the profile does not say at which value \(point.name) is fully lit")
            return nil
        }
        self.init(device: device, point: point, fullValue: full)
    }
}

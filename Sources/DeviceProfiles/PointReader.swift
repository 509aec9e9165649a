import Documents
import Metering
import Modbus

/// Reads one entry of `points`.
struct PointReader {
    private let node: DocumentNode
    private let fields: DocumentFields
    private let kind: DeviceKind?
    private let limits: ProfileLimits

    private static let keys =
        [
            "name", "table", "address", "type", "count", "order", "mask", "bit", "base", "invert",
            "alone",
        ]
        + [
            "unit", "scale", "offset", "resolution", "invalid", "min", "max", "access", "enum",
            "bits",
        ]
        + ["unitRegister", "obis", "poll", "counter"]

    init?(_ node: DocumentNode, kind: DeviceKind?, limits: ProfileLimits) {
        guard let fields = node.fields(Self.keys) else { return nil }
        self.node = node
        self.fields = fields
        self.kind = kind
        self.limits = limits
    }

    func point() -> PointProfile? {
        let name = fields.required("name").flatMap(Self.name)
        let place = EncodingReader(fields, limits: limits).place()
        let access = access(name: name, table: place?.range.table)
        let minimum = fields.optional("min")?.decimal()
        let maximum = fields.optional("max")?.decimal()
        if let minimum, let maximum, maximum < minimum {
            fields.optional("max")?.fail("must not be below min, which is \(minimum)")
        }
        let unitRegister = fields.optional("unitRegister").flatMap {
            UnitRegisterReader.unitRegister($0, table: place?.range.table, limits: limits)
        }
        let scale = fields.optional("scale").flatMap(Self.scale)
        let limit = ScaledInteger(1, exponent: 15)
        let offset = fields.optional("offset")?.decimal(
            in: ScaledInteger(-1, exponent: 15)...limit)
        let resolution = fields.optional("resolution").flatMap {
            Self.resolution($0, type: place?.encoding.type)
        }
        let unit = fields.optional("unit")?.text()
        let obis = fields.optional("obis").flatMap(Self.obis)
        let poll = poll(access: access)
        refuseArithmeticOnText(place?.encoding)
        if let place, place.ranges.count > 1, access.isWritable {
            fields.optional("access")?.fail("registers that are not adjacent are only read")
        }
        guard let name, let place else { return nil }

        var point = PointProfile(
            name: name, range: place.range, furtherRanges: Array(place.ranges.dropFirst()),
            encoding: place.encoding, access: access)
        point.isReadAlone = place.isAlone
        point.unit = unit
        point.scale = scale ?? ScaledInteger(1)
        point.offset = offset
        point.resolution = resolution
        point.minimum = minimum
        point.maximum = maximum
        point.unitRegister = unitRegister
        point.obis = obis ?? kind.flatMap { ObisTable.code(for: name, of: $0) }
        point.invalidMarkers = invalidMarkers(place.encoding)
        point.labels = fields.optional("enum").map(CodeTable.labels) ?? [:]
        point.flags = fields.optional("bits").map { flags($0, encoding: place.encoding) } ?? [:]
        if let poll { point.isPolled = poll }
        point.counter = fields.optional("counter").flatMap(Self.counter)
        return point
    }

    private static func name(_ node: DocumentNode) -> PointName? {
        guard let text = node.text() else { return nil }
        if let name = PointName(text) { return name }
        node.fail(
            "must be 1 to 64 letters, digits, ., - and _, the first a letter or digit")
        return nil
    }

    /// `true`, `false`, or a mapping.
    private static func counter(_ node: DocumentNode) -> CounterSettings? {
        guard case .mapping = node.content else {
            return node.boolean().map { CounterSettings(isCounter: $0) }
        }
        guard let fields = node.fields(["rollover", "perHour"]) else { return nil }
        func positive(_ key: String) -> ScaledInteger? {
            guard let entry = fields.optional(key), let number = entry.decimal() else { return nil }
            if number.mantissa <= 0 { entry.fail("must be above 0") }
            return number
        }
        return CounterSettings(
            isCounter: true, rollover: positive("rollover"), mostPerHour: positive("perHour"))
    }

    private static func scale(_ node: DocumentNode) -> ScaledInteger? {
        guard let scale = node.decimal() else { return nil }
        if scale.mantissa == 0 { node.fail("must not be 0") }
        return scale
    }

    /// The exponent of a power of ten.
    private static func resolution(_ node: DocumentNode, type: RegisterType?) -> Int? {
        guard let step = node.decimal()?.normalized else { return nil }
        guard type == nil || type == .float32 || type == .float64 else {
            node.fail("only a float is rounded; a whole number has its scale")
            return nil
        }
        guard step.mantissa == 1, (-9...9).contains(step.exponent) else {
            node.fail("must be a power of ten such as 0.1 or 0.001")
            return nil
        }
        return step.exponent
    }

    private static func obis(_ node: DocumentNode) -> ObisCode? {
        guard let text = node.text() else { return nil }
        if let code = ObisCode(text) { return code }
        node.fail("expected an OBIS code such as 1-0:1.8.0*255, found \"\(text)\"")
        return nil
    }

    private func access(name: PointName?, table: RegisterTable?) -> PointAccess {
        let isCommand = name?.description.hasPrefix("command.") ?? false
        let node = fields.optional("access")
        let access = node?.choice(of: PointAccess.self) ?? .read
        if isCommand, access != .write {
            (node ?? self.node).fail("a command is only written: give access: write")
        }
        if access.isWritable, table == .input || table == .discrete {
            node?.fail("the \(table == .input ? "input" : "discrete") table cannot be written")
        }
        return access
    }

    private func poll(access: PointAccess) -> Bool? {
        guard let node = fields.optional("poll"), let poll = node.boolean() else { return nil }
        if poll, !access.isReadable { node.fail("a point that is only written is never read") }
        return poll
    }

    private func invalidMarkers(_ encoding: RegisterEncoding) -> [RawValue] {
        guard let node = fields.optional("invalid") else { return [] }
        let items: [DocumentNode]
        if case .list(let list) = node.content { items = list } else { items = [node] }
        return items.compactMap { item in
            guard let text = item.text() else { return nil }
            if let marker = encoding.marker(text) { return marker }
            item.fail("\"\(text)\" is no raw value of these registers")
            return nil
        }
    }

    private func flags(_ node: DocumentNode, encoding: RegisterEncoding) -> [Int: String] {
        guard encoding.isWhole else {
            node.fail("only a whole number has bits")
            return [:]
        }
        return CodeTable.flags(node, width: encoding.bitWidth)
    }

    private func refuseArithmeticOnText(_ encoding: RegisterEncoding?) {
        guard let encoding, encoding.type.isText else { return }
        for key in [
            "scale", "offset", "min", "max", "unit", "unitRegister", "enum", "invalid", "counter",
        ] {
            fields.entry(key)?.key.fail("a text has no \(key)")
        }
    }
}

import Documents
import Metering
import Modbus

/// Reads where a value stands and how it is written: `table`, `address`, `type`, `count`,
/// `order`, `mask`, `bit`, `base`, `invert` and `alone`.
struct EncodingReader {
    private let fields: DocumentFields
    private let limits: ProfileLimits
    /// The table where none is given.
    private let usualTable: RegisterTable?

    init(_ fields: DocumentFields, limits: ProfileLimits, usualTable: RegisterTable? = nil) {
        self.fields = fields
        self.limits = limits
        self.usualTable = usualTable
    }

    /// The ranges of a value, in the order of its registers, and the encoding of what they hold,
    /// as wide as all of them.
    struct Place {
        let ranges: [RegisterRange]
        let encoding: RegisterEncoding
        let isAlone: Bool

        /// The first, and for nearly all values the only one.
        var range: RegisterRange { ranges[0] }
    }

    func place() -> Place? {
        let table = table()
        let addresses = addresses()
        let isAlone = fields.optional("alone")?.boolean() ?? false
        guard let table, let encoding = encoding(in: table) else { return nil }
        let width = table.isBits ? 1 : encoding.registerCount
        let maximum =
            table.isBits || isAlone ? table.readLimit : UInt16(limits.maximumRegistersPerRead)
        guard width <= maximum else {
            fields.node.fail(
                "is \(width) registers wide, but a read may cover only \(maximum)"
                    + (isAlone
                        ? "" : "; where the device answers it all the same, give alone: true"))
            return nil
        }
        guard let addresses else { return nil }
        guard addresses.count == 1 || addresses.count == width else {
            fields.required("address")?.fail(
                "names \(addresses.count) registers, but the value has \(width)")
            return nil
        }
        guard addresses.count > 1 || addresses[0] + width <= 65_536 else {
            fields.required("address")?.fail(
                "\(width) registers from \(addresses[0]) end beyond 65535")
            return nil
        }
        let ranges =
            addresses.count == 1
            ? [RegisterRange(table, at: UInt16(addresses[0]), count: UInt16(width))]
            : Self.pieces(addresses, of: table)
        return Place(ranges: ranges, encoding: encoding, isAlone: isAlone)
    }

    /// One address, or that of each register.
    private func addresses() -> [Int]? {
        guard let node = fields.required("address") else { return nil }
        guard case .list(let items) = node.content else {
            return node.integer(in: 0...65_535).map { [$0] }
        }
        let addresses = items.compactMap { $0.integer(in: 0...65_535) }
        guard addresses.count == items.count else { return nil }
        guard addresses.count > 1, Set(addresses).count == addresses.count else {
            node.fail(
                "a list names each register of the value once, in the order they are put together")
            return nil
        }
        return addresses
    }

    /// Registers one after the other are one range: they are read at the same moment.
    private static func pieces(_ addresses: [Int], of table: RegisterTable) -> [RegisterRange] {
        var pieces: [RegisterRange] = []
        for address in addresses {
            if let last = pieces.last, last.end == address {
                pieces[pieces.endIndex - 1] = RegisterRange(
                    table, at: last.address, count: last.count + 1)
            } else {
                pieces.append(RegisterRange(table, at: UInt16(address), count: 1))
            }
        }
        return pieces
    }

    private func table() -> RegisterTable? {
        if let usualTable, !fields.contains("table") { return usualTable }
        return fields.required("table")?.choice(of: RegisterTable.self)
    }

    private func encoding(in table: RegisterTable) -> RegisterEncoding? {
        guard !table.isBits else {
            for key in ["count", "order", "mask", "bit", "base", "alone"] {
                fields.entry(key)?.key.fail("a single bit has no \(key)")
            }
            if let node = fields.optional("type"), node.text() != "bool" {
                node.fail("a single bit is a bool")
            }
            return RegisterEncoding(type: .bool, isInverted: isInverted)
        }
        guard let type = type() else { return nil }
        let faultless = refuseStrayKeys(type)
        let order = order(type)
        let mask = mask(type)
        let bit = fields.optional("bit")?.integer(in: 0...15)
        let base = fields.optional("base")?.integer(in: 2...65_535)
        guard faultless, case .some(let order) = order else { return nil }
        return RegisterEncoding(
            type: type, order: order, mask: mask, bit: bit, base: base.map { UInt16($0) },
            isInverted: isInverted)
    }

    private var isInverted: Bool { fields.optional("invert")?.boolean() ?? false }

    private static func isMixedBase(_ type: RegisterType) -> Bool {
        switch type {
        case .uint32, .uint48, .uint64: true
        default: false
        }
    }

    private static let types: [(word: String, value: RegisterType)] = [
        ("int8", .int8), ("uint8", .uint8), ("int16", .int16), ("uint16", .uint16),
        ("int32", .int32), ("uint32", .uint32), ("int48", .int48), ("uint48", .uint48),
        ("int64", .int64), ("uint64", .uint64), ("float32", .float32), ("float64", .float64),
        ("bool", .bool), ("bcd", .bcd(registers: 1)), ("string", .string(registers: 1)),
        ("raw", .raw(registers: 1)),
    ]

    private func type() -> RegisterType? {
        guard let type = fields.required("type")?.choice(among: Self.types) else { return nil }
        switch type {
        case .bcd: return count(upTo: 4).map { .bcd(registers: $0) }
        case .string: return count(upTo: 125).map { .string(registers: $0) }
        case .raw: return count(upTo: 125).map { .raw(registers: $0) }
        default:
            fields.entry("count")?.key.fail("only bcd, string and raw have a count")
            return type
        }
    }

    private func count(upTo limit: Int) -> Int? {
        fields.required("count")?.integer(in: 1...limit)
    }

    /// - Returns: Whether the keys given belong to the type.
    private func refuseStrayKeys(_ type: RegisterType) -> Bool {
        var faultless = true
        if let entry = fields.entry("bit"), type != .bool {
            entry.key.fail("only a bool has a bit; for a part of a number use mask")
            faultless = false
        }
        if let entry = fields.entry("mask"), !type.canBeMasked {
            entry.key.fail("only unsigned integers have a mask")
            faultless = false
        }
        if let entry = fields.entry("order"), type == .bool || type.isRaw {
            entry.key.fail("a \(type == .bool ? "bool" : "raw value") has no order")
            faultless = false
        }
        if let entry = fields.entry("invert"), type != .bool {
            entry.key.fail("only a bool is inverted")
            faultless = false
        }
        if let entry = fields.entry("base"), !Self.isMixedBase(type) || fields.contains("mask") {
            entry.key.fail("only whole unsigned numbers of 2 to 4 registers have a base")
            faultless = false
        }
        return faultless
    }

    /// - Returns: `.some(nil)` for the usual order, `nil` after a fault.
    private func order(_ type: RegisterType) -> ByteOrder?? {
        let width = type.isText ? 2 : type.registerCount * 2
        guard let node = fields.optional("order") else {
            if type.registerCount == 1 || type.isText { return .some(nil) }
            fields.node.fail("a number of \(type.registerCount) registers needs an order")
            return nil
        }
        guard let text = node.text() else { return nil }
        guard let order = ByteOrder(text), order.count == width else {
            let letters = ByteOrder.standard(bytes: width)
            node.fail("must put the letters \(letters) in some order, found \"\(text)\"")
            return nil
        }
        return order
    }

    private func mask(_ type: RegisterType) -> UInt64? {
        guard let node = fields.optional("mask"), let text = node.text() else { return nil }
        let digits = text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
        guard let mask = digits, mask != 0,
            type.bitWidth >= 64 || mask >> UInt64(type.bitWidth) == 0
        else {
            node.fail("must be a number of 1 to \(type.bitWidth) bits, found \"\(text)\"")
            return nil
        }
        return mask
    }
}

/// Reads a `unitRegister`.
enum UnitRegisterReader {
    static func unitRegister(
        _ node: DocumentNode, table: RegisterTable?, limits: ProfileLimits
    ) -> UnitRegister? {
        let keys = [
            "table", "address", "type", "count", "order", "mask", "bit", "base", "invert", "alone",
            "factors",
        ]
        guard let fields = node.fields(keys) else { return nil }
        let place = EncodingReader(fields, limits: limits, usualTable: table).place()
        let factors = fields.required("factors").map(CodeTable.factors)
        guard let place, let factors else { return nil }
        guard !place.range.table.isBits, place.encoding.isWhole, place.ranges.count == 1 else {
            node.fail("a unit is told by a whole number in registers beside one another")
            return nil
        }
        return UnitRegister(range: place.range, encoding: place.encoding, factors: factors)
    }
}

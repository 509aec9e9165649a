import Documents
import Metering
import Modbus

/// Reads where a value stands and how it is written: `table`, `address`, `type`, `count`,
/// `order`, `mask` and `bit`.
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

    /// A range and the encoding of what it holds, as wide as each other.
    func place() -> (range: RegisterRange, encoding: RegisterEncoding)? {
        let table = table()
        let address = fields.required("address")?.integer(in: 0...65_535)
        guard let table, let encoding = encoding(in: table) else { return nil }
        let width = table.isBits ? 1 : encoding.registerCount
        let maximum = table.isBits ? 1 : Int(limits.maximumRegistersPerRead)
        guard width <= maximum else {
            fields.node.fail("is \(width) registers wide, but a read may cover only \(maximum)")
            return nil
        }
        guard let address else { return nil }
        guard address + width <= 65_536 else {
            fields.required("address")?.fail("\(width) registers from \(address) end beyond 65535")
            return nil
        }
        return (RegisterRange(table, at: UInt16(address), count: UInt16(width)), encoding)
    }

    private func table() -> RegisterTable? {
        if let usualTable, !fields.contains("table") { return usualTable }
        return fields.required("table")?.choice(of: RegisterTable.self)
    }

    private func encoding(in table: RegisterTable) -> RegisterEncoding? {
        guard !table.isBits else {
            for key in ["count", "order", "mask", "bit"] {
                fields.entry(key)?.key.fail("a single bit has no \(key)")
            }
            if let node = fields.optional("type"), node.text() != "bool" {
                node.fail("a single bit is a bool")
            }
            return RegisterEncoding(type: .bool)
        }
        guard let type = type() else { return nil }
        let faultless = refuseStrayKeys(type)
        let order = order(type)
        let mask = mask(type)
        let bit = fields.optional("bit")?.integer(in: 0...15)
        guard faultless, case .some(let order) = order else { return nil }
        return RegisterEncoding(type: type, order: order, mask: mask, bit: bit)
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
        if let entry = fields.entry("order"), type.isText || type == .bool {
            entry.key.fail("a \(type.isText ? "text" : "bool") has no order")
            faultless = false
        }
        return faultless
    }

    /// - Returns: `.some(nil)` for the usual order, `nil` after a fault.
    private func order(_ type: RegisterType) -> ByteOrder?? {
        let width = type.registerCount * 2
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
        let keys = ["table", "address", "type", "count", "order", "mask", "bit", "factors"]
        guard let fields = node.fields(keys) else { return nil }
        let place = EncodingReader(fields, limits: limits, usualTable: table).place()
        let factors = fields.required("factors").map(CodeTable.factors)
        guard let place, let factors else { return nil }
        guard !place.range.table.isBits, place.encoding.isWhole else {
            node.fail("a unit is told by a whole number in registers")
            return nil
        }
        return UnitRegister(range: place.range, encoding: place.encoding, factors: factors)
    }
}

package import Modbus

/// A raw read on a running bus. The body of `POST /v1/modbus/read`.
package struct ModbusReadRequest: Codable, Hashable, Sendable {
    package var bus: String
    /// 0 to 255; reading from 0, the broadcast, is refused.
    package var unit: Int
    /// `coil`, `discrete`, `input` or `holding`.
    package var table: String
    /// As on the wire: the first address is 0.
    package var address: Int
    package var count: Int

    package init(bus: String, unit: Int, table: String, address: Int, count: Int) {
        self.bus = bus
        self.unit = unit
        self.table = table
        self.address = address
        self.count = count
    }

    /// The request as it goes on the wire.
    package func exchange() throws(Problem) -> ModbusExchange {
        guard unit != 0 else {
            throw Problem(
                .badRequest, "unit 0 is the broadcast, which no device answers",
                hint: "name the unit of one device, 1 to 247")
        }
        let unit = try ModbusExchange.unit(unit)
        let table = try ModbusExchange.table(table)
        guard (1...Int(table.readLimit)).contains(count) else {
            throw Problem(
                .badRequest, "count \(count) is not in 1...\(table.readLimit)",
                hint: "read less at once")
        }
        let address = try ModbusExchange.address(address, count: count)
        let range = RegisterRange(table, at: address, count: UInt16(count))
        return ModbusExchange(bus: bus, unit: unit, request: .read(range))
    }
}

/// A raw write on a running bus. The body of `POST /v1/modbus/write`.
///
/// One value is written with function 5 or 6, several with function 15 or 16.
package struct ModbusWriteRequest: Codable, Hashable, Sendable {
    package var bus: String
    /// 0 to 255; 0 is the broadcast.
    package var unit: Int
    /// `coil` or `holding`.
    package var table: String
    /// As on the wire: the first address is 0.
    package var address: Int
    /// Registers as 0 to 65535 or -32768 to -1, coils as 0 or 1.
    package var values: [Int]
    /// Who asks, for the audit trail.
    package var by: String?
    /// Whether to write also where that moves what the site works by itself: strikes, valves, lamps.
    package var force: Bool?

    package init(
        bus: String, unit: Int, table: String, address: Int, values: [Int], by: String? = nil,
        force: Bool? = nil
    ) {
        self.bus = bus
        self.unit = unit
        self.table = table
        self.address = address
        self.values = values
        self.by = by
        self.force = force
    }

    /// The request as it goes on the wire.
    package func exchange() throws(Problem) -> ModbusExchange {
        let unit = try ModbusExchange.unit(unit)
        let table = try ModbusExchange.table(table)
        let limit: Int
        switch table {
        case .coil: limit = 1_968
        case .holding: limit = 123
        case .discrete, .input:
            throw Problem(
                .badRequest, "\(table.rawValue) registers cannot be written",
                hint: "write to the table coil or holding")
        }
        guard (1...limit).contains(values.count) else {
            throw Problem(.badRequest, "\(values.count) values: one write takes 1 to \(limit)")
        }
        let address = try ModbusExchange.address(address, count: values.count)
        let request: ModbusRequest
        if table == .coil {
            let bits = try values.map { value throws(Problem) in try Self.bit(value) }
            request =
                bits.count == 1
                ? .writeCoil(address: address, bits[0])
                : .writeCoils(address: address, bits)
        } else {
            let words = try values.map { value throws(Problem) in try Self.word(value) }
            request =
                words.count == 1
                ? .writeRegister(address: address, words[0])
                : .writeRegisters(address: address, words)
        }
        var exchange = ModbusExchange(bus: bus, unit: unit, request: request)
        exchange.by = by ?? "unnamed"
        exchange.isForced = force ?? false
        return exchange
    }

    private static func bit(_ value: Int) throws(Problem) -> Bool {
        guard value == 0 || value == 1 else {
            throw Problem(.badRequest, "\(value) is not a coil's value", hint: "write 0 or 1")
        }
        return value == 1
    }

    private static func word(_ value: Int) throws(Problem) -> UInt16 {
        guard (-32_768...65_535).contains(value) else {
            throw Problem(
                .badRequest, "\(value) does not fit a register", hint: "write 0 to 65535")
        }
        return UInt16(truncatingIfNeeded: value)
    }
}

/// One request to one unit of one bus: valid, ready to be sent.
package struct ModbusExchange: Hashable, Sendable {
    package let bus: String
    package let unit: UnitIdentifier
    package let request: ModbusRequest
    /// Who asks.
    package var by = ""
    /// Whether a write may move what the site works by itself.
    package var isForced = false

    package init(bus: String, unit: UnitIdentifier, request: ModbusRequest) {
        self.bus = bus
        self.unit = unit
        self.request = request
    }

    static func unit(_ number: Int) throws(Problem) -> UnitIdentifier {
        guard let unit = UInt8(exactly: number) else {
            throw Problem(.badRequest, "unit \(number) is not in 0...255")
        }
        return UnitIdentifier(unit)
    }

    static func table(_ name: String) throws(Problem) -> RegisterTable {
        guard let table = RegisterTable(rawValue: name) else {
            let known = RegisterTable.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(.badRequest, "there is no table \"\(name)\"", hint: "use one of \(known)")
        }
        return table
    }

    static func address(_ number: Int, count: Int) throws(Problem) -> UInt16 {
        guard let address = UInt16(exactly: number), Int(address) + count <= 65_536 else {
            throw Problem(
                .badRequest, "address \(number) with \(count) from there is not in 0...65535",
                hint: "give the address as on the wire: 40001 of a manual is holding 0")
        }
        return address
    }
}

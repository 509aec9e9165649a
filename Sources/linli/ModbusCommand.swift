import ArgumentParser
import MaintenanceAPI
import ModbusTransport

/// `linli modbus`: raw requests on a running bus.
struct ModbusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "modbus", abstract: "Read and write registers of a device.",
        discussion: """
            Over a bus of the site, linlid sends the request in its turn; polling goes on. With \
            --serial, --tcp or --rtu-over-tcp a device is read without linlid and without a site.
            """,
        subcommands: [
            ReadRegistersCommand.self, WriteRegistersCommand.self, IdentifyCommand.self,
        ])
}

/// Where registers are.
struct RegisterOptions: ParsableArguments {
    @Option(help: "The unit on the bus, 1 to 247.")
    var unit: Int
    @Option(help: "holding, input, coil or discrete.")
    var table = "holding"
    @Option(help: "The first address as on the wire, from 0: 40001 of a manual is holding 0.")
    var address: NumberArgument
}

/// A number, decimal or, as in many manuals, hexadecimal with `0x`.
struct NumberArgument: ExpressibleByArgument, Hashable {
    let value: Int

    init?(argument: String) {
        // A minus that is none of an option: see ``Arguments``.
        let text = argument.replacing(String(Arguments.minus), with: "-").lowercased()
        let digits = text.drop { $0 == "-" }
        let isHexadecimal = digits.hasPrefix("0x")
        let value = isHexadecimal ? Int(digits.dropFirst(2), radix: 16) : Int(text)
        guard let value, text.count - digits.count <= 1 else { return nil }
        self.value = isHexadecimal && text.hasPrefix("-") ? -value : value
    }
}

/// `linli modbus read`.
struct ReadRegistersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Read registers or bits of a device.")

    @OptionGroup var place: RegisterOptions
    @Option(help: "How many: up to 125 registers or 2000 bits.")
    var count = 1
    @Option(help: "The bus, as the site document names it.")
    var bus: String?
    @OptionGroup(title: "Without linlid") var direct: DirectOptions
    @OptionGroup var daemon: DaemonOptions

    func validate() throws {
        guard direct.count + (bus == nil ? 0 : 1) == 1 else {
            throw ValidationError("Name one of --bus, --serial, --tcp and --rtu-over-tcp.")
        }
    }

    func run() async throws {
        guard let bus else { return try await readDirectly() }
        try await daemon.ask { client in
            let answer: DaemonClient.Answer<ModbusAnswer> = try await client.post(
                "modbus/read", request(on: bus))
            try daemon.print(answer) {
                Self.text(of: $0, from: place.address.value, on: .current())
            }
        }
    }

    private func readDirectly() async throws {
        try await CommandFailure.reported(asJSON: daemon.json) {
            guard let link = try direct.link() else { return }
            let exchange: ModbusExchange
            do throws(Problem) {
                exchange = try request(on: link.description).exchange()
            } catch {
                throw CommandFailure(error)
            }
            let answer = try await DirectRead.perform(
                exchange, over: link, timeout: .milliseconds(direct.timeout),
                socketPath: daemon.socketPath)
            let json = String(decoding: try MaintenanceJSON.encode(answer), as: UTF8.self)
            try daemon.print(DaemonClient.Answer(value: answer, json: json)) {
                Self.text(of: $0, from: place.address.value, on: .current())
            }
        }
    }

    private func request(on bus: String) -> ModbusReadRequest {
        ModbusReadRequest(
            bus: bus, unit: place.unit, table: place.table, address: place.address.value,
            count: count)
    }

    static func text(of answer: ModbusAnswer, from address: Int, on page: Page) -> String {
        var table: TextTable
        if let bits = answer.bits {
            table = TextTable([.number("ADDRESS"), .number("BIT")])
            for (index, bit) in bits.enumerated() {
                table.add([.init("\(address + index)"), bit ? "1" : "0"])
            }
        } else {
            table = TextTable([
                .number("ADDRESS"), .text("HEX"), .number("UNSIGNED"), .number("SIGNED"),
                .text("TEXT"),
            ])
            for (index, word) in (answer.registers ?? []).enumerated() {
                table.add([
                    .init("\(address + index)"), .init(hexadecimal(word)), .init("\(word)"),
                    .init("\(Int16(bitPattern: word))"), .init(letters(word)),
                ])
            }
        }
        return table.text(on: page)
            + page.paint("answered after \(Amount.fixed(answer.busMilliseconds, 1)) ms\n", .faint)
    }

    private static func hexadecimal(_ word: UInt16) -> String {
        let digits = String(word, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// The two bytes as ASCII, a dot for what is none.
    private static func letters(_ word: UInt16) -> String {
        [UInt8(word >> 8), UInt8(word & 0xFF)].map { byte in
            (0x21...0x7E).contains(byte) ? String(Unicode.Scalar(byte)) : "."
        }.joined()
    }
}

/// `linli modbus write`.
struct WriteRegistersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "write", abstract: "Write registers or coils of a device.",
        discussion: """
            Asks first at a terminal; elsewhere it needs --yes. What a strike, a valve, a lamp or a \
            charger hangs on is refused, with the command to use instead: those keep limits. \
            Who wrote what is in the audit trail and among the events.
            """)

    @OptionGroup var place: RegisterOptions
    @Option(help: "The bus, as the site document names it.")
    var bus: String
    @Argument(help: "The values, in order of their addresses; coils as 0 and 1.")
    var values: [NumberArgument]
    @Flag(help: "Do not ask.")
    var yes = false
    @Flag(help: "Write even to what the site works by itself; it is put right at once after.")
    var force = false
    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try await CommandFailure.reported(asJSON: daemon.json) { try confirm() }
        try await daemon.ask { client in
            let request = ModbusWriteRequest(
                bus: bus, unit: place.unit, table: place.table, address: place.address.value,
                values: values.map(\.value), by: Operator.name, force: force ? true : nil)
            let answer: DaemonClient.Answer<ModbusAnswer> = try await client.post(
                "modbus/write", request)
            try daemon.print(answer) { answer in
                "\(Amount.of(values.count, "value")) written to \(place.table) "
                    + "\(place.address.value) of unit \(answer.unit) on \(answer.bus)\n"
            }
        }
    }

    private func confirm() throws(CommandFailure) {
        guard !yes else { return }
        let numbers = values.map { "\($0.value)" }.joined(separator: " ")
        let units = place.unit == 0 ? "ALL units" : "unit \(place.unit)"
        let question =
            "Write \(numbers) to \(place.table) \(place.address.value) of \(units) on \(bus)?"
        guard let isAgreed = StandardStream.ask(question) else {
            throw .bad("nothing was written: there is no terminal to ask at", hint: "add --yes")
        }
        guard isAgreed else { throw .bad("nothing was written") }
    }
}

import DeviceProfiles
import Documents
import Testing

struct WrongProfileTests {
    /// A point, and what is wrong with it.
    static let points: [(point: String, path: String, reason: String)] = [
        (
            "name: p, table: input, address: 0, type: uint16, units: V", ".units",
            "did you mean \"unit\"?"
        ),
        ("table: input, address: 0, type: uint16", "", "\"name\" is missing"),
        ("name: a b, table: input, address: 0, type: uint16", ".name", "1 to 64 letters, digits"),
        ("name: p, address: 0, type: uint16", "", "\"table\" is missing"),
        ("name: p, table: inputs, address: 0, type: uint16", ".table", "did you mean \"input\"?"),
        ("name: p, table: input, type: uint16", "", "\"address\" is missing"),
        (
            "name: p, table: input, address: 65536, type: uint16", ".address",
            "must lie in 0...65535"
        ),
        ("name: p, table: input, address: -1, type: uint16", ".address", "must lie in 0...65535"),
        (
            "name: p, table: input, address: ten, type: uint16", ".address",
            "expected a whole number"
        ),
        (
            "name: p, table: input, address: 65535, type: uint32, order: ABCD", ".address",
            "2 registers from 65535 end beyond 65535"
        ),
        ("name: p, table: input, address: 0", "", "\"type\" is missing"),
        (
            "name: p, table: input, address: 0, type: uint16, resolution: 0.1", ".resolution",
            "only a float is rounded"
        ),
        (
            "name: p, table: input, address: 0, type: float32, order: ABCD, resolution: 0.2",
            ".resolution", "must be a power of ten"
        ),
        (
            "name: p, table: input, address: 0, type: float32, order: ABCD, resolution: 0",
            ".resolution", "must be a power of ten"
        ),
        ("name: p, table: input, address: 0, type: uint33", ".type", "uint32, "),
        ("name: p, table: input, address: 0, type: [uint16]", ".type", "expected one of"),
        (
            "name: p, table: input, address: 0, type: uint32", "",
            "a number of 2 registers needs an order"
        ),
        (
            "name: p, table: input, address: 0, type: uint32, order: AB", ".order",
            "the letters ABCD in some order"
        ),
        (
            "name: p, table: input, address: 0, type: uint64, order: ABCDEFGG", ".order",
            "the letters ABCDEFGH in some order"
        ),
        (
            "name: p, table: input, address: 0, type: bool, order: AB", ".order",
            "a bool has no order"
        ),
        (
            "name: p, table: input, address: 0, type: string, count: 2, order: ABCD", ".order",
            "the letters AB in some order"
        ),
        (
            "name: p, table: input, address: 0, type: raw, count: 2, order: BA", ".order",
            "a raw value has no order"
        ),
        (
            "name: p, table: input, address: 0, type: int32, order: ABCD, base: 1000", ".base",
            "only whole unsigned numbers of 2 to 4 registers have a base"
        ),
        (
            "name: p, table: input, address: 0, type: uint16, invert: true", ".invert",
            "only a bool is inverted"
        ),
        (
            "name: p, table: input, address: [1, 2, 3], type: uint32, order: ABCD", ".address",
            "names 3 registers, but the value has 2"
        ),
        (
            "name: p, table: input, address: [7, 7], type: uint32, order: ABCD", ".address",
            "names each register of the value once"
        ),
        (
            "name: p, table: holding, address: [7, 9], type: uint32, order: ABCD, access: readWrite",
            ".access", "registers that are not adjacent are only read"
        ),
        ("name: p, table: input, address: 0, type: bcd", "", "\"count\" is missing"),
        (
            "name: p, table: input, address: 0, type: bcd, count: 5, order: ABCD", ".count",
            "must lie in 1...4"
        ),
        (
            "name: p, table: input, address: 0, type: uint16, count: 1", ".count",
            "only bcd, string and raw have a count"
        ),
        (
            "name: p, table: input, address: 0, type: raw, count: 11", "",
            "is 11 registers wide, but a read may cover only 10"
        ),
        ("name: p, table: input, address: 0, type: bool, bit: 16", ".bit", "must lie in 0...15"),
        (
            "name: p, table: input, address: 0, type: uint16, bit: 3", ".bit",
            "only a bool has a bit"
        ),
        (
            "name: p, table: input, address: 0, type: uint16, mask: 0x10000", ".mask",
            "1 to 16 bits"
        ),
        ("name: p, table: input, address: 0, type: uint16, mask: 0", ".mask", "1 to 16 bits"),
        (
            "name: p, table: input, address: 0, type: int16, mask: 0xFF", ".mask",
            "only unsigned integers have a mask"
        ),
        ("name: p, table: coil, address: 0, bit: 1", ".bit", "a single bit has no bit"),
        ("name: p, table: coil, address: 0, type: uint16", ".type", "a single bit is a bool"),
        ("name: p, table: input, address: 0, type: uint16, scale: 0", ".scale", "must not be 0"),
        ("name: p, table: input, address: 0, type: uint16, scale: 0.00", ".scale", "must not be 0"),
        (
            "name: p, table: input, address: 0, type: uint16, scale: x", ".scale",
            "expected a number"
        ),
        (
            "name: p, table: input, address: 0, type: uint16, min: 2, max: 1", ".max",
            "must not be below min, which is 2"
        ),
        (
            "name: p, table: input, address: 0, type: uint16, access: readWrite", ".access",
            "the input table cannot be written"
        ),
        (
            "name: p, table: discrete, address: 0, access: write", ".access",
            "the discrete table cannot be written"
        ),
        ("name: p, table: coil, address: 0, access: rw", ".access", "unknown word \"rw\""),
        (
            "name: command.p, table: coil, address: 0, access: readWrite", ".access",
            "a command is only written"
        ),
        ("name: command.p, table: coil, address: 0", "", "a command is only written"),
        (
            "name: p, table: coil, address: 0, access: write, poll: true", ".poll",
            "a point that is only written is never read"
        ),
        ("name: p, table: coil, address: 0, poll: yes", ".poll", "expected true or false"),
        (
            "name: p, table: input, address: 0, type: uint16, invalid: 65536", ".invalid",
            "\"65536\" is no raw value of these registers"
        ),
        (
            "name: p, table: input, address: 0, type: int16, invalid: [1, 0x12345]", ".invalid[1]",
            "\"0x12345\" is no raw value"
        ),
        (
            "name: p, table: input, address: 0, type: uint16, enum: {a: b}", ".enum.a",
            "expected a whole number, found \"a\""
        ),
        (
            "name: p, table: input, address: 0, type: uint16, enum: {1: a, 0x1: b}", ".enum.0x1",
            "the code 1 is given twice"
        ),
        ("name: p, table: input, address: 0, type: uint16, enum: {}", ".enum", "must not be empty"),
        (
            "name: p, table: input, address: 0, type: uint16, bits: {16: a}", ".bits.16",
            "must lie in 0...15"
        ),
        (
            "name: p, table: input, address: 0, type: uint16, mask: 0x0F00, bits: {4: a}",
            ".bits.4", "must lie in 0...3"
        ),
        (
            "name: p, table: input, address: 0, type: float32, order: ABCD, bits: {1: a}", ".bits",
            "only a whole number has bits"
        ),
        (
            "name: p, table: input, address: 0, type: raw, count: 1, unit: V", ".unit",
            "a text has no unit"
        ),
        ("name: p, table: input, address: 0, type: uint16, obis: 1.8.0", ".obis", "an OBIS code"),
        (
            "name: p, table: input, address: 0, type: uint16, unitRegister: {type: uint16}",
            ".unitRegister", "\"address\" is missing"
        ),
        (
            "name: p, table: input, address: 0, type: uint16, unitRegister: "
                + "{address: 1, type: uint16, factors: {0: 0}}", ".unitRegister.factors.0",
            "must not be 0"
        ),
        (
            "name: p, table: input, address: 0, type: uint16, unitRegister: "
                + "{address: 1, type: float32, order: ABCD, factors: {0: 1}}", ".unitRegister",
            "a unit is told by a whole number"
        ),
    ]

    @Test(arguments: points)
    func aWrongPointIsRefusedWhereItIs(point: String, path: String, reason: String) {
        let text = """
            id: test
            kind: heat-meter
            vendor: v
            model: m
            limits: {maximumRegistersPerRead: 10}
            points:
              - {name: sound, table: holding, address: 0, type: uint16}
              - {\(point)}
            """
        let faults = faults(text)
        #expect(
            faults.contains {
                $0.line == 8 && $0.path == "points[1]\(path)" && $0.reason.contains(reason)
            }, "\(faults)")
        #expect(faults.allSatisfy { $0.line == 8 }, "\(faults)")
    }

    /// A line of the head, and what is wrong with it.
    static let heads: [(line: String, path: String, reason: String)] = [
        ("kind: toaster", "kind", "unknown word \"toaster\""),
        ("kind: heat-metre", "kind", "did you mean \"heat-meter\"?"),
        ("protocol: dlt645", "protocol", "DL/T 645 is not supported yet; only Modbus"),
        ("protocol: cjt188", "protocol", "CJ/T 188 is not supported yet; only Modbus"),
        ("protocol: mbus", "protocol", "M-Bus is not supported yet; only Modbus"),
        ("protocol: knx", "protocol", "unknown word \"knx\""),
        ("link: {bus: mbus}", "link.bus", "M-Bus is not supported yet; only Modbus"),
        ("link: {protocol: dlt645}", "link.protocol", "DL/T 645 is not supported yet"),
        ("link: {baud: 9600}", "link.baud", "unknown key"),
        ("link: {baudRate: 9601}", "link.baudRate", "9601 is no speed of a serial line"),
        ("link: {parity: mark}", "link.parity", "unknown word \"mark\""),
        ("link: {stopBits: 3}", "link.stopBits", "must lie in 1...2"),
        ("limits: {maximumRegistersPerRead: 126}", "limits.maximumRegistersPerRead", "1...125"),
        ("limits: {maximumBitsPerRead: 0}", "limits.maximumBitsPerRead", "1...2000"),
        ("limits: {gapLimit: 125}", "limits.gapLimit", "0...124"),
        ("limits: {requestGap: 20}", "limits.requestGap", "expected a time such as"),
        ("limits: {responseTimeout: 2m}", "limits.responseTimeout", "must lie in 1ms...1m"),
        ("notes: a text", "notes", "expected a list"),
        ("caveats: []", "caveats", "unknown key"),
        ("id: Test", "id", "lower-case letters"),
        ("vendor: \"\"", "vendor", "must not be empty"),
        ("points: []", "points", "must name at least one point"),
        ("points: {a: 1}", "points", "expected a list"),
    ]

    @Test(arguments: heads)
    func aWrongHeadIsRefusedWhereItIs(line: String, path: String, reason: String) {
        let key = line.prefix { $0 != ":" }
        let sound = [
            "id: test", "kind: heat-meter", "vendor: v", "model: m",
            "points: [{name: p, table: coil, address: 0}]",
        ]
        let kept = sound.filter { !$0.hasPrefix("\(key):") }
        let faults = faults(([line] + kept).joined(separator: "\n"))
        #expect(faults.count == 1)
        #expect(faults.first?.line == 1)
        #expect(faults.first?.path == path)
        #expect(faults.first?.reason.contains(reason) == true, "\(faults)")
    }

    @Test(arguments: ["id", "kind", "vendor", "model", "points"])
    func whatIsRequiredIsMissed(key: String) {
        let lines = [
            "id: test", "kind: heat-meter", "vendor: v", "model: m",
            "points: [{name: p, table: coil, address: 0}]",
        ]
        #expect(faults(lines.joined(separator: "\n")).isEmpty)
        let others = lines.filter { !$0.hasPrefix("\(key):") }.joined(separator: "\n")
        #expect(faults(others).map(\.reason) == ["\"\(key)\" is missing"])
    }

    @Test func aNameGivenTwiceIsRefusedWithBothLines() {
        let text = """
            id: test
            kind: heat-meter
            vendor: v
            model: m
            points:
              - {name: p, table: coil, address: 0}
              - {name: q, table: coil, address: 1}
              - {name: p, table: coil, address: 2}
            """
        let faults = faults(text)
        #expect(faults.map(\.line) == [8])
        #expect(faults.first?.reason == "the point \"p\" is given twice, first on line 6")
    }

    @Test func allFaultsAreToldAtOnce() {
        let text = """
            id: test
            kind: nothing
            vendor: v
            points:
              - {name: p, table: coil, address: 70000}
              - {name: q, table: input, address: 1, type: uint16, scale: 0, min: 3, max: 2}
            """
        #expect(faults(text).map(\.line) == [1, 2, 5, 6, 6])
    }

    private func faults(_ text: String) -> [DocumentFault] {
        do throws(DocumentFaults) {
            _ = try ProfileLibrary.read(text: text, file: "test.yaml")
            return []
        } catch {
            return error.faults
        }
    }
}

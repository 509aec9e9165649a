import FoundationEssentials
import Modbus
import Testing

/// Every Modbus entry of `vectors.json`: exchanges of real devices, and byte orders.
@Suite struct VectorTests {
    struct Vector: Decodable, CustomTestStringConvertible {
        struct Field: Decodable {
            let name: String
            /// Counted from the first register of the answer.
            let register: Int
            let type: String
            let order: String
            let scale: Double
        }

        let id: String
        let `protocol`: String
        let request: String?
        let response: String
        let expect: [String: Double]
        let fields: [Field]?
        let order: String?

        var testDescription: String { id }
    }

    /// What the file says of an entry before it is known to be one of ours.
    private struct Heading: Decodable {
        let `protocol`: String
    }

    private struct Entry: Decodable {
        let vector: Vector?

        init(from decoder: any Decoder) throws {
            let heading = try Heading(from: decoder)
            vector = heading.protocol.hasPrefix("modbus") ? try Vector(from: decoder) : nil
        }
    }

    static let vectors: [Vector] = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("vectors.json")
        do {
            let entries = try JSONDecoder().decode([Entry].self, from: Data(contentsOf: file))
            return entries.compactMap(\.vector)
        } catch {
            Issue.record("vectors.json cannot be read: \(error)")
            return []
        }
    }()

    @Test func theFileHoldsTheEntriesItIsKnownToHold() {
        let kinds = Dictionary(grouping: Self.vectors, by: \.protocol).mapValues(\.count)
        #expect(kinds == ["modbus-rtu": 13, "modbus-order": 4])
    }

    @Test(arguments: vectors.filter { $0.protocol == "modbus-rtu" })
    func anExchangeOfARealDeviceIsReadAsItsSourceStates(vector: Vector) throws {
        let requestFrame = try RTUFrame(decoding: bytes(try #require(vector.request))[...])
        let request = try ModbusRequest(decoding: requestFrame.pdu[...])
        // What we would send is what was sent, to the bit.
        #expect(
            RTUFrame(unit: requestFrame.unit, pdu: request.encoded).encoded
                == bytes(vector.request ?? ""))

        let answer = try RTUFrame(decoding: bytes(vector.response)[...])
        #expect(answer.unit == requestFrame.unit)
        let response = try ModbusResponse(decoding: answer.pdu[...], answering: request)
        guard case .registers(let words) = response else {
            Issue.record("an answer without registers")
            return
        }
        #expect(
            RTUFrame(unit: answer.unit, pdu: response.encoded(answering: request)).encoded
                == bytes(vector.response))

        let fields = try #require(vector.fields)
        #expect(Set(fields.map(\.name)) == Set(vector.expect.keys))
        for field in fields {
            let encoding = try encoding(type: field.type, order: field.order)
            let end = field.register + encoding.registerCount
            let raw = encoding.decode(words[field.register..<end])
            let value = try #require(number(raw)) * field.scale
            let expected = try #require(vector.expect[field.name])
            // The sources print up to six digits.
            let tolerance = max(abs(expected) * 1e-6, 5e-5)
            #expect(abs(value - expected) <= tolerance, "\(field.name)")
        }
    }

    @Test(arguments: vectors.filter { $0.protocol == "modbus-order" })
    func theOrdersOfAFloatAreThoseOfLibmodbus(vector: Vector) throws {
        let encoding = try encoding(type: "f32", order: try #require(vector.order))
        let octets = bytes(vector.response)
        let words = [
            UInt16(octets[0]) << 8 | UInt16(octets[1]), UInt16(octets[2]) << 8 | UInt16(octets[3]),
        ]
        let expected = try #require(vector.expect["v"])
        #expect(encoding.decode(words[...]) == .float(Float(expected)))
        #expect(encoding.encode(.float(Float(expected))) == words)
    }

    // MARK: -

    private func bytes(_ text: String) -> [UInt8] {
        text.split(separator: " ").compactMap { UInt8($0, radix: 16) }
    }

    private func encoding(type: String, order: String) throws -> RegisterEncoding {
        let types: [String: RegisterType] = [
            "f32": .float32, "u16": .uint16, "i16": .int16, "u32": .uint32, "i32": .int32,
        ]
        let known: RegisterType = try #require(types[type], "a type that this test does not know")
        let bytes: ByteOrder = try #require(ByteOrder(order))
        return RegisterEncoding(type: known, order: bytes)
    }

    private func number(_ raw: RawValue) -> Double? {
        switch raw {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .float(let value): Double(value)
        case .double(let value): value
        case .text, .notANumber: nil
        }
    }
}

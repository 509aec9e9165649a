import Execution
import Modbus
import Testing

/// Registers as values.
@Suite struct RegisterEncodingTests {
    static let known: [(RegisterType, String?, [UInt16], RawValue)] = [
        (.int8, nil, [0xFF80], .integer(-128)),
        (.uint8, nil, [0x12FE], .unsigned(0xFE)),
        (.uint8, "BA", [0xFE12], .unsigned(0xFE)),
        (.int16, nil, [0x8000], .integer(-32_768)),
        (.int16, "BA", [0xFEFF], .integer(-2)),
        (.uint16, nil, [0xFFFF], .unsigned(65_535)),
        (.int32, "ABCD", [0xFFFF, 0xFFFE], .integer(-2)),
        (.int32, "CDAB", [0xFFFE, 0xFFFF], .integer(-2)),
        (.uint32, "ABCD", [0x1234, 0x5678], .unsigned(0x1234_5678)),
        (.uint32, "CDAB", [0x5678, 0x1234], .unsigned(0x1234_5678)),
        (.uint32, "BADC", [0x3412, 0x7856], .unsigned(0x1234_5678)),
        (.uint32, "DCBA", [0x7856, 0x3412], .unsigned(0x1234_5678)),
        (.uint48, nil, [1, 2, 3], .unsigned(0x1_0002_0003)),
        (.int48, nil, [0xFFFF, 0xFFFF, 0xFFFF], .integer(-1)),
        (.uint64, "ABCDEFGH", [1, 2, 3, 4], .unsigned(0x0001_0002_0003_0004)),
        (.uint64, "GHEFCDAB", [4, 3, 2, 1], .unsigned(0x0001_0002_0003_0004)),
        (.uint64, "HGFEDCBA", [0x0400, 0x0300, 0x0200, 0x0100], .unsigned(0x0001_0002_0003_0004)),
        (.uint64, "BADCFEHG", [0x0100, 0x0200, 0x0300, 0x0400], .unsigned(0x0001_0002_0003_0004)),
        (.int64, nil, [0x8000, 0, 0, 0], .integer(.min)),
        (.float32, nil, [0xC148, 0], .float(-12.5)),
        (.float32, nil, [0x7FC0, 0], .notANumber),
        (.float32, nil, [0x7F80, 0], .notANumber),
        (.float64, nil, [0x4059, 0, 0, 0], .double(100)),
        (.float64, "GHEFCDAB", [0, 0, 0, 0x4059], .double(100)),
        (.float64, nil, [0xFFF0, 0, 0, 0], .notANumber),
        (.bcd(registers: 1), nil, [0x1234], .unsigned(1_234)),
        (.bcd(registers: 2), nil, [0x1234, 0x5678], .unsigned(12_345_678)),
        (.bcd(registers: 2), "CDAB", [0x5678, 0x1234], .unsigned(12_345_678)),
        (.bcd(registers: 1), nil, [0x12A4], .notANumber),
        (.bool, nil, [0], .unsigned(0)),
        (.bool, nil, [0xFF00], .unsigned(1)),
        (.string(registers: 3), nil, [0x4142, 0x4320, 0], .text("ABC")),
        (.raw(registers: 2), nil, [0x00AB, 0xCD01], .text("00abcd01")),
    ]

    @Test(arguments: known)
    func registersMeanWhatTheirTypeSays(
        type: RegisterType, order: String?, words: [UInt16], value: RawValue
    ) throws {
        let order = try order.map { try #require(ByteOrder($0)) }
        #expect(RegisterEncoding(type: type, order: order).decode(words[...]) == value)
    }

    @Test func aMaskAndABitTakeTheirPartOfARegister() {
        let masked = RegisterEncoding(type: .uint16, mask: 0x0FF0)
        #expect(masked.decode([0xABCD]) == .unsigned(0xBC))
        #expect(masked.encode(.unsigned(0xBC)) == [0x0BC0])
        #expect(masked.encode(.unsigned(0x100)) == nil)
        let bit = RegisterEncoding(type: .uint16, bit: 15)
        #expect(bit.decode([0x8000]) == .unsigned(1))
        #expect(bit.decode([0x7FFF]) == .unsigned(0))
        #expect(bit.encode(.unsigned(1)) == [0x8000])
        #expect(bit.encode(.unsigned(2)) == nil)
    }

    static let types: [RegisterType] = [
        .int8, .uint8, .int16, .uint16, .int32, .uint32, .int48, .uint48, .int64, .uint64,
        .float32, .float64, .bcd(registers: 1), .bcd(registers: 2), .bcd(registers: 4),
    ]

    /// Any value comes back from its registers, in any permutation of its bytes.
    @Test(arguments: types, 0..<60 as Range<UInt64>)
    func valuesSurviveTheirRegisters(type: RegisterType, seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let letters = Array("ABCDEFGH".prefix(type.registerCount * 2)).shuffled(using: &random)
        let order = try #require(ByteOrder(String(letters)))
        #expect(order.description == String(letters))
        let encoding = RegisterEncoding(type: type, order: order)
        let value = value(of: type, using: &random)
        let words = try #require(encoding.encode(value), "\(value)")
        #expect(words.count == type.registerCount)
        #expect(encoding.decode(words[...]) == value)
        // The shortcuts of common orders agree with the general way, wherever the slice begins.
        #expect(encoding.decode(([7] + words + [9])[1...words.count]) == value)
    }

    @Test func whatDoesNotFitIsNotEncoded() {
        #expect(RegisterEncoding(type: .int16).encode(.integer(40_000)) == nil)
        #expect(RegisterEncoding(type: .uint16).encode(.integer(-1)) == nil)
        #expect(RegisterEncoding(type: .bcd(registers: 1)).encode(.unsigned(10_000)) == nil)
        #expect(RegisterEncoding(type: .string(registers: 1)).encode(.text("abc")) == nil)
        #expect(RegisterEncoding(type: .float32).encode(.text("1")) == nil)
    }

    @Test(arguments: ["", "A", "AA", "ABC", "ABCE", "ABDD", "abcd", "ABCDEFGHIJ", "A\u{301}B"])
    func anOrderIsAPermutation(letters: String) {
        #expect(ByteOrder(letters) == nil)
    }

    private func value(of type: RegisterType, using random: inout SeededRandom) -> RawValue {
        let bits = UInt64.random(in: .min ... .max, using: &random)
        let width = type.registerCount * 16
        switch type {
        case .int8: return .integer(Int64(Int8(truncatingIfNeeded: bits)))
        case .uint8: return .unsigned(bits & 0xFF)
        case .int16, .int32, .int48, .int64:
            return .integer(Int64(bitPattern: bits) >> Int64(64 - width))
        case .float32: return .float(Float(Int32(truncatingIfNeeded: bits)) / 1_024)
        case .float64: return .double(Double(Int64(bitPattern: bits)) / 1_024)
        case .bcd(let registers):
            return .unsigned(
                (0..<registers * 4).reduce(0) { sum, _ in
                    sum * 10 + UInt64.random(in: 0...9, using: &random)
                })
        default: return .unsigned(bits >> UInt64(64 - width))
        }
    }
}

/// How a value is written in registers.
package struct RegisterEncoding: Hashable, Sendable {
    package let type: RegisterType
    package let order: ByteOrder
    /// The bits that belong to the value; the result is shifted down to its lowest bit.
    package let mask: UInt64?
    /// The single bit that is the value, counted from the least significant, 0.
    package let bit: Int?
    /// What a register counts up to before the next: 1000 where one holds kWh and the next MWh.
    /// `nil` where the registers are the bits of one number.
    package let base: UInt16?
    /// Whether a bit that is set means 0.
    package let isInverted: Bool

    /// - Parameters:
    ///   - order: `nil` for the order of the standard, the most significant byte first. Of a text:
    ///     `BA` where the first character of each register is in its low byte.
    ///   - mask: Not zero, within the width of the type; whole numbers only.
    ///   - bit: Within the width of the type; whole numbers only.
    ///   - base: 2 or more; unsigned numbers of more than one register only.
    /// - Precondition: The order is as wide as the type, and not both `mask` and `bit` are given.
    package init(
        type: RegisterType, order: ByteOrder? = nil, mask: UInt64? = nil, bit: Int? = nil,
        base: UInt16? = nil, isInverted: Bool = false
    ) {
        let order = order ?? .standard(bytes: type.isText ? 2 : type.registerCount * 2)
        precondition(order.count == type.registerCount * 2 || type.isText, "an order fits its type")
        precondition(mask != 0 && (mask == nil || bit == nil), "one field of a register")
        precondition(base.map { $0 > 1 } ?? true, "a base counts")
        self.type = type
        self.order = order
        self.mask = mask
        self.bit = bit
        self.base = base
        self.isInverted = isInverted
    }

    /// How many registers the value takes.
    package var registerCount: Int { type.registerCount }

    /// Reads the value.
    ///
    /// - Parameter words: ``registerCount`` registers, in the order of their addresses.
    /// - Returns: `.notANumber` for NaN, the infinities, digits above 9 in a BCD number, and
    ///   registers that have counted beyond their base.
    package func decode(_ words: ArraySlice<UInt16>) -> RawValue {
        switch type {
        case .string: return .text(TextRegisters.string(words, isSwapped: isTextSwapped))
        case .raw: return .text(TextRegisters.hexadecimal(words))
        default: break
        }
        let bits = order.assemble(words)
        if let bit { return .unsigned((bits >> UInt64(bit) & 1) ^ (isInverted ? 1 : 0)) }
        if let mask { return .unsigned((bits & mask) >> UInt64(mask.trailingZeroBitCount)) }
        if let base { return MixedBase.decode(bits, words: registerCount, base: UInt64(base)) }
        switch type {
        case .bool: return .unsigned((bits == 0) == isInverted ? 1 : 0)
        case .uint8: return .unsigned(bits & 0xFF)
        case .int8: return .integer(Int64(Int8(truncatingIfNeeded: bits)))
        case .uint16, .uint32, .uint48, .uint64: return .unsigned(bits)
        case .int16: return .integer(Int64(Int16(truncatingIfNeeded: bits)))
        case .int32: return .integer(Int64(Int32(truncatingIfNeeded: bits)))
        case .int48: return .integer(Int64(bitPattern: bits << 16) >> 16)
        case .int64: return .integer(Int64(bitPattern: bits))
        case .float32:
            let value = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
            return value.isFinite ? .float(value) : .notANumber
        case .float64:
            let value = Double(bitPattern: bits)
            return value.isFinite ? .double(value) : .notANumber
        case .bcd(let registers): return BinaryCodedDecimal.decode(bits, digits: registers * 4)
        case .string, .raw: return .notANumber
        }
    }

    /// Writes a value; bits that are not the value's own are zero.
    ///
    /// - Returns: The registers in the order of their addresses; `nil` where the value is of
    ///   another kind or does not fit.
    package func encode(_ value: RawValue) -> [UInt16]? {
        switch (type, value) {
        case (.string(let count), .text(let text)):
            return TextRegisters.words(string: text, count: count, isSwapped: isTextSwapped)
        case (.raw(let count), .text(let text)):
            return TextRegisters.words(hexadecimal: text, count: count)
        case (.float32, .float(let number)): return order.spread(UInt64(number.bitPattern))
        case (.float64, .double(let number)): return order.spread(number.bitPattern)
        case (.float32, _), (.float64, _), (.string, _), (.raw, _): return nil
        default: break
        }
        guard let number = value.wholeNumber else { return nil }
        if type == .bool {
            guard (0...1).contains(number) else { return nil }
            return order.spread((UInt64(number) ^ (isInverted ? 1 : 0)) << (bit ?? 0))
        }
        if let bit { return (0...1).contains(number) ? order.spread(UInt64(number) << bit) : nil }
        if let mask {
            let shift = mask.trailingZeroBitCount
            guard number >= 0, number <= Int128(mask >> UInt64(shift)) else { return nil }
            let bits = UInt64(number) << UInt64(shift)
            return bits & mask == bits ? order.spread(bits) : nil
        }
        if case .bcd(let registers) = type {
            return BinaryCodedDecimal.encode(number, digits: registers * 4).map(order.spread)
        }
        if let base {
            return MixedBase.encode(number, words: registerCount, base: Int128(base))
                .map(order.spread)
        }
        guard type.range.contains(number) else { return nil }
        return order.spread(UInt64(truncatingIfNeeded: number) & type.allBits)
    }

    private var isTextSwapped: Bool { order.description == "BA" }
}

/// The kinds of value that registers hold.
package enum RegisterType: Hashable, Sendable {
    /// Any register that is not zero.
    case bool
    /// One byte of a register: the low one, or in the order `BA` the high one.
    case int8, uint8
    case int16, uint16
    case int32, uint32
    case int48, uint48
    case int64, uint64
    /// IEEE 754.
    case float32, float64
    /// Four decimal digits a register; 1 to 4 registers.
    case bcd(registers: Int)
    /// Two characters a register, the first in the high byte, or one where all high bytes are
    /// zero; ends at the first zero byte.
    case string(registers: Int)
    /// Registers that are handed on as hexadecimal digits.
    case raw(registers: Int)

    package var registerCount: Int {
        switch self {
        case .bool, .int8, .uint8, .int16, .uint16: 1
        case .int32, .uint32, .float32: 2
        case .int48, .uint48: 3
        case .int64, .uint64, .float64: 4
        case .bcd(let registers), .string(let registers), .raw(let registers): registers
        }
    }

    package var isText: Bool {
        switch self {
        case .string, .raw: true
        default: false
        }
    }

    /// The numbers that can be written.
    package var range: ClosedRange<Int128> {
        switch self {
        case .bool: 0...1
        case .int8: -0x80...0x7F
        case .uint8: 0...0xFF
        case .int16: -0x8000...0x7FFF
        case .uint16: 0...0xFFFF
        case .int32: Int128(Int32.min)...Int128(Int32.max)
        case .uint32: 0...Int128(UInt32.max)
        case .int48: -(1 << 47)...(1 << 47) - 1
        case .uint48: 0...(1 << 48) - 1
        case .int64: Int128(Int64.min)...Int128(Int64.max)
        case .uint64: 0...Int128(UInt64.max)
        case .float32, .float64, .bcd, .string, .raw: 0...0
        }
    }

    /// As many ones as the type has bits.
    var allBits: UInt64 {
        switch self {
        case .int8, .uint8, .bool: 0xFF
        default: registerCount >= 4 ? .max : (1 << UInt64(registerCount * 16)) - 1
        }
    }
}

/// What registers hold, before it is scaled.
package enum RawValue: Hashable, Sendable {
    case integer(Int64)
    case unsigned(UInt64)
    case float(Float)
    case double(Double)
    case text(String)
    case notANumber

    var wholeNumber: Int128? {
        switch self {
        case .integer(let value): Int128(value)
        case .unsigned(let value): Int128(value)
        case .float, .double, .text, .notANumber: nil
        }
    }
}

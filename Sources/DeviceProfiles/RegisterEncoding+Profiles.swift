import Metering
import Modbus

extension RegisterType {
    /// Whether a part of the number can be a value of its own.
    var canBeMasked: Bool {
        switch self {
        case .uint16, .uint32, .uint48, .uint64: true
        default: false
        }
    }

    var isRaw: Bool {
        if case .raw = self { true } else { false }
    }

    /// How many bits the value has.
    var bitWidth: Int {
        switch self {
        case .bool: 1
        case .int8, .uint8: 8
        default: registerCount * 16
        }
    }

    var isSigned: Bool {
        switch self {
        case .int8, .int16, .int32, .int48, .int64: true
        default: false
        }
    }
}

extension RegisterEncoding {
    /// Whether the value is a whole number with bits: no float, no text, no digits in BCD.
    var isWhole: Bool {
        switch type {
        case .bool, .float32, .float64, .bcd, .string, .raw: false
        default: true
        }
    }

    /// How many bits the value has.
    var bitWidth: Int {
        mask.map { 64 - $0.leadingZeroBitCount - $0.trailingZeroBitCount } ?? type.bitWidth
    }

    /// The bits of each register that the value takes.
    package var ownBits: [UInt16] {
        let whole = [UInt16](repeating: .max, count: registerCount)
        let ones: RawValue
        if let bit {
            return [1 << UInt16(bit)]
        } else if let mask {
            ones = .unsigned(mask >> UInt64(mask.trailingZeroBitCount))
        } else {
            switch type {
            case .int8: ones = .integer(-1)
            case .uint8: ones = .unsigned(0xFF)
            default: return whole
            }
        }
        return encode(ones) ?? whole
    }

    /// The raw value that a marker stands for, as ``decode(_:)`` returns it.
    ///
    /// - Parameter text: The number itself in decimal, or its bits as `0x` hexadecimal.
    /// - Returns: `nil` where these registers never hold it.
    func marker(_ text: String) -> RawValue? {
        if text.hasPrefix("0x") {
            return UInt64(text.dropFirst(2), radix: 16).flatMap(marker(bits:))
        }
        let written: RawValue?
        switch type {
        case .float32: written = Float(text).map { .float($0) }
        case .float64: written = Double(text).map { .double($0) }
        default: written = Int64(text).map { .integer($0) } ?? UInt64(text).map { .unsigned($0) }
        }
        guard let written, let words = encode(written) else { return nil }
        let marker = decode(words[...])
        return marker == .notANumber ? nil : marker
    }

    private func marker(bits: UInt64) -> RawValue? {
        let width = bitWidth
        guard width >= 64 || bits >> UInt64(width) == 0 else { return nil }
        switch type {
        case .float32:
            let value = Float(bitPattern: UInt32(bits))
            return value.isFinite ? .float(value) : nil
        case .float64:
            let value = Double(bitPattern: bits)
            return value.isFinite ? .double(value) : nil
        case .bcd, .string, .raw:
            return nil
        default:
            guard type.isSigned else { return .unsigned(bits) }
            let shift = UInt64(64 - width)
            return .integer(Int64(bitPattern: bits << shift) >> Int64(shift))
        }
    }
}

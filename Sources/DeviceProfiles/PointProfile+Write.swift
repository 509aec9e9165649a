package import Metering
import Modbus

extension PointProfile {
    /// The registers that state a value: what a client writes, or a server would answer.
    ///
    /// The raw number is rounded to the nearest, halves away from zero. Registers that a mask or
    /// bit shares with other points hold zeros outside ``ownBits``.
    ///
    /// - Parameter unitCode: What the unit register says; without it ``UnitRegister/usualCode``.
    /// - Returns: `nil` for a point of single bits, for text, and where the value does not fit
    ///   the registers or the believable range, or would mean "no value".
    package func rawWords(for value: ScaledInteger, unitCode: Int64? = nil) -> [UInt16]? {
        guard !range.table.isBits, isBelievable(value),
            let raw = rawValue(for: value, unitCode: unitCode),
            let words = encoding.encode(raw), words.count == encoding.registerCount,
            !invalidMarkers.contains(encoding.decode(words[...]))
        else { return nil }
        return words
    }

    /// The registers that state a text.
    ///
    /// - Returns: `nil` where the point holds no text, or the text does not fit.
    package func rawWords(for text: String) -> [UInt16]? {
        range.table.isBits ? nil : encoding.encode(.text(text))
    }

    /// The coil or discrete input that states a value.
    ///
    /// - Returns: `nil` for a point of registers, and for a value that is neither.
    package func rawBit(for value: ScaledInteger) -> Bool? {
        guard range.table.isBits, isBelievable(value) else { return nil }
        return switch rawValue(for: value, unitCode: nil)?.code {
        case 0: encoding.isInverted
        case 1: !encoding.isInverted
        default: nil
        }
    }

    /// The bits of each register that are this point's own; the others belong to points that
    /// share the register.
    package var ownBits: [UInt16] {
        encoding.ownBits
    }

    /// The raw number that measures as a value.
    private func rawValue(for value: ScaledInteger, unitCode: Int64?) -> RawValue? {
        var shifted = value
        if let offset {
            let negated = ScaledInteger(0 &- offset.mantissa, exponent: offset.exponent)
            guard let difference = value.adding(negated) else { return nil }
            shifted = difference
        }
        var step = scale
        if let unitRegister {
            guard let factor = unitRegister.factors[unitCode ?? unitRegister.usualCode],
                let product = step.multiplied(by: factor)
            else { return nil }
            step = product
        }
        switch encoding.type {
        case .float32: return .float(Float(shifted.doubleValue / step.doubleValue))
        case .float64: return .double(shifted.doubleValue / step.doubleValue)
        default:
            guard let count = shifted.counts(of: step) else { return nil }
            return Int64(exactly: count).map { .integer($0) }
                ?? UInt64(exactly: count).map { .unsigned($0) }
        }
    }
}

extension UnitRegister {
    /// The code of the point's own unit, or else the least of the codes.
    package var usualCode: Int64 {
        let codes = factors.keys.sorted()
        return codes.first { factors[$0] == ScaledInteger(1) } ?? codes.first ?? 0
    }

    /// The registers that state a code.
    ///
    /// - Returns: `nil` where the code does not fit.
    package func rawWords(for code: Int64) -> [UInt16]? {
        encoding.encode(.integer(code))
    }
}

extension ScaledInteger {
    /// How many steps make up this number, rounded to the nearest, halves away from zero.
    ///
    /// - Returns: `nil` where the count is beyond 128 bits.
    fileprivate func counts(of step: ScaledInteger) -> Int128? {
        var dividend = Int128(mantissa)
        var divisor = Int128(step.mantissa)
        let shift = exponent - step.exponent
        guard divisor != 0, abs(shift) <= 36 else { return dividend == 0 ? 0 : nil }
        for _ in 0..<abs(shift) {
            let widened = (shift > 0 ? dividend : divisor).multipliedReportingOverflow(by: 10)
            guard !widened.overflow else { return nil }
            if shift > 0 { dividend = widened.partialValue } else { divisor = widened.partialValue }
        }
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        guard remainder.magnitude >= divisor.magnitude - remainder.magnitude else {
            return quotient
        }
        return (dividend < 0) == (divisor < 0) ? quotient + 1 : quotient - 1
    }
}

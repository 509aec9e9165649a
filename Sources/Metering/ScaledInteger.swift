/// An exact decimal number: `mantissa` × 10^`exponent`.
///
/// Meters count in fixed point; keeping their digits as they are makes a reading exact, and its
/// differences small integers. COSEM calls the exponent the scaler.
package struct ScaledInteger: Sendable {
    package var mantissa: Int64
    package var exponent: Int

    /// The exponents that text and messages may bring: those of every double, and some.
    package static let exponents = -400...400

    package init(_ mantissa: Int64, exponent: Int = 0) {
        self.mantissa = mantissa
        self.exponent = exponent
    }

    /// The nearest double, for charts and comparisons.
    package var doubleValue: Double {
        if exponent >= 0 { return Double(mantissa) * Self.power(exponent) }
        // Dividing by an exact power rounds once; multiplying by 0.1 would round twice.
        return Double(mantissa) / Self.power(-exponent)
    }

    /// The same number with another exponent.
    ///
    /// - Returns: `nil` where digits would be lost or the mantissa would leave 64 bits.
    package func rescaled(to target: Int) -> ScaledInteger? {
        var mantissa = mantissa
        if mantissa == 0 { return ScaledInteger(0, exponent: target) }
        let (shift, isFar) = exponent.subtractingReportingOverflow(target)
        guard !isFar, (-38...38).contains(shift) else { return nil }
        if target < exponent {
            for _ in target..<exponent {
                let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
                guard !overflow else { return nil }
                mantissa = product
            }
        } else {
            for _ in exponent..<target {
                let (quotient, remainder) = mantissa.quotientAndRemainder(dividingBy: 10)
                guard remainder == 0 else { return nil }
                mantissa = quotient
            }
        }
        return ScaledInteger(mantissa, exponent: target)
    }

    /// The number to the nearest multiple of 10^`exponent`; of two equally near, the even one.
    ///
    /// - Returns: The number itself where it has no digits below.
    package func rounded(to target: Int) -> ScaledInteger {
        guard target > exponent else { return self }
        guard target - exponent <= 18 else { return ScaledInteger(0, exponent: target) }
        let step = (exponent..<target).reduce(Int64(1)) { step, _ in step * 10 }
        var (quotient, remainder) = mantissa.quotientAndRemainder(dividingBy: step)
        let twice = remainder.magnitude * 2
        if twice > step.magnitude || (twice == step.magnitude && quotient & 1 == 1) {
            quotient += mantissa < 0 ? -1 : 1
        }
        return ScaledInteger(quotient, exponent: target)
    }

    /// The same number without trailing zeros.
    package var normalized: ScaledInteger {
        guard mantissa != 0 else { return ScaledInteger(0) }
        var result = self
        while result.mantissa % 10 == 0 {
            result.mantissa /= 10
            result.exponent += 1
        }
        return result
    }

    /// The product, exact, or `nil` where it leaves 64 bits.
    package func multiplied(by other: ScaledInteger) -> ScaledInteger? {
        let (product, overflow) = mantissa.multipliedReportingOverflow(by: other.mantissa)
        return overflow ? nil : ScaledInteger(product, exponent: exponent + other.exponent)
    }

    /// The sum, exact, or `nil` where it leaves 64 bits.
    package func adding(_ other: ScaledInteger) -> ScaledInteger? {
        let common = min(exponent, other.exponent)
        guard let left = rescaled(to: common), let right = other.rescaled(to: common) else {
            return nil
        }
        let (sum, overflow) = left.mantissa.addingReportingOverflow(right.mantissa)
        return overflow ? nil : ScaledInteger(sum, exponent: common)
    }

    private static func power(_ exponent: Int) -> Double {
        exponent < exactPowers.count ? exactPowers[exponent] : slowPower(exponent)
    }

    /// The powers of ten that a double holds exactly.
    private static let exactPowers: [Double] = (0...22).map(slowPower)

    private static func slowPower(_ exponent: Int) -> Double {
        var power = 1.0
        for _ in 0..<exponent { power *= 10 }
        return power
    }
}

extension ScaledInteger: Hashable, Comparable {
    /// Numbers are equal by value: 1.50 is 1.5.
    package static func == (left: ScaledInteger, right: ScaledInteger) -> Bool {
        if left.exponent == right.exponent { return left.mantissa == right.mantissa }
        let (left, right) = (left.normalized, right.normalized)
        return left.mantissa == right.mantissa && left.exponent == right.exponent
    }

    package func hash(into hasher: inout Hasher) {
        let normalized = normalized
        hasher.combine(normalized.mantissa)
        hasher.combine(normalized.exponent)
    }

    package static func < (left: ScaledInteger, right: ScaledInteger) -> Bool {
        let common = min(left.exponent, right.exponent)
        if let left = left.rescaled(to: common), let right = right.rescaled(to: common) {
            return left.mantissa < right.mantissa
        }
        return left.doubleValue < right.doubleValue
    }
}

extension ScaledInteger: LosslessStringConvertible {
    /// Plain decimal digits, for example `-0.05` or `1234.50`; never an exponent below 10^19.
    package var description: String {
        let digits = String(mantissa.magnitude)
        let sign = mantissa < 0 ? "-" : ""
        if exponent > 18 || exponent < -30 { return "\(sign)\(digits)e\(exponent)" }
        if exponent >= 0 {
            return mantissa == 0 ? "0" : sign + digits + String(repeating: "0", count: exponent)
        }
        let missing = 1 - exponent - digits.count
        let padded = missing > 0 ? String(repeating: "0", count: missing) + digits : digits
        return "\(sign)\(padded.dropLast(-exponent)).\(padded.suffix(-exponent))"
    }

    /// Reads decimal text such as `0.1`, `-12`, `1e-3`.
    package init?(_ text: String) {
        var rest = Substring(text)
        var exponent = 0
        if let mark = rest.firstIndex(where: { $0 == "e" || $0 == "E" }) {
            guard let written = Int(rest[rest.index(after: mark)...]),
                Self.exponents.contains(written)
            else {
                return nil
            }
            exponent = written
            rest = rest[..<mark]
        }
        if let point = rest.firstIndex(of: ".") {
            let fraction = rest[rest.index(after: point)...]
            guard fraction.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            exponent -= fraction.utf8.count
            rest = rest[..<point] + fraction
        }
        // Trailing zeros may reach beyond 64 bits where the number does not.
        var mantissa = Int64(rest)
        while mantissa == nil, rest.hasSuffix("0") {
            rest.removeLast()
            exponent += 1
            mantissa = Int64(rest)
        }
        guard let mantissa, Self.exponents.contains(exponent) else { return nil }
        self.init(mantissa, exponent: exponent)
    }

    /// The shortest decimal that reads back as this very float, so that nothing is lost and the
    /// meter's own digits come out again: 221.9, not 221.899994.
    ///
    /// - Returns: `nil` for NaN and the infinities.
    package init?(shortest value: Float) {
        guard value.isFinite else { return nil }
        // Most meters count in thousandths or coarser: try those before the general way.
        for (exponent, power) in Self.floatPowers.enumerated() {
            let scaled = (Double(value) * power).rounded(.toNearestOrEven)
            guard scaled.magnitude < 16_777_216 else { break }
            if Float(scaled / power) == value {
                self.init(Int64(scaled), exponent: -exponent)
                return
            }
        }
        self.init(value.description)
    }

    /// The shortest decimal that reads back as this very double.
    ///
    /// - Returns: `nil` for NaN and the infinities.
    package init?(shortest value: Double) {
        guard value.isFinite else { return nil }
        self.init(value.description)
    }

    private static let floatPowers: [Double] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]
}

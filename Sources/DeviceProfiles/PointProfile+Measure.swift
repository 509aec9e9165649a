package import Metering
import Modbus

extension PointProfile {
    /// What this point held in one poll.
    ///
    /// The value is raw × unit factor × scale + offset, exact; floats count as the shortest
    /// decimal that reads back as them, rounded to the resolution where the profile states one. Nothing is ever filled in: a value that is NaN, marked
    /// invalid, in an unlisted unit or beyond 64 bits is missing.
    ///
    /// - Complexity: O(*n*) in the number of reads of the image, with no allocation for numbers.
    package func measure(_ image: RegisterImage) -> Measurement {
        let raw: RawValue
        let found =
            furtherRanges.isEmpty
            ? image.raw(encoding, at: range) : image.raw(encoding, at: [range] + furtherRanges)
        switch found {
        case .success(let value): raw = value
        case .failure(let absence): return .missing(absence.reason)
        }
        if !invalidMarkers.isEmpty, invalidMarkers.contains(raw) { return .missing(.notANumber) }
        if case .text(let text) = raw { return .value(.text(text)) }
        guard var number = raw.number else { return .missing(.notANumber) }
        if let unitRegister {
            switch unitRegister.factor(in: image) {
            case .success(let factor):
                guard let product = number.multiplied(by: factor) else {
                    return .missing(.notANumber)
                }
                number = product
            case .failure(let absence):
                return .missing(absence.reason)
            }
        }
        guard let scaled = number.multiplied(by: scale) else { return .missing(.notANumber) }
        number = scaled
        if let offset {
            guard let sum = number.adding(offset) else { return .missing(.notANumber) }
            number = sum
        }
        if let resolution { number = number.rounded(to: resolution) }
        return isBelievable(number)
            ? .value(.number(number)) : .uncertain(.outOfRange, .number(number))
    }

    /// Whether a value lies between ``minimum`` and ``maximum``.
    package func isBelievable(_ number: ScaledInteger) -> Bool {
        if let minimum, number < minimum { return false }
        if let maximum, maximum < number { return false }
        return true
    }
}

extension UnitRegister {
    /// What the value next to this register must be multiplied by.
    fileprivate func factor(in image: RegisterImage) -> Result<ScaledInteger, Absence> {
        switch image.raw(encoding, at: range) {
        case .success(let raw):
            guard let code = raw.code, let factor = factors[code] else {
                return .failure(Absence(reason: .notANumber))
            }
            return .success(factor)
        case .failure(let absence):
            return .failure(absence)
        }
    }
}

/// Why there is no raw value.
private struct Absence: Error {
    let reason: MissingReason
}

extension RegisterImage {
    /// The raw value at a range.
    @inline(__always)
    fileprivate func raw(
        _ encoding: RegisterEncoding, at range: RegisterRange
    ) -> Result<RawValue, Absence> {
        guard let index = index(of: range) else { return .failure(Absence(reason: .notAsked)) }
        let start = Int(range.address) - Int(blocks[index].range.address)
        switch blocks[index].content {
        case .registers(let words):
            return .success(encoding.decode(words[start..<start + Int(range.count)]))
        case .bits(let bits):
            return .success(.unsigned(bits[start] != encoding.isInverted ? 1 : 0))
        case .missing(let reason):
            return .failure(Absence(reason: reason))
        }
    }

    /// The raw value whose registers are put together from several ranges.
    fileprivate func raw(
        _ encoding: RegisterEncoding, at ranges: [RegisterRange]
    ) -> Result<RawValue, Absence> {
        var words: [UInt16] = []
        for range in ranges {
            guard let index = index(of: range) else { return .failure(Absence(reason: .notAsked)) }
            let start = Int(range.address) - Int(blocks[index].range.address)
            switch blocks[index].content {
            case .registers(let found): words += found[start..<start + Int(range.count)]
            case .missing(let reason): return .failure(Absence(reason: reason))
            case .bits: return .failure(Absence(reason: .notAsked))
            }
        }
        return .success(encoding.decode(words[...]))
    }
}

extension RawValue {
    /// The raw value as an exact decimal; `nil` for text, NaN, the infinities and what is
    /// beyond 64 bits with sign.
    var number: ScaledInteger? {
        switch self {
        case .integer(let value): ScaledInteger(value)
        case .unsigned(let value): Int64(exactly: value).map { ScaledInteger($0) }
        case .float(let value): ScaledInteger(shortest: value)
        case .double(let value): ScaledInteger(shortest: value)
        case .text, .notANumber: nil
        }
    }

    /// The raw value as the code of a state or unit.
    var code: Int64? {
        switch self {
        case .integer(let value): value
        case .unsigned(let value): Int64(exactly: value)
        case .float(let value): Int64(exactly: value)
        case .double(let value): Int64(exactly: value)
        case .text, .notANumber: nil
        }
    }
}

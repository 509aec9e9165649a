import DeviceProfiles
import Metering
import Modbus

/// One point of a profile with what it does over time: makes the registers that state it.
struct SimulatedPoint: Sendable {
    private let point: PointProfile
    private let model: ValueModel
    private let content: Content
    /// The finest power of ten in which the point's number is written.
    private let exponent: Int
    /// What the registers hold where no number fits.
    private let blank: [UInt16]

    private enum Content: Sendable {
        case number
        case bit
        case words([UInt16])
    }

    init(_ point: PointProfile, device: DevicePhysics) {
        self.point = point
        let physics = PointPhysics(device: device, name: point.name.description, unit: point.unit)
        blank = [UInt16](repeating: 0, count: point.encoding.registerCount)
        // Floats and unit registers carry fine digits; a count of 0.01 kWh just two of them.
        let isFine =
            switch point.encoding.type {
            case .float32, .float64: true
            default: point.unitRegister != nil
            }
        exponent = isFine ? -4 : min(point.scale.normalized.exponent, point.offset?.exponent ?? 0)
        if point.range.table.isBits {
            content = .bit
        } else if point.encoding.type.isText {
            content = .words(Self.text(of: point, physics: physics) ?? blank)
        } else {
            content = .number
        }
        if let code = point.labels.keys.sorted().first {
            model = .fixed(Double(code))
        } else {
            model = point.flags.isEmpty ? physics.model : .fixed(0)
        }
    }

    /// What the registers of the point hold at a time; a bit is 0 or 1.
    func words(at time: SimulatedTime) -> [UInt16] {
        switch content {
        case .words(let words): return words
        case .bit: return [model.number(at: time) >= 0.5 ? 1 : 0]
        case .number:
            let number = bounded(model.number(at: time))
            return point.rawWords(for: scaled(number)) ?? wrapped(number) ?? blank
        }
    }

    private func bounded(_ number: Double) -> Double {
        let least = point.minimum.map { max($0.doubleValue, number) } ?? number
        return point.maximum.map { min($0.doubleValue, least) } ?? least
    }

    private func scaled(_ number: Double) -> ScaledInteger {
        var power = 1.0
        for _ in 0..<exponent.magnitude { power *= 10 }
        let counts = exponent < 0 ? number * power : number / power
        let whole = model.isCounter ? counts.rounded(.down) : counts.rounded()
        // Beyond 2^62 nothing a meter counts is left; such a point stays blank.
        guard whole.magnitude < 0x1p62 else { return ScaledInteger(0) }
        return ScaledInteger(Int64(whole), exponent: exponent)
    }

    /// A counter that has outgrown its registers starts again at zero, as a meter's does; what
    /// else does not fit is cut to the nearest that does.
    private func wrapped(_ number: Double) -> [UInt16]? {
        let step = abs(point.scale.doubleValue)
        for bits in [32, 31, 16, 15, 8, 7] where bits <= 16 * point.encoding.registerCount {
            let limit = step * Double(1 << bits)
            let fitting =
                model.isCounter
                ? number.truncatingRemainder(dividingBy: limit) : min(max(number, 0), limit - step)
            if let words = point.rawWords(for: scaled(fitting)) { return words }
        }
        return nil
    }

    private static func text(of point: PointProfile, physics: PointPhysics) -> [UInt16]? {
        let digits = String(Int(physics.device.seed.fraction(at: 9) * 1e8))
        let length = point.encoding.registerCount * 2
        if case .raw = point.encoding.type {
            return point.rawWords(for: String(repeating: "0", count: length * 2))
        }
        return point.rawWords(for: String(digits.prefix(length)))
    }
}

extension RegisterCell {
    /// All cells of a profile's points, and of the registers that say their units. A unit register
    /// may be read as points too, such as its decimals: what it says as a whole holds.
    static func cells(of profile: DeviceProfile, device: DevicePhysics) -> [RegisterCell] {
        let units = profile.points.compactMap(\.unitRegister)
        let unitCells = units.compactMap { unit in
            unit.rawWords(for: unit.usualCode).map { RegisterCell(unit.range, words: $0) }
        }
        let cells = profile.points.flatMap { point -> [RegisterCell] in
            guard !units.contains(where: { $0.range.holds(point.range) }) else { return [] }
            let simulated = SimulatedPoint(point, device: device)
            let isPart = point.encoding.mask != nil || point.encoding.bit != nil
            var start = 0
            return ([point.range] + point.furtherRanges).map { range in
                let own = start..<start + Int(range.count)
                start = own.upperBound
                return RegisterCell(
                    range, isWritable: point.access.isWritable, isPart: isPart
                ) { Array(simulated.words(at: $0)[own]) }
            }
        }
        return cells + unitCells
    }
}

extension RegisterRange {
    fileprivate func holds(_ other: RegisterRange) -> Bool {
        table == other.table && address <= other.address && other.end <= end
    }
}

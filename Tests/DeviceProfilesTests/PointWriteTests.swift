import DeviceProfiles
import Execution
import Metering
import Modbus
import Testing

struct PointWriteTests {
    @Test(arguments: ShippedProfilesTests.identifiers)
    func whatIsWrittenMeasuresTheSame(id: String) throws {
        let profile = try shippedProfile(id)
        var random = SeededRandom(seed: id.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
        for point in profile.points where !point.range.table.isBits {
            for _ in 0..<8 {
                guard let words = anyWords(point, using: &random) else { continue }
                guard case .value(.number(let value)) = point.measure(try image(point, words))
                else { continue }
                let written = try #require(point.rawWords(for: value), "\(point.name) \(value)")
                let own = zip(words, point.ownBits).map { $0 & $1 }
                if isFloat(point) {
                    let again = try image(point, written)
                    guard case .value(.number(let read)) = point.measure(again) else {
                        Issue.record("\(point.name) is not read back")
                        continue
                    }
                    let size = max(abs(value.doubleValue), 1e-30)
                    #expect(abs(read.doubleValue - value.doubleValue) <= size * 1e-6)
                } else if point.encoding.type != .bool || point.encoding.bit != nil {
                    #expect(written == own, "\(point.name)")
                }
            }
        }
    }

    @Test(
        arguments: [
            ("scale: 0.1", "21.55", 216), ("scale: 0.1", "21.54", 215),
            ("scale: 0.1", "-0.05", nil),
            ("scale: 0.1, offset: -40", "25.5", 655), ("scale: 100", "149", 1),
            ("scale: 100", "150", 2),
            ("max: 10", "11", nil), ("min: 5", "4", nil), ("invalid: 0xFFFF", "65535", nil),
            ("scale: 1", "65536", nil), ("scale: 0.1", "6553.5", 65_535),
            ("mask: 0x0FF0", "255", 0x0FF0),
            ("mask: 0x0FF0", "256", nil),
        ] as [(String, String, UInt16?)])
    func roundsOrRefuses(keys: String, value: String, word: UInt16?) throws {
        let text = "{name: p, table: holding, address: 10, type: uint16, \(keys)}"
        let point = try profile(points: [text]).points[0]
        #expect(point.rawWords(for: try #require(ScaledInteger(value))) == word.map { [$0] })
    }

    @Test func theUnitIsThatOfTheCode() throws {
        let text =
            "{name: p, table: holding, address: 10, type: uint16, unitRegister: "
            + "{address: 12, type: uint16, factors: {3: 0.001, 7: 1, 9: 1000}}}"
        let point = try profile(points: [text]).points[0]
        #expect(point.unitRegister?.usualCode == 7)
        #expect(point.rawWords(for: ScaledInteger(5)) == [5])
        #expect(point.rawWords(for: ScaledInteger(5), unitCode: 3) == [5_000])
        #expect(point.rawWords(for: ScaledInteger(5), unitCode: 4) == nil)
    }

    @Test func textsAreWrittenWhereTheyFit() throws {
        let text = "{name: p, table: holding, address: 10, type: string, count: 2}"
        let point = try profile(points: [text]).points[0]
        #expect(point.rawWords(for: "1.4") == [0x312E, 0x3400])
        #expect(point.rawWords(for: "too long") == nil)
        #expect(point.rawWords(for: ScaledInteger(1)) == nil)
    }

    /// The answers that hold a point, in its usual unit.
    private func image(_ point: PointProfile, _ words: [UInt16]) throws -> RegisterImage {
        var image = RegisterImage()
        image.insert(.registers(words), for: point.range, at: .zero)
        if let unitRegister = point.unitRegister {
            let code = try #require(unitRegister.rawWords(for: unitRegister.usualCode))
            image.insert(.registers(code), for: unitRegister.range, at: .zero)
        }
        return image
    }

    private func isFloat(_ point: PointProfile) -> Bool {
        point.encoding.type == .float32 || point.encoding.type == .float64
    }

    /// Registers as a device might hold them.
    private func anyWords(_ point: PointProfile, using random: inout SeededRandom) -> [UInt16]? {
        switch point.encoding.type {
        case .bcd(let registers):
            let number = Int64.random(in: 0..<9_999, using: &random)
            return point.encoding.encode(.integer(registers > 0 ? number : 0))
        case .float32:
            return point.encoding.encode(.float(.random(in: -1e6...1e6, using: &random)))
        default:
            return (0..<point.range.count).map { _ in .random(in: .min ... .max, using: &random) }
        }
    }
}

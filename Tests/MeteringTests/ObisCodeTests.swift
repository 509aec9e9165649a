import Execution
import Metering
import Testing

struct ObisCodeTests {
    @Test func namesTheImportedEnergyAsTheStandardDoes() {
        let code = ObisCode(1, 0, 1, 8, 0)
        #expect(code.description == "1-0:1.8.0*255")
        #expect(ObisCode("1-0:1.8.0*255") == code)
    }

    @Test func aMissingPeriodIsTheCurrentOne() {
        #expect(ObisCode("7-0:3.0.0") == ObisCode(7, 0, 3, 0, 0, period: 255))
        #expect(ObisCode("1-0:1.8.0*1")?.period == 1)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func textReadsBackAsTheSameCode(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        func group() -> UInt8 { .random(in: .min ... .max, using: &random) }
        let code = ObisCode(group(), group(), group(), group(), group(), period: group())
        #expect(ObisCode(code.description) == code)
    }

    @Test(arguments: [
        "", "1-0:1.8.0*", "1-0:1.8.0*256", "1-0:1.8", "1-0:1.8.0.0", "1.8.0", "01-0:1.8.0",
        "1-0:1.8.0*255 ", " 1-0:1.8.0", "1-0:1.8.+0", "1-0:1.8.-1", "1:0-1.8.0", "1-0:1.8.0*25*5",
        "1-0:١.8.0",
    ])
    func refusesWhatIsNoCode(text: String) {
        #expect(ObisCode(text) == nil)
    }

    @Test func ordersByGroups() {
        #expect(ObisCode(1, 0, 1, 8, 0) < ObisCode(1, 0, 1, 8, 1))
        #expect(ObisCode(1, 0, 2, 8, 0) > ObisCode(1, 0, 1, 8, 9))
        #expect(ObisCode(1, 0, 1, 8, 0, period: 1) < ObisCode(1, 0, 1, 8, 0))
    }
}

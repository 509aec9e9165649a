import DeviceProfiles
import Documents
import Execution
import Metering
import Modbus
import Testing

struct PointMeasureTests {
    /// One point as a profile writes it, what its registers hold, and what it measures.
    static let values: [(keys: String, words: [UInt16], value: String)] = [
        ("type: uint16", [0xFFFF], "65535"),
        ("type: int16", [0xFFFF], "-1"),
        ("type: int16, order: BA", [0x0180], "-32767"),
        ("type: uint8", [0x1234], "52"),
        ("type: uint8, order: BA", [0x1234], "18"),
        ("type: int8, order: BA", [0xFE01], "-2"),
        ("type: uint32, order: ABCD", [1, 2], "65538"),
        ("type: uint32, order: CDAB", [2, 1], "65538"),
        ("type: int32, order: DCBA", [0xFEFF, 0xFFFF], "-2"),
        ("type: uint32, order: BADC", [0x0100, 0x0200], "65538"),
        ("type: uint48, order: ABCDEF", [1, 0, 0], "4294967296"),
        ("type: int64, order: ABCDEFGH", [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE], "-2"),
        ("type: int64, order: GHEFCDAB", [0xFFFE, 0xFFFF, 0xFFFF, 0xFFFF], "-2"),
        ("type: float32, order: ABCD", [0x435D, 0xE666], "221.9"),
        // 230.41873, -0.25 and -0.35 as floats; of two equally near the even one.
        ("type: float32, order: ABCD, resolution: 0.1", [0x4366, 0x6B32], "230.4"),
        ("type: float32, order: ABCD, resolution: 0.1", [0xBE80, 0], "-0.2"),
        ("type: float32, order: ABCD, resolution: 0.1", [0xBEB3, 0x3333], "-0.4"),
        ("type: float32, order: ABCD, resolution: 0.1, scale: 0.1", [0x4366, 0x6B32], "23"),
        ("type: float32, order: ABCD, resolution: 0.00001", [0x435D, 0xE666], "221.9"),
        ("type: float32, order: ABCD, resolution: 1000000000", [0x4366, 0x6B32], "0"),
        ("type: float64, order: ABCDEFGH", [0x3FB9, 0x9999, 0x9999, 0x999A], "0.1"),
        ("type: bcd, count: 2, order: ABCD", [0x1234, 0x5678], "12345678"),
        ("type: bcd, count: 2, order: CDAB, scale: 0.001", [0x5678, 0x1234], "12345.678"),
        ("type: bool", [0x0400], "1"),
        ("type: bool", [0], "0"),
        ("type: bool, bit: 10", [0x0400], "1"),
        ("type: bool, bit: 9", [0x0400], "0"),
        ("type: uint16, mask: 0x00F0", [0xFFA5], "10"),
        ("type: uint32, order: CDAB, mask: 0x00FF0000", [0, 0x1234], "52"),
        ("type: uint16, scale: 0.1", [2219], "221.9"),
        ("type: uint16, scale: -0.1", [2219], "-221.9"),
        ("type: uint16, scale: 100", [3], "300"),
        ("type: uint16, offset: -40", [65], "25"),
        ("type: uint16, scale: 0.1, offset: -40", [655], "25.5"),
        ("type: uint16, scale: 0.5, offset: 0.25", [3], "1.75"),
        ("type: uint16, min: 1, max: 10", [10], "10"),
        ("type: uint16, invalid: 0xFFFF", [0xFFFE], "65534"),
        ("type: int16, invalid: 0xFFFF", [1], "1"),
        // kWh in one register and MWh in the next, and base 10000 with the high word first.
        ("type: uint32, order: CDAB, base: 1000", [456, 123], "123456"),
        ("type: uint32, order: CDAB, base: 1000", [999, 65_535], "65535999"),
        ("type: uint32, order: ABCD, base: 10000, scale: 0.1", [12, 3_456], "12345.6"),
        ("type: uint48, order: EFCDAB, base: 1000", [789, 456, 123], "123456789"),
        ("type: bool, bit: 10, invert: true", [0x0400], "0"),
        ("type: bool, bit: 9, invert: true", [0x0400], "1"),
        ("type: bool, invert: true", [0], "1"),
    ]

    @Test(arguments: values)
    func measuresExactly(keys: String, words: [UInt16], value: String) throws {
        let point = try point(keys)
        #expect(point.measure(image(words)) == .value(.number(try #require(ScaledInteger(value)))))
    }

    @Test(
        arguments: [
            ("type: string, count: 3", [0x4332, 0x2020, 0x0000], "C2"),
            ("type: string, count: 4", [0x0031, 0x002E, 0x0034, 0x0000], "1.4"),
            ("type: raw, count: 2", [0x00AB, 0xFF01], "00abff01"),
            ("type: string, count: 3, order: BA", [0x3243, 0x2034, 0x0000], "C24"),
            ("type: string, count: 2, order: AB", [0x4332, 0x3400], "C24"),
        ] as [(String, [UInt16], String)])
    func measuresTexts(keys: String, words: [UInt16], text: String) throws {
        #expect(try point(keys).measure(image(words)) == .value(.text(text)))
    }

    @Test(
        arguments: [
            ("type: float32, order: ABCD", [0x7FC0, 0x0000]),
            ("type: float32, order: ABCD", [0xFF80, 0x0000]),
            ("type: bcd, count: 1", [0x12A4]),
            // A register that has counted beyond its base is damaged, or the base is wrong.
            ("type: uint32, order: CDAB, base: 1000", [1_000, 1]),
            ("type: uint64, order: ABCDEFGH, base: 65535", [.max, .max, .max, .max]),
            ("type: uint16, invalid: 0xFFFF", [0xFFFF]),
            ("type: uint16, invalid: 65535", [0xFFFF]),
            ("type: int16, invalid: 0x8000", [0x8000]),
            ("type: int16, invalid: -32768", [0x8000]),
            ("type: int8, invalid: 0x80", [0x0080]),
            ("type: uint16, invalid: [0xFFFF, 0xFFFE], scale: 0.1", [0xFFFE]),
            ("type: uint16, mask: 0xFF00, invalid: 0xFF", [0xFF17]),
            (
                "type: uint64, order: ABCDEFGH, invalid: 0xFFFFFFFFFFFFFFFF",
                [.max, .max, .max, .max]
            ),
            ("type: int64, order: ABCDEFGH, invalid: 0x8000000000000000", [0x8000, 0, 0, 0]),
            ("type: float32, order: ABCD, invalid: -1", [0xBF80, 0]),
            ("type: float32, order: CDAB, invalid: 0xBF800000", [0, 0xBF80]),
            ("type: bcd, count: 1, invalid: 9999", [0x9999]),
            // Beyond 64 bits with sign, before and after scaling.
            ("type: uint64, order: ABCDEFGH", [0x8000, 0, 0, 0]),
            ("type: uint64, order: ABCDEFGH, scale: 100", [0x7000, 0, 0, 0]),
        ] as [(String, [UInt16])])
    func isMissingWhereThereIsNoNumber(keys: String, words: [UInt16]) throws {
        #expect(try point(keys).measure(image(words)) == .missing(.notANumber))
    }

    @Test(arguments: [("min: 5", 4, true), ("min: 5", 5, false), ("max: 5", 6, true)])
    func isUncertainOutOfRange(keys: String, word: UInt16, isUncertain: Bool) throws {
        let number = MeasuredValue.number(ScaledInteger(Int64(word)))
        let expected: Measurement = isUncertain ? .uncertain(.outOfRange, number) : .value(number)
        #expect(try point("type: uint16, \(keys)").measure(image([word])) == expected)
    }

    @Test func theRangeIsThatOfTheScaledValue() throws {
        let point = try point("type: uint16, scale: 0.1, max: 100")
        #expect(point.measure(image([1_000])) == .value(.number(ScaledInteger(100))))
        let beyond = MeasuredValue.number(ScaledInteger(1_001, exponent: -1))
        #expect(point.measure(image([1_001])) == .uncertain(.outOfRange, beyond))
    }

    @Test(arguments: [(0, "0.25"), (1, "250"), (2, nil), (0xFFFF, nil)] as [(UInt16, String?)])
    func theUnitRegisterScalesOrLeavesNoValue(code: UInt16, value: String?) throws {
        let keys =
            "type: uint16, unit: m3, scale: 0.1, unitRegister: "
            + "{address: 12, type: uint16, factors: {0: 0.001, 1: 1}}"
        let point = try point(keys)
        #expect(point.ranges.map(\.address) == [10, 12])
        let expected = value.flatMap { ScaledInteger($0) }.map { Measurement.value(.number($0)) }
        #expect(
            point.measure(image([2_500, 0, code])) == expected ?? .missing(.notANumber))
        // Without the answer that holds the unit there is no value either.
        #expect(point.measure(image([2_500])) == .missing(.notAsked))
    }

    /// The low word in 78 and the high word in 80, with something else between them.
    @Test func registersThatAreNotAdjacentArePutTogether() throws {
        let text =
            "{name: p, table: holding, address: [78, 80], type: uint32, order: CDAB, scale: 0.1}"
        let point = try profile(points: [text]).points[0]
        let ranges = [
            RegisterRange(.holding, at: 78, count: 1), RegisterRange(.holding, at: 80, count: 1),
        ]
        #expect(point.ranges == ranges && point.addresses == [78, 80])
        var image = RegisterImage()
        image.insert(.registers([0x0002]), for: ranges[0], at: .zero)
        #expect(point.measure(image) == .missing(.notAsked))
        image.insert(.registers([0x0001]), for: ranges[1], at: .zero)
        let value = ScaledInteger(65_538, exponent: -1)
        #expect(point.measure(image) == .value(.number(value)))
        // One read that covers both does as well.
        image.removeAll()
        let whole = RegisterRange(.holding, at: 78, count: 3)
        image.insert(.registers([2, 0xFFFF, 1]), for: whole, at: .zero)
        #expect(point.measure(image) == .value(.number(value)))
    }

    @Test func anInvertedCoilIsInverted() throws {
        let text = "{name: p, table: coil, address: 3, access: readWrite, invert: true}"
        let point = try profile(points: [text]).points[0]
        for isOn in [false, true] {
            var image = RegisterImage()
            image.insert(.bits([isOn]), for: point.range, at: .zero)
            let value = ScaledInteger(isOn ? 0 : 1)
            #expect(point.measure(image) == .value(.number(value)))
            #expect(point.rawBit(for: value) == isOn)
        }
    }

    /// Some devices answer one long text though they refuse reads of that length elsewhere.
    @Test func whatIsReadAloneMayBeWiderThanOtherReads() throws {
        let point = "{name: info.serial, table: holding, address: 0, type: string, count: 16%}"
        let text = { (key: String) in
            "id: test\nkind: water-meter\nvendor: v\nmodel: m\n"
                + "limits: {maximumRegistersPerRead: 10}\npoints:\n  - "
                + point.replacing("%", with: key) + "\n"
        }
        #expect(throws: DocumentFaults.self) {
            try ProfileLibrary.read(text: text(""), file: "test.yaml")
        }
        let profile = try ProfileLibrary.read(text: text(", alone: true"), file: "test.yaml")
        let neighbour = RegisterRange(.holding, at: 16, count: 2)
        let plan = PollPlan(
            covering: [profile.points[0].range, neighbour], maximumRegisters: 10,
            alone: [profile.points[0].range])
        #expect(plan.reads.map(\.range) == [profile.points[0].range, neighbour])
        let close = PollPlan(
            covering: [RegisterRange(.holding, at: 0, count: 1), neighbour], gapLimit: 20,
            alone: [neighbour])
        #expect(close.reads.count == 2)
    }

    @Test func aFailedReadGivesItsReason() throws {
        let point = try point("type: uint32, order: ABCD")
        var image = RegisterImage()
        #expect(point.measure(image) == .missing(.notAsked))
        image.insert(
            missing: .exception(2), for: RegisterRange(.holding, at: 0, count: 40), at: .zero)
        #expect(point.measure(image) == .missing(.exception(2)))
        image.removeAll()
        #expect(point.measure(image) == .missing(.notAsked))
    }

    @Test func aValueIsNeverTornAcrossTwoAnswers() throws {
        let point = try point("type: uint32, order: ABCD")
        var image = RegisterImage()
        image.insert(.registers([1]), for: RegisterRange(.holding, at: 10, count: 1), at: .zero)
        image.insert(.registers([2]), for: RegisterRange(.holding, at: 11, count: 1), at: .zero)
        #expect(point.measure(image) == .missing(.notAsked))
    }

    @Test func answersThatDoNotFitAreLeftOut() {
        var image = RegisterImage()
        let registers = RegisterRange(.holding, at: 0, count: 2)
        let bits = RegisterRange(.coil, at: 0, count: 2)
        for (response, range) in [
            (.registers([1]), registers), (.registers([1, 2, 3]), registers),
            (.bits([true, false, true]), bits), (.bits([true, false]), registers),
            (.registers([1, 2]), bits), (.bits([true]), bits), (.written, registers),
        ] as [(ModbusResponse, RegisterRange)] {
            let fits = image.insert(response, for: range, at: .zero)
            #expect(!fits)
        }
        #expect(image.moment(of: registers) == nil)
    }

    @Test func bitsAreZeroOrOne() throws {
        let text = "{name: p, table: coil, address: 3, enum: {0: open, 1: closed}}"
        let point = try profile(points: [text]).points[0]
        var image = RegisterImage()
        image.insert(
            .bits([false, true]), for: RegisterRange(.coil, at: 2, count: 2), at: .zero)
        #expect(point.measure(image) == .value(.number(ScaledInteger(1))))
        #expect(point.rawBit(for: ScaledInteger(1)) == true)
        let other: Bool? = point.rawBit(for: ScaledInteger(2))
        #expect(other == nil)
    }

    @Test func aReadingHasTheMomentOfItsOwnAnswer() throws {
        var later = Moment.zero
        later.monotonic.nanoseconds = 5
        var image = RegisterImage()
        let first = RegisterRange(.holding, at: 0, count: 4)
        let second = RegisterRange(.holding, at: 10, count: 4)
        image.insert(.registers([0, 0, 0, 0]), for: first, at: .zero)
        image.insert(.registers([0, 0, 0, 0]), for: second, at: later)
        #expect(image.moment(of: RegisterRange(.holding, at: 3, count: 1)) == .zero)
        #expect(image.moment(of: RegisterRange(.holding, at: 12, count: 2)) == later)
        #expect(image.moment(of: RegisterRange(.input, at: 12, count: 2)) == nil)
    }

    private func point(_ keys: String) throws -> PointProfile {
        try profile(points: ["{name: p, table: holding, address: 10, \(keys)}"]).points[0]
    }

    /// An answer that begins at the address 10.
    private func image(_ words: [UInt16]) -> RegisterImage {
        var image = RegisterImage()
        image.insert(
            .registers(words), for: RegisterRange(.holding, at: 10, count: UInt16(words.count)),
            at: .zero)
        return image
    }
}

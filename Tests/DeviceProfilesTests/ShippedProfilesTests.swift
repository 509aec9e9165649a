import DeviceProfiles
import Documents
import Metering
import Modbus
import Testing

struct ShippedProfilesTests {
    static let identifiers = (try? ProfileLibrary.shipped().identifiers) ?? []

    @Test func coversTheModbusDevices() {
        #expect(Self.identifiers.count >= 60)
    }

    @Test(arguments: identifiers)
    func loadsWithoutFaults(id: String) throws {
        let profile = try shippedProfile(id)
        #expect(profile.id == id)
        #expect(!profile.sources.isEmpty)
        #expect(profile.points.contains { $0.isPolled })
    }

    @Test(arguments: identifiers)
    func plansWithinItsLimits(id: String) throws {
        let profile = try shippedProfile(id)
        let limits = profile.limits
        for points in [profile.points.filter(\.isPolled), profile.points] {
            let ranges = points.filter(\.access.isReadable).flatMap(\.ranges)
            let plan = PollPlan(
                covering: ranges, gapLimit: limits.gapLimit, bitGapLimit: limits.bitGapLimit,
                maximumRegisters: limits.maximumRegistersPerRead,
                maximumBits: limits.maximumBitsPerRead,
                alone: Set(points.filter(\.isReadAlone).map(\.range)))
            for read in plan.reads {
                let maximum =
                    read.range.table.isBits
                    ? limits.maximumBitsPerRead : limits.maximumRegistersPerRead
                #expect(read.range.count <= maximum)
            }
            for range in ranges {
                #expect(plan.reads.contains { $0.range.contains(range) })
            }
        }
    }

    /// What the makers' manuals say of values that are none, of units and of states.
    @Test(
        arguments: [
            ("carlogavazzi-em340", "voltage.l1", [0xFFFF, 0x7FFF], nil),
            ("carlogavazzi-em340", "voltage.l1", [2_305, 0], "230.5"),
            ("carlogavazzi-em340", "energy.active.import.total", [0xFFFF, 0x7FFF], nil),
            ("carlogavazzi-em340", "power.factor.l1", [0x7FFF], nil),
            ("carlogavazzi-em340", "frequency", [0x7FFF], nil),
            ("carlogavazzi-em340", "frequency", [500], "50"),
            ("schneider-iem3155", "energy.active.import.total.f32", [0x447A, 0], "1000"),
            ("abb-b23", "frequency", [0xFFFF], nil),
            ("abb-b23", "power.factor.total", [0x7FFF], nil),
            ("abb-b23", "energy.active.import.total", [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF], nil),
            ("alfen-eve", "voltage.l1", [0x7FC0, 0], nil),
            ("alfen-eve", "voltage.l1", [0xFFFF, 0xFFFF], nil),
            ("arlight-dali-logic-lite", "light.group0.brightness.cached", [255], nil),
            ("arlight-dali-logic-lite", "light.group15.brightness.cached", [254], "254"),
            ("dfrobot-urm14", "distance", [0xFFFF], nil),
            ("dyp-ultrasonic-750cm", "distance", [0], nil),
            ("dyp-ultrasonic-750cm", "distance.realtime", [0xFFFD], nil),
            ("dyp-ultrasonic-750cm", "distance.realtime", [0xFFFE], nil),
            ("etek-ekepc2", "config.meter.power.address", [0xFFFF], nil),
            ("kamstrup-multical-403-603", "temperature.supply", [0x7FC0, 0], nil),
            ("kaplestop-leak", "input1.value", [0xD954], nil),
            ("kaplestop-leak", "input10.value", [0xFF9C], nil),
            ("kaplestop-leak", "input10.value", [0xFFFE], nil),
            ("kaplestop-leak", "input10.value", [0xFF9D], "-0.99"),
            ("parking-ultrasonic-generic", "distance", [0], nil),
            ("parking-ultrasonic-generic", "distance", [0xFFFD], nil),
            ("parking-ultrasonic-generic", "distance", [7500], "7500"),
            ("wb-led", "light.cct2.brightness", [0xFFFF], nil),
            ("wb-msw-v4", "temperature", [0x7FFF], nil),
            ("wb-msw-v4", "temperature", [0xFFFF], "-0.01"),
            ("wb-msw-v4", "humidity", [0xFFFF], nil),
            ("wb-msw-v4", "illuminance", [0xFFFF, 0xFFFF], nil),
            ("wb-msw-v4", "aqi", [0xFFFE], nil),
            ("heidelberg-energy-control", "status.charging", [8], "8"),
            ("keba-p30", "energy.session", [0, 12], "1.2"),
        ] as [(String, String, [UInt16], String?)])
    func measuresAsItsMakerSays(id: String, name: String, words: [UInt16], value: String?) throws {
        let point = try shippedProfile(id).requiredPoint(name)
        var image = RegisterImage()
        image.insert(.registers(words), for: point.range, at: .zero)
        let expected = value.flatMap { ScaledInteger($0) }.map { Measurement.value(.number($0)) }
        #expect(point.measure(image) == expected ?? .missing(.notANumber))
    }

    /// A distance is none where the sensor says in another register that it has none.
    @Test(
        arguments: [
            ("dfrobot-sen0492", "distance", "status", 1_803, 0, true),
            ("dfrobot-sen0492", "distance", "status", 1_803, 2, false),
            ("dfrobot-sen0492", "distance", "status", 1_803, 7, false),
            ("mxs485-ultrasonic", "distance", "status.ok", 2_400, 1, true),
            ("mxs485-ultrasonic", "distance", "status.ok", 2_400, 0, false),
            ("mxs485-ultrasonic", "distance.ramped", "status.ok", 2_400, 0, false),
            ("mxs485-ultrasonic", "distance", "status.ok", 0, 1, false),
        ] as [(String, String, String, UInt16, UInt16, Bool)])
    func measuresOnlyWhereItsStatusSaysSo(
        id: String, name: String, status: String, word: UInt16, state: UInt16, isMeasured: Bool
    ) throws {
        let profile = try shippedProfile(id)
        let point = try profile.requiredPoint(name)
        var image = RegisterImage()
        image.insert(.registers([word]), for: point.range, at: .zero)
        image.insert(
            .registers([state]), for: try profile.requiredPoint(status).range, at: .zero)
        #expect(
            point.measure(image)
                == (isMeasured
                    ? .value(.number(ScaledInteger(Int64(word)))) : .missing(.notANumber)))
    }

    @Test func theReadmeCountsThem() throws {
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let readme = try DocumentFile.text(path: root + "/README.md", maximumBytes: 1 << 20)
        let words = readme.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains(" \(Self.identifiers.count) devices are known by their profiles"))
    }

    @Test func unitsAndStatesAreThoseOfTheMakers() throws {
        let schneider = try shippedProfile("schneider-iem3155")
        for name in ["energy.active.import.total.f32", "energy.active.export.total.f32"] {
            #expect(try schneider.requiredPoint(name).unit == "Wh")
        }
        let heidelberg = try shippedProfile("heidelberg-energy-control")
        let labels = try heidelberg.requiredPoint("status.charging").labels
        #expect(labels[8] == "derating" && labels[9] == "E" && labels[10] == "F")
        #expect(labels[11] == "error")
        #expect(try shippedProfile("sontex-supercal-531").link.baudRate == 19_200)
        for id in ["keba-p30", "keba-p40"] {
            let keba = try shippedProfile(id)
            let target = try keba.requiredPoint("command.energyTarget")
            #expect(target.unit == "Wh" && target.rawWords(for: ScaledInteger(100)) == [10])
            #expect(keba.limits.requestGap == .milliseconds(500))
            #expect(keba.limits.writeGap == .seconds(5))
        }
    }

    @Test(arguments: identifiers)
    func pollsNothingThatIsOnlyWrittenOrSet(id: String) throws {
        let profile = try shippedProfile(id)
        for point in profile.points {
            if point.name.description.hasPrefix("command.") {
                #expect(point.access == .write && !point.isPolled)
            }
            if point.access == .write { #expect(!point.isPolled) }
            if point.access.isWritable {
                #expect([.coil, .holding].contains(point.range.table))
            }
        }
    }

    @Test(arguments: identifiers)
    func neverBreaksTheWordsOfUnits(id: String) throws {
        let known: Set<String> = [
            "V", "A", "mA", "W", "kW", "VA", "kVA", "var", "kvar", "Hz", "Wh", "kWh", "varh",
            "kvarh", "VAh", "kVAh", "Ah", "deg", "%", "degC", "degF", "K", "m3", "L", "m3/h", "L/h",
            "Nm3", "Nm3/h", "MJ", "MJ/h", "MJ/Nm3", "kPa", "MPa", "bar", "hPa", "m/s", "mm", "ppm",
            "ppb", "%vol", "%RH", "ug/m3", "g/m3", "lx", "dB", "s", "ms", "us", "min", "h", "d",
            "kOhm", "L/pulse",
        ]
        let profile = try shippedProfile(id)
        for point in profile.points {
            if let unit = point.unit { #expect(known.contains(unit), "\(point.name): \(unit)") }
        }
    }

    @Test func obisCodesOfADeviceAreDistinct() throws {
        let library = try ProfileLibrary.shipped()
        for id in library.identifiers {
            let codes = try #require(try library.profile(id)).points.compactMap(\.obis)
            #expect(Set(codes).count == codes.count, "\(id)")
        }
    }

    @Test(arguments: [
        ("eastron-sdm630", "energy.active.import.total", "1-0:1.8.0*255"),
        ("eastron-sdm630", "energy.active.export.l3", "1-0:62.8.0*255"),
        ("eastron-sdm630", "voltage.l2", "1-0:52.7.0*255"),
        ("eastron-sdm630", "current.l3", "1-0:71.7.0*255"),
        ("eastron-sdm630", "power.factor.total", "1-0:13.7.0*255"),
        ("eastron-sdm630", "frequency", "1-0:14.7.0*255"),
        ("eastron-sdm630", "power.active.total", "1-0:16.7.0*255"),
        ("inepro-pro380", "energy.active.sum.tariff2", "1-0:15.8.2*255"),
        ("diehl-sharky-775", "energy.heat.total", "6-0:1.0.0*255"),
        ("diehl-sharky-775", "temperature.difference", "6-0:12.0.0*255"),
        ("fuxin-gas-flow", "volume.working.total", "7-0:3.0.0*255"),
        ("bove-ultrasonic-water", "volume.forward", "8-0:1.0.0*255"),
        ("wb-mwac2", "volume.p2", "8-2:1.0.0*255"),
    ])
    func pointsCarryTheirObisCode(id: String, name: String, code: String) throws {
        let profile = try shippedProfile(id)
        let point = try profile.requiredPoint(name)
        #expect(point.obis?.description == code)
    }
}

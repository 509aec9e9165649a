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
                maximumBits: limits.maximumBitsPerRead)
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

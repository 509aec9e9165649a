import DeviceProfiles
import Execution
import Metering
import Modbus
import Testing

/// Answers of real devices, and what they mean, from the sources the profiles name.
struct ReferenceVectorTests {
    /// One exchange: the request and the answer as they went over the line.
    struct Exchange: Sendable, CustomTestStringConvertible {
        let profile: String
        let request: String
        let answer: String
        let values: [String: String]

        init(_ profile: String, _ request: String, _ answer: String, _ values: [String: String]) {
            self.profile = profile
            self.request = request
            self.answer = answer
            self.values = values
        }

        var testDescription: String { "\(profile) \(request)" }
    }

    static let exchanges: [Exchange] = [
        Exchange(
            "2flow-mag11-heat", "01 03 04 00 00 02", "01 03 04 C1 48 00 00", ["flow": "-12.5"]),
        Exchange(
            "chint-ddsu666", "23 03 20 00 00 0F",
            """
            23 03 1E 43 5D E6 66 3C CC CC CD 00 00 00 00 00 00 00 00 3B BA C7 11 00 00 00 00 00 00 \
            00 00 05 E4
            """,
            [
                "voltage.l1": "221.9", "current.l1": "0.025", "power.active.total": "0",
                "power.reactive.total": "0", "power.apparent.total": "0.0057",
                // The read ends in the middle of the frequency.
                "frequency": "not asked",
            ]),
        Exchange(
            "chint-dtsu666", "01 03 20 12 00 02", "01 03 04 45 00 00 00",
            ["power.active.total": "204.8"]),
        Exchange(
            "chint-dtsu666", "01 03 10 28 00 02", "01 03 04 44 0D 37 0A",
            ["energy.active.export.total": "564.86"]),
        Exchange(
            "chint-dtsu666", "01 03 00 06 00 01", "01 03 02 00 01", ["config.ct.ratio": "1"]),
        Exchange(
            "chint-dtsu666", "01 03 00 07 00 01", "01 03 02 00 0A", ["config.pt.ratio": "1"]),
        // The maker's example, and the state behind it.
        Exchange(
            "dfrobot-sen0492", "50 03 00 34 00 02", "50 03 04 07 0B 00 00",
            ["distance": "1803", "status": "0"]),
        Exchange(
            "dyp-ultrasonic-750cm", "01 03 01 00 00 01", "01 03 02 02 F2", ["distance": "754"]),
        Exchange(
            "dyp-ultrasonic-750cm", "01 03 01 01 00 01", "01 03 02 02 EF",
            ["distance.realtime": "751"]),
        Exchange(
            "dyp-ultrasonic-750cm", "01 03 01 02 00 01", "01 03 02 01 2C", ["temperature": "30"]),
        Exchange(
            "parking-ultrasonic-generic", "01 03 01 00 00 01", "01 03 02 02 F2",
            ["distance": "754"]),
        Exchange(
            "fuxin-gas-flow", "01 03 00 0A 00 14",
            """
            01 03 28 4B 3C 61 56 44 9B 63 92 00 00 00 00 40 22 0C 4A 00 00 12 43 11 16 40 20 00 00 \
            12 28 56 86 42 22 41 AD 31 27 42 CC 6C 8B
            """,
            [
                "volume.working.total.f32": "12345686", "volume.standard.total.f32": "1243.1116",
                "prepaid.preset": "0", "flow.standard": "2.532",
                "volume.standard.total": "1243.1116", "flow.working": "2.5",
                "volume.working.total": "12285686.4222", "temperature": "21.649",
                "pressure": "102.212",
            ]),
        Exchange(
            "honeywell-raeguard3", "01 03 00 08 00 02", "01 03 04 00 00 00 D1",
            ["gas.concentration": "209"]),
        Exchange(
            "lichuang-eda9150a", "01 02 00 00 00 10", "01 02 02 8F FE",
            [
                "input.3": "1", "input.4": "0", "input.5": "0", "input.6": "0", "input.7": "1",
                "input.8": "0", "input.9": "1", "input.15": "1",
            ]),
        Exchange(
            "lichuang-eda9161", "01 01 00 00 00 02", "01 01 01 02",
            ["relay.0": "0", "relay.1": "1", "relay.2": "not asked"]),
        Exchange(
            "lichuang-eda9161", "01 03 00 04 00 02", "01 03 04 01 06 00 01",
            [
                "config.unit": "1", "config.format": "0", "config.baud.code": "6",
                "config.pulse.mask": "1",
            ]),
        Exchange(
            "nhzd210-lux", "0A 04 00 00 00 02", "0A 04 04 00 00 01 28",
            ["illuminance": "296", "illuminance.low16": "296"]),
        Exchange(
            "nhzd210-lux", "0A 04 00 01 00 01", "0A 04 02 01 35", ["illuminance.low16": "309"]),
        Exchange(
            "peacefair-pzem-016", "01 04 00 00 00 0A",
            "01 04 14 08 D1 00 6C 00 00 00 F4 00 00 00 26 00 00 01 F4 00 64 00 00",
            [
                "voltage.l1": "225.7", "current.l1": "0.108", "power.active.total": "24.4",
                "energy.active.import.total": "38", "frequency": "50", "power.factor.total": "1",
                "alarm.power": "0",
            ]),
        Exchange("seeed-s-yw-01b", "1A 03 00 00 00 01", "1A 03 02 00 01", ["config.unit": "1"]),
        Exchange("xy-md02-sht20", "01 04 00 01 00 01", "01 04 02 01 31", ["temperature": "30.5"]),
        // The first of the answer's 36 registers; the others are of no matter here.
        Exchange(
            "abb-b23", "05 03 50 00 00 04", "05 03 08 00 00 00 00 00 0D 12 90",
            ["energy.active.import.total": "8567.2"]),
        // The registers 33, 21, 92, 1 and 72 of the TUF-2000M manual, with those next to them.
        Exchange(
            "tuf-2000m", "01 03 00 20 00 02", "01 03 04 3C D0 40 E3",
            ["temperature.supply": "7.1012"]),
        Exchange(
            "tuf-2000m", "01 03 00 14 00 02", "01 03 04 FF C8 FF FF",
            ["energy.heat.reverse.int": "-56"]),
        Exchange("tuf-2000m", "01 03 00 5B 00 01", "01 03 02 03 26", ["signal.quality": "38"]),
        Exchange("tuf-2000m", "01 03 00 00 00 02", "01 03 04 1D 9B BF 5C", ["flow": "-0.8598"]),
        Exchange("tuf-2000m", "01 03 00 47 00 01", "01 03 02 00 04", ["status.error": "4"]),
        Exchange(
            "xintai-valve-water", "01 03 00 05 00 02", "01 03 04 1E 85 0B 3F", ["flow": "0.545"]),
        Exchange(
            "equysis-ultra-e-f", "01 03 00 14 00 02", "01 03 04 42 C8 00 00",
            ["output.percent": "100"]),
    ]

    @Test(arguments: exchanges)
    func answersMeasureAsStated(exchange: Exchange) throws {
        let profile = try shippedProfile(exchange.profile)
        let request = try ModbusRequest(decoding: bytes(exchange.request).dropFirst())
        guard case .read(let range) = request else {
            Issue.record("the vector is no read")
            return
        }
        let response = try ModbusResponse(
            decoding: bytes(exchange.answer).dropFirst(), answering: request)
        var image = RegisterImage()
        let fits = image.insert(response, for: range, at: .zero)
        #expect(fits)
        for (name, stated) in exchange.values {
            let point = try profile.requiredPoint(name)
            switch point.measure(image) {
            case .value(.number(let number)):
                // Floats of a source are printed with four or five digits.
                let expected = try #require(ScaledInteger(stated))
                let deviation = abs(number.doubleValue - expected.doubleValue)
                #expect(
                    deviation <= (point.encoding.type == .float32 ? 5e-5 : 0),
                    "\(name) is \(number), stated \(stated)")
            case .missing(.notAsked): #expect(stated == "not asked", "\(name)")
            case let other: Issue.record("\(name) is \(other)")
            }
        }
    }

    @Test(arguments: [
        ("dyp-ultrasonic-750cm", "config.unit", "5", "01 06 02 00 00 05"),
        ("nhzd210-lux", "config.unit", "10", "00 06 00 42 00 0A"),
        ("nhzd210-lux", "config.baud.code", "3", "00 06 00 40 00 03"),
        ("lichuang-eda9161", "relay.1", "1", "01 05 00 01 FF 00"),
        ("waveshare-modbus-rtu-relay-8", "relay.1", "1", "01 05 00 00 FF 00"),
    ])
    func writesAreThoseOfTheSources(
        profile: String, name: String, value: String, frame: String
    ) throws {
        let profile = try shippedProfile(profile)
        let point = try profile.requiredPoint(name)
        #expect(point.access.isWritable)
        let value = try #require(ScaledInteger(value))
        let address = point.range.address
        let request: ModbusRequest
        if point.range.table.isBits {
            let bit: Bool? = point.rawBit(for: value)
            #expect(bit != nil)
            request = .writeCoil(address: address, bit ?? false)
        } else {
            let words = try #require(point.rawWords(for: value))
            request = .writeRegister(address: address, words[0])
        }
        #expect(request.encoded == Array(bytes(frame).dropFirst()))
    }

    private func bytes(_ text: String) -> [UInt8] {
        text.split(separator: " ").map { UInt8($0, radix: 16)! }
    }
}

import DeviceProfiles
import Execution
import Metering
import Modbus
import Simulation
import Testing

/// Devices that follow the shipped profiles, asked as the gateway asks them.
@Suite struct ProfileSimulationTests {
    static let profiles: [String] = (try? ProfileLibrary.shipped().identifiers) ?? []

    @Test func profilesAreShipped() {
        #expect(Self.profiles.count >= 25)
    }

    @Test(arguments: profiles)
    func everyReadablePointHasAValueWithinItsRange(id: String) throws {
        let profile = try #require(try ProfileLibrary.shipped().profile(id))
        let device = SimulatedDevice(
            name: "d1", unit: UnitIdentifier(1), profile: profile, seed: 7)
        for point in profile.points where point.access.isReadable {
            for day in stride(from: 0.0, to: 365, by: 45.37) {
                let time = SimulatedTime(localSeconds: LoadCurveTests.newYear + day * 86_400)
                let measurement = try device.measure(point, at: time)
                guard case .value = measurement else {
                    Issue.record("\(id) \(point.name) on day \(day): \(measurement)")
                    break
                }
            }
        }
    }

    /// Whatever unit and decimals the device says it counts in.
    @Test(arguments: [("qdy30a-level", "level"), ("micro-sensor-mfe600h", "flow")])
    func aPointHoldsWhatItIsSetTo(id: String, name: String) throws {
        let profile = try #require(try ProfileLibrary.shipped().profile(id))
        let device = SimulatedDevice(
            name: "d1", unit: UnitIdentifier(1), profile: profile, seed: 7)
        let point = try #require(profile.points.first { $0.name.description == name })
        #expect(point.unitRegister != nil)
        try #require(device.set(point, to: ScaledInteger(350)))
        let time = SimulatedTime(localSeconds: LoadCurveTests.newYear)
        let measured = try device.measure(point, at: time)
        #expect(measured == .value(.number(ScaledInteger(350))), "\(id)")
    }

    /// A counter may roll over where its registers are too small for a year; it does not fall.
    @Test(arguments: profiles)
    func countersOnlyRise(id: String) throws {
        let profile = try #require(try ProfileLibrary.shipped().profile(id))
        let device = SimulatedDevice(
            name: "d1", unit: UnitIdentifier(1), profile: profile, seed: 8)
        for point in profile.points where point.isCounter {
            var last = -Double.infinity
            for step in stride(from: 0.0, to: 366, by: 3.217) {
                let time = SimulatedTime(localSeconds: LoadCurveTests.newYear + step * 86_400)
                guard case .value(.number(let number)) = try device.measure(point, at: time)
                else { continue }
                let isRollover = number.doubleValue < last / 2
                #expect(
                    number.doubleValue >= last || isRollover, "\(point.name) on day \(step)")
                last = number.doubleValue
            }
        }
    }

    @Test(arguments: ["eastron-sdm630", "eastron-sdm120", "schneider-iem3155", "acrel-adw300"])
    func electricityIsPhysical(id: String) throws {
        let profile = try #require(try ProfileLibrary.shipped().profile(id))
        let device = SimulatedDevice(
            name: "b1", unit: UnitIdentifier(1), profile: profile, seed: 9)
        let bounds: [(String, String?, ClosedRange<Double>)] = [
            ("voltage.l1", "V", 215...245), ("voltage.l3", "V", 215...245),
            ("current.l1", "A", 0...120), ("frequency", "Hz", 49.9...50.1),
            ("power.active.total", "W", 0...60_000), ("power.active.total", "kW", 0...60),
            ("power.factor.total", nil, 0.8...1),
        ]
        for (name, unit, range) in bounds {
            guard let name = PointName(name), let point = profile.point(named: name),
                unit == nil || point.unit == unit
            else { continue }
            for step in stride(from: 0.0, to: 366, by: 0.377) {
                let time = SimulatedTime(localSeconds: LoadCurveTests.newYear + step * 86_400)
                guard case .value(.number(let number)) = try device.measure(point, at: time)
                else { continue }
                #expect(range.contains(number.doubleValue), "\(name) on day \(step)")
            }
        }
    }

    /// What the meter counts in an hour is what its power says.
    @Test func energyAgreesWithPower() throws {
        let profile = try #require(try ProfileLibrary.shipped().profile("eastron-sdm120"))
        let device = SimulatedDevice(
            name: "b1-u101-elec", unit: UnitIdentifier(1), profile: profile, seed: 1)
        func number(_ name: String, at seconds: Double) throws -> Double {
            let name = try #require(PointName(name))
            let point = try #require(profile.point(named: name))
            let time = SimulatedTime(localSeconds: LoadCurveTests.newYear + seconds)
            let measurement = try device.measure(point, at: time)
            guard case .value(.number(let number)) = measurement else {
                throw Missing(measurement: measurement)
            }
            return number.doubleValue
        }
        let counted =
            try number("energy.active.import.total", at: 86_400)
            - number("energy.active.import.total", at: 0)
        var integral = 0.0
        for second in stride(from: 15.0, to: 86_400, by: 30) {
            integral += try number("power.active.total", at: second) * 30 / 3_600_000
        }
        #expect(counted > 1)
        #expect(abs(counted - integral) < 0.02 * counted)
    }

    @Test func theSameSeedMakesTheSameDevice() throws {
        let profile = try #require(try ProfileLibrary.shipped().profile("eastron-sdm120"))
        func words(_ name: String, seed: UInt64) -> DeviceReaction {
            SimulatedDevice(name: name, unit: UnitIdentifier(1), profile: profile, seed: seed)
                .react(
                    to: ModbusRequest.read(RegisterRange(.input, at: 12, count: 2)).encoded,
                    at: SimulatedTime(localSeconds: LoadCurveTests.newYear))
        }
        #expect(words("a", seed: 1) == words("a", seed: 1))
        #expect(words("a", seed: 1) != words("a", seed: 2))
        #expect(words("a", seed: 1) != words("b", seed: 1))
    }

    private struct Missing: Error {
        let measurement: Measurement
    }
}

extension PointProfile {
    /// Whether the name says that the value only grows.
    fileprivate var isCounter: Bool {
        let words = name.description.split(separator: ".")
        return ["energy", "volume"].contains(words[0]) && words.last == "total"
            && unitRegister == nil
    }
}

extension SimulatedDevice {
    /// Asks for one point as a client does, and measures the answer.
    func measure(_ point: PointProfile, at time: SimulatedTime) throws -> Measurement {
        var image = RegisterImage()
        let moment = Moment(
            monotonic: MonotonicTime(nanoseconds: 0),
            wall: WallTime(Timestamp(milliseconds: 0), isSynchronized: true))
        for range in point.ranges {
            let request = ModbusRequest.read(range)
            guard case .answer(let answer) = react(to: request.encoded, at: time) else {
                image.insert(missing: .timeout, for: range, at: moment)
                continue
            }
            do throws(ResponseFault) {
                let response = try ModbusResponse(decoding: answer.pdu[...], answering: request)
                image.insert(response, for: range, at: moment)
            } catch .exception(let exception) {
                image.insert(missing: .exception(exception.rawValue), for: range, at: moment)
            } catch {
                image.insert(missing: .corrupt, for: range, at: moment)
            }
        }
        return point.measure(image)
    }
}

import DeviceProfiles
import Execution
import Metering
import Modbus
import Simulation
import SiteConfiguration

/// One device of the field: what it answers, and what it had at any moment.
// `@unchecked`: only touched by the thread that has the baton.
final class FieldDevice: @unchecked Sendable {
    let device: SimulatedDevice
    let profile: DeviceProfile
    var requests = 0
    /// Without faults, to be asked what the device had.
    private let twin: SimulatedDevice

    /// Values change at these steps, so that it can be told what the device had.
    static let step: Int64 = 500_000_000

    init(_ configuration: DeviceConfiguration, seed: UInt64) {
        let name = configuration.id.description
        profile = configuration.profile
        device = SimulatedDevice(
            name: name, unit: configuration.unit, profile: profile, seed: seed)
        twin = SimulatedDevice(name: name, unit: configuration.unit, profile: profile, seed: seed)
    }

    func react(to pdu: [UInt8], at moment: Int64) -> DeviceReaction {
        device.react(
            to: pdu, at: Self.time(at: moment), requestEnd: MonotonicTime(nanoseconds: moment))
    }

    /// The community's time, which no clock of a gateway changes.
    static func time(at moment: Int64) -> SimulatedTime {
        SimulatedTime(
            localSeconds: Double(World.epoch.milliseconds) / 1_000
                + Double(moment / step * step) / 1e9)
    }

    /// Whether a point had a value at some time in a span of moments.
    func had(_ value: MeasuredValue, at point: PointProfile, in span: ClosedRange<Int64>) -> Bool {
        let steps = (span.lowerBound / Self.step)...(span.upperBound / Self.step)
        return steps.contains { measured(point, at: $0 * Self.step) == value }
    }

    private func measured(_ point: PointProfile, at moment: Int64) -> MeasuredValue? {
        let request = ModbusRequest.read(point.range)
        let reaction = twin.react(
            to: request.encoded, at: Self.time(at: moment),
            requestEnd: MonotonicTime(nanoseconds: moment))
        guard case .answer(let answer) = reaction,
            // What the twin refuses, it does not have.
            let response = try? ModbusResponse(decoding: answer.pdu[...], answering: request)
        else { return nil }
        var image = RegisterImage()
        image.insert(response, for: point.range, at: World.anyMoment)
        switch point.measure(image) {
        case .value(let value), .uncertain(_, let value): return value
        case .missing: return nil
        }
    }
}

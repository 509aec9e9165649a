import DeviceProfiles
import Modbus

/// How much of its time a bus needs for what is to be read of it, estimated from the bytes on the
/// wire.
package struct BusEffort: Hashable, Sendable {
    /// How long a device takes to begin its answer, where nobody has measured it.
    static let turnaround = Duration.milliseconds(20)

    private let link: BusLink

    package init(_ link: BusLink) {
        self.link = link
    }

    /// The speed that frames have on the wire: behind a serial server it is not known, and taken
    /// for the commonest; over TCP there is none.
    private var line: SerialSettings? {
        switch link {
        case .serial(_, let settings, _): settings
        case .rtuOverTCP: SerialSettings(baudRate: 9_600, parity: .none, stopBits: 1)
        case .tcp: nil
        }
    }

    /// The share of the time that devices take: 1 where the bus is busy without a pause.
    package func share(of devices: [DeviceConfiguration]) -> Double {
        devices.reduce(0) { $0 + turn(of: $1).seconds / $1.every.seconds }
    }

    /// How long one turn of a device takes, if it answers.
    package func turn(of device: DeviceConfiguration) -> Duration {
        reads(of: device).reduce(.zero) { turn, range in
            turn + exchange(of: range) + max(device.timing.requestGap, silence)
        }
    }

    /// How long a device may keep the bus from others: a request that it leaves unanswered, or
    /// its longest answer.
    package func longestHold(by device: DeviceConfiguration) -> Duration {
        let wait = max(device.timing.responseTimeout, device.timing.lateAnswerLimit)
        let longest = reads(of: device).map(wire).max() ?? .zero
        return wait + longest
    }

    private func reads(of device: DeviceConfiguration) -> [RegisterRange] {
        let limits = device.profile.limits
        return PollPlan(
            covering: device.points.flatMap(\.ranges), gapLimit: limits.gapLimit,
            bitGapLimit: limits.bitGapLimit, maximumRegisters: limits.maximumRegistersPerRead,
            maximumBits: limits.maximumBitsPerRead
        ).reads.map(\.range)
    }

    private var silence: Duration { line?.frameSilence ?? .zero }

    private func exchange(of range: RegisterRange) -> Duration {
        wire(range) + Self.turnaround
    }

    /// Request and answer on the wire. Source: V1.1b3, sections 6.1 to 6.4: five bytes and the
    /// values answer eight.
    private func wire(_ range: RegisterRange) -> Duration {
        guard let line else { return .zero }
        let values = range.table.isBits ? (Int(range.count) + 7) / 8 : Int(range.count) * 2
        return line.wireTime(bytes: 8 + 5 + values)
    }
}

extension Duration {
    var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}

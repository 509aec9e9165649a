import DevicePolling
import DeviceProfiles
import Execution
import MQTT
import MaintenanceAPI
import Metering
import Modbus
import ModbusTransport
import SiteConfiguration

/// The words and figures of reports.

extension DeliveryService {
    var name: String { configuration.destination.name }
}

extension DestinationConfiguration.Transport {
    var address: String {
        switch self {
        case .mqtt(let mqtt):
            return "\(mqtt.broker.tls == nil ? "mqtt" : "mqtts")://\(mqtt.broker.address)"
        }
    }
}

extension BusCounts {
    init(_ statistics: BusStatistics) {
        self.init(
            requests: statistics.requests, answers: statistics.answers,
            exceptions: statistics.exceptions, timeouts: statistics.timeouts,
            lateAnswers: statistics.lateAnswers, strayBytes: statistics.strayBytes,
            badFrames: Dictionary(
                uniqueKeysWithValues: statistics.faults.map { ($0.key.rawValue, $0.value) }),
            strayFrames: statistics.strayFrames, copies: statistics.copies,
            echoes: statistics.echoes, connections: statistics.connections,
            bytesSent: statistics.bytesSent,
            bytesReceived: statistics.bytesReceived)
    }
}

extension DeviceCounts {
    init(_ counters: PollCounters, lateAnswers: UInt64) {
        self.init(
            requests: counters.answers + counters.timeouts + counters.corrupt,
            answers: counters.answers,
            exceptions: counters.exceptions, timeouts: counters.timeouts,
            badFrames: counters.corrupt, lateAnswers: lateAnswers)
    }
}

extension DeviceState {
    init(_ state: DeviceHealth.State?) {
        switch state {
        case .answering: self = .answering
        case .missing: self = .missing
        case .silent: self = .silent
        case .refusing: self = .refusing
        case .unknown, nil: self = .unknown
        }
    }
}

extension DeviceHealth {
    var silentSince: MonotonicTime? {
        if case .silent(let since, _) = state { since } else { nil }
    }
}

extension PointReading {
    init(_ reading: Reading, of identifier: PointIdentifier, _ point: PointProfile) {
        let code = reading.value?.number?.rescaled(to: 0)?.mantissa
        self.init(
            point: identifier.description, time: reading.time.milliseconds,
            value: reading.value?.description, unit: point.unit,
            label: code.flatMap { point.label(of: $0) }, quality: reading.quality.words,
            isGood: reading.quality == .good)
    }
}

extension PointProfile {
    /// What a code or the bits of a status word mean.
    fileprivate func label(of code: Int64) -> String? {
        if let label = labels[code] { return label }
        let set = flags.keys.sorted().filter { $0 < 63 && code >> Int64($0) & 1 == 1 }
        return set.isEmpty ? nil : set.compactMap { flags[$0] }.joined(separator: ", ")
    }
}

extension Quality {
    var words: String {
        switch self {
        case .good: "good"
        case .uncertain(.outOfRange): "uncertain: outside the range of its profile"
        case .uncertain(.wentBackwards): "uncertain: the counter went backwards"
        case .uncertain(.rolledOver): "uncertain: the counter rolled over"
        case .uncertain(.jumped): "uncertain: the counter jumped"
        case .missing(.timeout): "missing: no answer in time"
        case .missing(.exception(let code)):
            "missing: exception \(ModbusException(rawValue: code).words)"
        case .missing(.corrupt): "missing: the answer was damaged"
        case .missing(.disconnected): "missing: the bus is not connected"
        case .missing(.silent): "missing: the device is silent"
        case .missing(.busy): "missing: the device is busy"
        case .missing(.notANumber): "missing: the registers hold no number"
        case .missing(.notAsked): "missing: not asked"
        }
    }
}

extension ModbusError {
    /// What went wrong with a device, for a technician.
    func words(for device: DeviceConfiguration) -> String {
        switch self {
        case .timeout:
            "no answer within \(device.timing.responseTimeout.milliseconds) ms"
        case .exception(let exception): "exception \(exception.words)"
        case .corrupt(let fault): "damaged answer: \(fault.words)"
        case .disconnected(let errno): "bus not connected: \(SystemError.text(errno))"
        case .resting:
            "a late or doubled answer could be taken for the next; it is asked again in some seconds"
        case .cancelled: "bus restarted"
        case .queueFull: "too many requests wait for the bus"
        }
    }
}

extension ModbusError {
    /// What to do about it, for a technician.
    func advice(on link: SiteConfiguration.BusLink) -> String? {
        switch self {
        case .timeout, .resting:
            link.isModbusTCP
                ? "check the unit's address, its power, and the gateway in front of it"
                : "check the unit's address, its wires and power, and the bus's baud rate"
        case .exception(let exception): exception.hint
        case .corrupt: "check the baud rate, parity and termination"
        case .disconnected: "check the line or the address of the bus"
        case .cancelled, .queueFull: nil
        }
    }
}

extension FrameFault {
    /// What was wrong with a frame, for a technician.
    fileprivate var words: String {
        switch self {
        case .checksum: "wrong checksum; look for noise, termination or two devices of one unit"
        case .truncated: "it broke off"
        case .foreignUnit:
            "another device answered; look for one with a wrong unit, or a repeater that sends twice"
        case .foreignFunction: "it answers another function"
        case .foreignTransaction: "it answers another request"
        case .length: "wrong length"
        case .garbage: "it makes no sense as Modbus"
        case .unasked:
            "answers arrive that nobody asked for; look for a repeater that sends twice, or "
                + "another client on the line"
        }
    }
}

extension Problem {
    init(
        _ error: ModbusError, reading identifier: PointIdentifier, of device: DeviceConfiguration,
        over link: SiteConfiguration.BusLink
    ) {
        let kind: Kind =
            switch error {
            case .timeout, .resting: .noAnswer
            case .exception, .corrupt: .badAnswer
            case .disconnected, .cancelled, .queueFull: .busUnavailable
            }
        self.init(
            kind, "\(identifier): \(error.words(for: device))",
            hint: "unit \(device.unit) on \(device.bus): "
                + (error.advice(on: link) ?? "`linli devices` shows its counters"))
    }
}

extension Duration {
    /// For example `10s`, `15m`, `250ms`.
    var shortText: String {
        let milliseconds = milliseconds
        if milliseconds % 86_400_000 == 0 { return "\(milliseconds / 86_400_000)d" }
        if milliseconds % 3_600_000 == 0 { return "\(milliseconds / 3_600_000)h" }
        if milliseconds % 60_000 == 0 { return "\(milliseconds / 60_000)m" }
        if milliseconds % 1_000 == 0 { return "\(milliseconds / 1_000)s" }
        return "\(milliseconds)ms"
    }
}

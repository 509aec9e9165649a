import Execution
import Glibc
import Modbus
import ModbusTransport
import SiteConfiguration

/// What a bus has found out about its servers, in words that say what to set.
struct BusWords {
    let bus: BusConfiguration
    let devices: [DeviceConfiguration]
    let statistics: BusStatistics

    private var findings: BusFindings { statistics.findings }

    /// What went wrong with a device.
    func fault(_ error: ModbusError, of device: DeviceConfiguration) -> String {
        let words = error.words(for: device)
        switch error {
        case .timeout:
            return ([words] + [lateness(of: device), silence].compactMap { $0 })
                .joined(separator: "; ")
        case .corrupt(.foreignTransaction):
            return "the answer bears another transaction identifier than the request: "
                + (numbering ?? "how it is made is being found out")
        case .corrupt(.foreignUnit) where bus.link.isModbusTCP:
            let other = findings.answersAs[device.unit].map { "unit \($0)" } ?? "another unit"
            return "\(other) answers where unit \(device.unit) is asked: set the unit it answers "
                + "with, or mend the gateway's routing"
        case .corrupt(.truncated) where bus.link.isModbusTCP:
            return "the answer broke off; where it comes in pieces, raise responseTimeout"
        case .disconnected(let errno):
            return words + (closing(errno).map { "; \($0)" } ?? "")
        case .corrupt, .exception, .resting, .cancelled, .queueFull:
            return words
        }
    }

    /// Why the bus is not connected.
    func disconnection(_ errno: Int32) -> String {
        SystemError.text(errno) + (statistics.holder.map { ": \($0) has it" } ?? "")
            + (closing(errno).map { "; \($0)" } ?? "")
    }

    /// What holds for the bus whether or not anything is wrong just now.
    var notes: [String] {
        var notes = BusRemark.all(of: statistics, on: devices)
        if let numbering { notes.append(numbering) }
        if let settle = findings.settle {
            notes.append(
                "answers only \(settle.milliseconds) ms after connecting, as learnt; "
                    + "connection: {settle: \(settle.milliseconds)ms} says so from the start")
        }
        if let count = findings.answersPerConnection {
            notes.append(
                "serves \(count) \(count == 1 ? "request" : "requests") a connection, as learnt; "
                    + "each gets a new one")
        }
        if findings.renewals > 0 {
            notes.append(
                "\(findings.renewals) \(findings.renewals == 1 ? "connection" : "connections") "
                    + "fell mute and \(findings.renewals == 1 ? "was" : "were") replaced")
        }
        if findings.readBack > 0 {
            notes.append(
                "\(findings.readBack) \(findings.readBack == 1 ? "write" : "writes") confirmed "
                    + "oddly, and found done by reading back")
        }
        return notes
    }

    private func lateness(of device: DeviceConfiguration) -> String? {
        guard
            let latency = findings.latencies[device.unit] ?? statistics.latencies[device.unit]
        else { return nil }
        let isBeyond = latency * 3 / 2 > max(ResponseTimeouts.growth, device.timing.lateAnswerLimit)
        return "it answers after \(latency.milliseconds) ms"
            + (isBeyond ? ", longer than a bus waits by itself" : "")
            + ": set responseTimeout: \(BusRemark.wantedTimeout(for: latency))ms for \(device.id)"
    }

    /// Nothing at all was ever answered, though the connection stands.
    private var silence: String? {
        let isSilent = statistics.answers == 0 && statistics.exceptions == 0
        guard isSilent, bus.link.isConnection, statistics.downSince == nil else { return nil }
        return "connected, but nothing on this bus has ever answered: wrong port or unit, or "
            + "another program has the only connection that the server serves (it has to close "
            + "it; connection: {keep: false} has this gateway do so)"
    }

    private var numbering: String? {
        let remedy =
            "set connection: {transactions: unchecked} for the bus \(bus.name) to read it all "
            + "the same; every time-out then ends the connection"
        switch findings.numbering {
        case .same: return nil
        case .shifted(let more):
            let number = Int(Int16(bitPattern: more))
            return "its gateway numbers answers itself (\(number > 0 ? "+" : "")\(number)), as "
                + "learnt; they are told apart and read all the same"
        case .swapped:
            return "its gateway swaps the bytes of transaction identifiers, as learnt; answers "
                + "are told apart and read all the same"
        case .constant(let number):
            return "every answer has the transaction identifier \(number), so nothing tells a "
                + "late one from the right one: \(remedy)"
        case .unrelated:
            return "answers have transaction identifiers of their own, so nothing tells a late "
                + "one from the right one: \(remedy)"
        }
    }

    private func closing(_ errno: Int32) -> String? {
        guard bus.link.isConnection, errno == ECONNRESET || errno == EPIPE else { return nil }
        return "the server closes the connection when it is asked: it may need a pause after "
            + "connecting (connection: {settle: 2s}), or serve another program now "
            + "(connection: {keep: false} gives the connection back between turns)"
    }
}

extension SiteConfiguration.BusLink {
    var isModbusTCP: Bool {
        if case .tcp = self { true } else { false }
    }

    var isConnection: Bool {
        if case .serial = self { false } else { true }
    }
}

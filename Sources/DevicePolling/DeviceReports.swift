package import DeviceProfiles
package import Execution
package import MaintenanceAPI
package import Metering
import Modbus
package import SiteConfiguration
import ModbusTransport

/// Buses and devices in words and figures.
extension BusService {
    package func report(at now: Moment) -> BusReport {
        let statistics = bus.statistics
        let age = startedAt.duration(to: now.monotonic).inSeconds
        let words = words(statistics)
        return BusReport(
            name: configuration.bus.name, link: bus.link.description,
            isConnected: statistics.connections > 0 && statistics.downSince == nil,
            downSince: statistics.downSince.map { now.timestamp(of: $0).milliseconds },
            lastFault: statistics.downSince == nil
                ? nil : statistics.lastError.map(words.disconnection),
            notes: words.notes.isEmpty ? nil : words.notes,
            devices: configuration.devices.count,
            load: age > 1 ? statistics.busyTime.inSeconds / age : nil,
            busySeconds: statistics.busyTime.inSeconds, counters: BusCounts(statistics),
            overrunShare: polling.report.compactMap(\.overrunShare).max())
    }

    /// In the order of the site document.
    package func deviceReports(at now: Moment) -> [DeviceReport] {
        let (statistics, polled) = (bus.statistics, polling.report)
        let words = words(statistics)
        return configuration.devices.map { device in
            report(
                of: device, polled.first { $0.device == device.id }, statistics, words, at: now)
        }
    }

    private func report(
        of device: DeviceConfiguration, _ polled: PolledDevice?, _ statistics: BusStatistics,
        _ words: BusWords, at now: Moment
    ) -> DeviceReport {
        let state = DeviceState(polled?.health.state)
        let fault = polled?.counters.lastFault
        return DeviceReport(
            id: device.id.description, profile: device.profile.id,
            kind: device.profile.kind.rawValue, bus: device.bus, unit: Int(device.unit.rawValue),
            place: device.place, every: device.every.shortText,
            state: statistics.downSince == nil ? state : .disconnected,
            silentSince: polled?.health.silentSince.map { now.timestamp(of: $0).milliseconds },
            lastAnswer: polled?.counters.lastAnswer?.milliseconds,
            lastFault: fault.map { words.fault($0, of: device) },
            advice: state == .answering ? nil : fault?.advice(on: configuration.bus.link),
            counters: DeviceCounts(
                polled?.counters ?? PollCounters(),
                lateAnswers: statistics.lateAnswersOf[device.unit] ?? 0),
            reads: polled?.reads.map(\.description) ?? [])
    }

    /// Asks a device for a point, between the polls.
    ///
    /// - Throws: ``Problem`` where it does not answer, or refuses.
    package func read(
        _ point: PointProfile, of device: DeviceConfiguration, as index: PointIndex, now: Moment
    ) async throws(Problem) -> PointReading {
        let identifier = PointIdentifier(device: device.id, point: point.name)
        var image = RegisterImage()
        var arrival = now
        for range in point.ranges {
            let call = ModbusCall(
                .read(range), to: device.unit, priority: .onDemandRead, timing: device.timing)
            do {
                let reply = try await bus.client.perform(call)
                image.insert(reply.response, for: range, at: reply.arrival)
                arrival = reply.arrival
            } catch {
                throw Problem(error, reading: identifier, of: device, over: configuration.bus.link)
            }
        }
        let time = arrival.wall.timestamp
        let reading =
            switch point.measure(image) {
            case .value(let value): Reading(index, at: time, value)
            case .uncertain(let doubt, let value):
                Reading(index, at: time, uncertain: doubt, value)
            case .missing(let reason): Reading(index, at: time, missing: reason)
            }
        return PointReading(reading, of: identifier, point)
    }

    private func words(_ statistics: BusStatistics) -> BusWords {
        BusWords(
            bus: configuration.bus, devices: configuration.devices, statistics: statistics)
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
    package init(_ reading: Reading, of identifier: PointIdentifier, _ point: PointProfile) {
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

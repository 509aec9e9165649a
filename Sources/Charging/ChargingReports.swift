import DeviceProfiles
package import Execution
import GPIO
package import MaintenanceAPI
import Metering
import SiteConfiguration

/// Chargers in words, and what people may do with them.
extension ChargingService {
    package func report(
        at now: Timestamp
    ) async -> (group: ChargersReport.Group, chargers: [ChargerReport]) {
        let status = await group.status
        return (
            ChargersReport.Group(status, configuration.group),
            status.chargers.map {
                ChargerReport($0, group: configuration.group.name, now: now)
            }
        )
    }

    package func faults() async -> [StatusFault] {
        let name = configuration.group.name
        let dropped = StatusFault(
            await group.dropped, of: "charging.\(name)", "the chargers of \(name)")
        return StatusFault.all(of: await group.status) + [dropped].compactMap(\.self)
    }

    /// - Throws: ``Problem`` where it cannot be stopped for so long.
    fileprivate func carryOut(_ request: ChargerRequest) async throws(Problem) {
        let period = try request.period
        do {
            if request.isStarting {
                try await group.start(request.charger, by: request.by)
            } else {
                try await group.stop(request.charger, for: period, by: request.by)
            }
        } catch {
            throw Problem(error)
        }
    }
}

extension [ChargingService] {
    package func report(at now: Timestamp) async -> ChargersReport {
        var report = ChargersReport(groups: [], chargers: [])
        for service in self {
            let (group, chargers) = await service.report(at: now)
            report.groups.append(group)
            report.chargers += chargers
        }
        return report
    }

    /// Stops or starts a charger of one of the groups.
    package func carryOut(
        _ request: ChargerRequest, at now: Timestamp
    ) async throws(Problem) -> ChargerReport {
        let names = flatMap { $0.configuration.group.chargers.map(\.name) }
        try Problem.require(request.charger, what: "charger of a group", among: names)
        let service = first { $0.hasCharger(request.charger) }
        try await service?.carryOut(request)
        let chargers = await service?.report(at: now).chargers
        guard let charger = chargers?.first(where: { $0.name == request.charger }) else {
            throw Problem(.refused, "the gateway is just changing its site", hint: "try again")
        }
        return charger
    }
}

extension StatusFault {
    static func all(of group: ChargingGroupStatus) -> [StatusFault] {
        var faults: [StatusFault] = []
        if !group.isFeederReadable {
            faults.append(
                StatusFault(
                    .fault, "charging.\(group.name)",
                    "the feeder's meter of \(group.name) cannot be read, so its chargers are held back",
                    advice: "see that the meter answers: `linli devices --silent`"))
        }
        for charger in group.chargers {
            let subject = "charging.\(group.name).\(charger.name)"
            if charger.isDisobeying {
                faults.append(
                    StatusFault(
                        .danger, subject,
                        "the charger \(charger.name) draws more than it was told"
                            + (charger.drawn.map { ": \($0) A" } ?? ""),
                        advice: "switch it off at its breaker: the feeder may be overloaded"))
            }
            if charger.car == .fault {
                faults.append(
                    StatusFault(
                        .fault, subject, "the charger \(charger.name) or its car has a fault",
                        advice: "look at the charger; its display says which"))
            }
            if let fault = charger.fault, fault != .silent {
                faults.append(
                    StatusFault(
                        .fault, subject,
                        "the charger \(charger.name) cannot be told what it may draw: \(fault.words)",
                        advice: "\(charger.reserved.count) A are kept for it until it can"))
            }
        }
        return faults
    }
}

extension ChargersReport.Group {
    init(_ status: ChargingGroupStatus, _ configuration: ChargingGroupConfiguration) {
        func amperes(_ currents: PhaseCurrents) -> [Int] {
            MainsPhase.allCases.map { currents[$0].count }
        }
        self.init(
            name: status.name, limit: configuration.limit.count,
            available: amperes(status.available), reserved: amperes(status.reserved),
            feederLimit: configuration.feeder?.limit.count,
            feeder: configuration.feeder == nil ? nil : status.feeder.map { $0?.count },
            faults: status.isFeederReadable
                ? [] : ["its feeder's meter cannot be read, so its chargers are held back"])
    }
}

extension ChargerReport {
    init(_ status: ChargerStatus, group: String, now: Timestamp) {
        var faults: [String] = []
        if status.isSilent { faults.append("does not answer") }
        if let fault = status.fault { faults.append("cannot be told: \(fault.words)") }
        if status.isDisobeying { faults.append("draws more than it was told") }
        if !faults.isEmpty { faults.append("\(status.reserved) are kept for it") }
        var reason = status.reason.words
        if status.reason == .stopped, let by = status.stoppedBy { reason += " by \(by)" }
        self.init(
            name: status.name, group: group, state: status.car?.words ?? "unknown",
            target: status.target.count, commanded: status.confirmed?.count,
            reserved: status.reserved.count, maximum: status.maximum.count,
            drawn: status.drawn?.description, energy: status.energy?.description,
            energyUnit: status.energyPoint?.unit,
            isSessionEnergy: status.energyPoint?.name.description == "energy.session",
            reason: reason,
            stoppedUntil: status.stopRemaining.map { (now + $0).milliseconds }, faults: faults)
    }
}

extension CarState {
    fileprivate var words: String {
        switch self {
        case .free: "free"
        case .connected: "plugged in"
        case .charging: "charging"
        case .fault: "fault"
        }
    }
}

extension ChargerReason {
    fileprivate var words: String {
        switch self {
        case .starting: "the gateway has just started"
        case .free: "no car"
        case .stopped: "stopped"
        case .alarm: "held by an alarm"
        case .faulty: "the charger or its car has a fault"
        case .full: "all it can draw"
        case .shared: "its share of the limit"
        case .idle: "its car draws nothing; others go first"
        case .waiting: "waits for its turn: the limit leaves too little"
        }
    }
}

extension Problem {
    init(_ refusal: ChargingRefusal) {
        switch refusal {
        case .unknownCharger(let name): self = .unknown(name, what: "charger", among: [])
        case .duration:
            self.init(
                .badRequest,
                "a stop lasts more than nothing and at most \(ChargerStop.longest.shortText)",
                hint: "leave its time out to stop the charger until it is started")
        case .stopped: self.init(.notReady, "the chargers are not running", hint: "try again")
        }
    }
}

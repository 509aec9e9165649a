import Charging
import DeviceProfiles
import Execution
import GPIO
import MaintenanceAPI
import Metering
import SiteConfiguration

/// Chargers in words.

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
        }
    }
}

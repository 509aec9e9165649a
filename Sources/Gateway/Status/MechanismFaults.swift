import AccessControl
import Alarms
import Charging
import DeviceProfiles
import Execution
import GPIO
import Lighting
import MaintenanceAPI
import Metering
import SiteConfiguration

extension Gateway {
    func alarmFaults() async -> [StatusFault] {
        guard let status = await alarms?.system.status else { return [] }
        return StatusFault.all(of: status)
    }

    func accessFaults(at now: Moment) async -> [StatusFault] {
        guard let access else { return [] }
        var faults: [StatusFault] = []
        for door in site.doors {
            guard let status = await access.doors[door.name]?.status else { continue }
            let since = moment(of: status.since, at: now).milliseconds
            faults += StatusFault(status, since: since).map { [$0] } ?? []
            faults += StatusFault(exitOf: status).map { [$0] } ?? []
        }
        for bank in site.lockers {
            guard let status = await access.banks[bank.name]?.status else { continue }
            faults += StatusFault.all(of: status, in: bank.name, at: now)
            if let fault = access.readers[bank.name]?.fault {
                faults.append(
                    StatusFault(
                        .fault, "lockers.\(bank.name)", "\(bank.name): \(fault)",
                        advice: "look at the plug of its code reader"))
            }
        }
        return faults
    }

    func chargingFaults() async -> [StatusFault] {
        var faults: [StatusFault] = []
        for group in site.charging {
            guard let status = await charging[group.name]?.group.status else { continue }
            faults += StatusFault.all(of: status)
        }
        return faults
    }

    func lightingFaults() async -> [StatusFault] {
        let lines = Set(site.lighting.filter { $0.line != nil }.map(\.name))
        return await lighting?.control.status.compactMap {
            StatusFault($0, hasLine: lines.contains($0.name))
        } ?? []
    }
}

extension StatusFault {
    /// Alarms that are active or blind, and valves that are shut or will not shut.
    static func all(of status: AlarmSystemStatus) -> [StatusFault] {
        var faults = status.alarms.compactMap { StatusFault($0) }
        for valve in status.valves {
            let subject = "valves.\(valve.name)"
            switch valve.phase {
            case .notClosed:
                faults.append(
                    StatusFault(
                        .danger, subject, "\(valve.name) is not shut, though it was told to",
                        advice: "shut it by hand"))
            case .closed, .closing:
                let holders = valve.heldBy.joined(separator: ", ")
                faults.append(
                    StatusFault(
                        .fault, subject,
                        "\(valve.name) is shut" + (holders.isEmpty ? "" : ", held by \(holders)"),
                        advice: "once it is safe: `linli alarms open \(valve.name)`"))
            case .released, .opening: break
            }
        }
        if status.droppedInputs > 0 || status.droppedEvents > 0 {
            faults.append(
                StatusFault(
                    .warning, "alarms",
                    "the alarms are overloaded: \(status.droppedInputs) changes and "
                        + "\(status.droppedEvents) events were dropped since the start",
                    advice: "look for a contact that chatters: `linli lines`"))
        }
        return faults
    }

    /// `nil` where nobody needs to look after the alarm.
    init?(_ alarm: AlarmStatus) {
        let subject = "alarms.\(alarm.name)"
        if alarm.isActive {
            // A detector that is not heard is what its own rule says, not an alarm by itself.
            guard !alarm.isSupervision, alarm.severity > .info else {
                guard alarm.isSupervision else { return nil }
                self.init(
                    .fault, subject,
                    "\(alarm.name): a detector that alarms rely on is not heard",
                    advice: "`linli alarms` says which alarms are blind",
                    since: alarm.raisedAt?.milliseconds)
                return
            }
            let message = alarm.message.map { ": \($0)" } ?? ""
            let isGone = alarm.condition == false
            let by = alarm.acknowledgedBy.map { ", acknowledged by \($0)" } ?? ""
            self.init(
                alarm.severity == .alarm ? .danger : .fault, subject,
                "the alarm \(alarm.name) is active\(isGone ? ", its cause is gone" : "")"
                    + "\(by)\(message)",
                advice: isGone || !alarm.isLatched
                    ? "look there, then `linli alarms ack \(alarm.name)`"
                    : "find its cause; once it is gone, `linli alarms ack \(alarm.name)`",
                since: alarm.raisedAt?.milliseconds)
            return
        }
        guard !alarm.isSupervision, alarm.condition == nil, !alarm.unknownInputs.isEmpty else {
            return nil
        }
        self.init(
            .fault, subject,
            "the alarm \(alarm.name) is blind: nothing is known of \(alarm.unknownInputs.listed)",
            advice: "watch the place by other means until its detector is heard again")
    }

    /// `nil` where the door is as it should be. That its lines fail is told of the lines.
    init?(_ door: DoorStatus, since: Int64) {
        let subject = "doors.\(door.name)"
        switch door.phase {
        case .forced:
            self.init(
                .danger, subject, "the door \(door.name) was forced and stands open",
                advice: "go there, and close it", since: since)
        case .heldOpen:
            self.init(
                .fault, subject, "the door \(door.name) is held open", advice: "close it",
                since: since)
        case .unknown, .secure, .open: return nil
        }
    }

    static func all(
        of bank: LockerBankStatus, in name: String, at now: Moment
    ) -> [StatusFault] {
        let forced = bank.compartments.filter { if case .forced = $0.phase { true } else { false } }
        let heldOpen = bank.compartments.filter { $0.phase == .heldOpen }
        var faults: [StatusFault] = []
        if !forced.isEmpty {
            faults.append(
                StatusFault(
                    .danger, "lockers.\(name)",
                    "forced open in \(name): \(forced.map(\.name).listed)",
                    advice: "go there; `linli lockers` says which held parcels"))
        }
        if !heldOpen.isEmpty {
            faults.append(
                StatusFault(
                    .fault, "lockers.\(name)",
                    "left open in \(name): \(heldOpen.map(\.name).listed)",
                    advice: "close them"))
        }
        if let until = bank.lockedOutUntil, now.monotonic < until {
            faults.append(
                StatusFault(
                    .warning, "lockers.\(name)",
                    "\(name) takes no codes after too many wrong ones",
                    advice: "somebody may be guessing; `linli lockers` says until when"))
        }
        return faults
    }

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

    /// `nil` where the circuit is as it should be. That it cannot be switched is told of its line.
    init?(_ circuit: CircuitStatus, hasLine: Bool) {
        let subject = "lighting.\(circuit.name)"
        if circuit.isLampFailed {
            self.init(
                .fault, subject,
                "lamps of \(circuit.name) are dead: too little power"
                    + (circuit.power.map { " (\($0))" } ?? ""),
                advice: "replace them")
        } else if let sensed = circuit.sensedOn, let commanded = circuit.commanded,
            sensed != (commanded > 0)
        {
            self.init(
                .fault, subject,
                "\(circuit.name) is \(sensed ? "on" : "off"), though it was told otherwise",
                advice: "look for a switch beside the relay, or a relay that sticks")
        } else if let fault = circuit.fault, !hasLine {
            self.init(
                .fault, subject, "\(circuit.name) cannot be dimmed: \(fault.words)",
                advice: "look at its dimmer")
        } else {
            return nil
        }
    }
}

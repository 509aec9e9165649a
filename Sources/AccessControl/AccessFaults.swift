package import Execution
package import MaintenanceAPI
package import SiteConfiguration

/// What of lockers and doors needs a person.
extension AccessService {
    package func faults(at now: Moment) async -> [StatusFault] {
        var faults: [StatusFault] = []
        for service in doors.all {
            let status = await service.door.status
            let since = now.timestamp(of: status.since).milliseconds
            let dropped = StatusFault(
                await service.door.dropped, of: "doors.\(status.name)",
                "the lines of \(status.name)")
            faults += [StatusFault(status, since: since), StatusFault(exitOf: status), dropped]
                .compactMap(\.self)
        }
        for service in banks.all {
            let (name, status) = (service.bank.name, await service.bank.status)
            faults += StatusFault.all(of: status, in: name, at: now)
            faults += StatusFault.parcels(of: status, in: name)
            let dropped = StatusFault(
                await service.bank.dropped, of: "lockers.\(name)", "the compartments of \(name)")
            faults += [dropped].compactMap(\.self)
        }
        for reader in readers.all {
            guard let fault = reader.fault else { continue }
            let bank = reader.configuration.bank
            faults.append(
                StatusFault(
                    .fault, "lockers.\(bank)", "\(bank): \(fault)",
                    advice: "look at the plug of its code reader"))
        }
        for place in await strayParcels() {
            faults.append(
                StatusFault(
                    .fault, "lockers", "a parcel lies in \(place), which the site document lacks",
                    advice: "bring the compartment back into the document, or once it is empty: "
                        + "`linli lockers clear \(place)`"))
        }
        return await faults + registerFaults()
    }

    private func registerFaults() async -> [StatusFault] {
        var faults: [StatusFault] = []
        if !lockers.isEmpty, banks.all.isEmpty {
            faults.append(
                StatusFault(
                    .fault, "lockers",
                    "the lockers are not running: their register in \(stateFolder) cannot be had",
                    advice: "`journalctl -u linlid` says why; mend it, then `linli reload`"))
        }
        if let broken = await register?.faults, !broken.isEmpty {
            faults.append(
                StatusFault(
                    .danger, "audit",
                    "the audit trail is not whole: "
                        + broken.map(\.words).joined(separator: "; "),
                    advice: "somebody may have opened what is not theirs: compare `linli lockers "
                        + "audit` with the heads that the city was told (`audit.head`)"))
        }
        return faults
    }

    /// The banks and compartments of parcels that no document has a place for any more.
    func strayParcels() async -> [String] {
        let known = Set(
            lockers.flatMap { bank in bank.compartments.map { "\(bank.name)/\($0.name)" } })
        let kept = await register?.values(under: "parcel/").keys
        return (kept?.map { String($0.dropFirst("parcel/".count)) } ?? [])
            .filter { !known.contains($0) }.sorted()
    }

    /// Why a site cannot be taken over: it has no place for parcels that lie in compartments.
    package func objections(to next: SiteDocument) async -> [String] {
        var faults: [String] = []
        for service in banks.all {
            let name = service.bank.name
            let bank = next.lockers.first { $0.name == name }
            let places = Set((bank?.compartments ?? []).map(\.name))
            let lost = await service.bank.occupied.filter { !places.contains($0) }
            for compartment in lost {
                faults.append(
                    "lockers.\(name).compartments: \(compartment) is missing and holds a parcel; "
                        + "give it out, or `linli lockers take-back \(name)/\(compartment)`, or "
                        + "`linli lockers clear \(name)/\(compartment)` where it is empty; then reload"
                )
            }
        }
        return faults
    }
}

extension StatusFault {
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
}

extension StatusFault {
    static func parcels(of bank: LockerBankStatus, in name: String) -> [StatusFault] {
        let overdue = bank.compartments.filter { $0.parcel?.isOverdue == true }
        let opened = bank.compartments.filter {
            $0.parcel?.openedByHandAt != nil && $0.parcel?.isOverdue != true
        }
        var faults: [StatusFault] = []
        if !overdue.isEmpty {
            faults.append(
                StatusFault(
                    .warning, "lockers.\(name)",
                    "overdue parcels in \(name): \(overdue.map(\.name).listed)",
                    advice: "hand them over or send them back: `linli lockers take-back "
                        + "\(name)/\(overdue[0].name)`",
                    since: overdue.compactMap { $0.parcel?.validUntil }.min()))
        }
        if !opened.isEmpty {
            faults.append(
                StatusFault(
                    .warning, "lockers.\(name)",
                    "opened by hand in \(name), with a parcel: \(opened.map(\.name).listed)",
                    advice: "look whether it is gone; then `linli lockers clear "
                        + "\(name)/\(opened[0].name)`",
                    since: opened.compactMap { $0.parcel?.openedByHandAt }.min()))
        }
        return faults
    }

    /// `nil` where the exit button of a door is as it should be.
    init?(exitOf door: DoorStatus) {
        guard door.isExitStuck else { return nil }
        self.init(
            .danger, "doors.\(door.name)",
            "the exit button of \(door.name) is stuck: the door stays unlocked",
            advice: "free the button, or look for a short in its wires")
    }
}

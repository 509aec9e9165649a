import AccessControl
import Execution
import GPIO
import MaintenanceAPI
import SiteConfiguration

extension Gateway {
    /// Parcels that lie there for too long, and parcels whose compartments the document does not have.
    func parcelFaults() async -> [StatusFault] {
        var faults: [StatusFault] = []
        for bank in site.lockers {
            guard let status = await access?.banks[bank.name]?.status else { continue }
            faults += StatusFault.parcels(of: status, in: bank.name)
        }
        for place in await strayParcels() {
            faults.append(
                StatusFault(
                    .fault, "lockers", "a parcel lies in \(place), which the site document lacks",
                    advice: "bring the compartment back into the document, or once it is empty: "
                        + "`linli lockers clear \(place)`"))
        }
        return faults
    }

    /// The banks and compartments of parcels that no document has a place for any more.
    func strayParcels() async -> [String] {
        let known = Set(
            site.lockers.flatMap { bank in bank.compartments.map { "\(bank.name)/\($0.name)" } })
        let kept = await accessRegister?.values(under: "parcel/").keys
        return (kept?.map { String($0.dropFirst("parcel/".count)) } ?? [])
            .filter { !known.contains($0) }.sorted()
    }

    /// Outputs that are found to be what they were not told.
    func contraryFaults(at now: Moment) -> [StatusFault] {
        desk.all.filter { $0.isOutput && desk.isContrary($0.sensed, to: $0.reference.name) }.map {
            let isActive = $0.sensed.isActive == true
            return StatusFault(
                .danger, $0.use,
                "\($0.use) (\($0.reference.name)) is \(isActive ? "active" : "inactive"), though it "
                    + "was told otherwise",
                advice:
                    "look for another master on its bus, a relay that sticks, or a switch beside it",
                since: $0.since.map { moment(of: $0, at: now).milliseconds })
        }
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

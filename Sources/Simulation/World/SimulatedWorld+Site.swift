import DeviceProfiles
import Metering
import SiteConfiguration

extension SimulatedWorld {
    /// All that a site's lines lead to in this simulation: points of simulated devices, and lines
    /// of the kernel's gpio-sim. What hangs on real chips is left to the real world.
    convenience init(_ site: SiteDocument, devices: [String: SimulatedDevice], seed: UInt64) {
        func line(_ reference: LineReference?) -> WorldLine? {
            reference.flatMap { WorldLine($0, devices: devices) }
        }
        var mechanisms: [Mechanism] = []
        func addLeaf(
            _ name: String, _ times: DoorLeaf.Times, strike: LineReference, isInverted: Bool,
            contact: LineReference, meansClosed: Bool
        ) {
            guard let drive = line(strike) else { return }
            let leaf = DoorLeaf(times, seed: seed &+ UInt64(mechanisms.count))
            mechanisms.append(
                Mechanism(
                    name: name, body: .leaf(leaf), drive: drive, isDriveInverted: isInverted,
                    closedContact: line(contact), isContactInverted: !meansClosed,
                    openContact: nil))
        }
        for bank in site.lockers {
            for one in bank.compartments {
                addLeaf(
                    "\(bank.name)/\(one.name)", .compartment, strike: one.strike,
                    isInverted: false, contact: one.contact, meansClosed: one.contactMeansClosed)
            }
        }
        for door in site.doors {
            addLeaf(
                door.name, .door, strike: door.strike, isInverted: door.isFailSafe,
                contact: door.contact, meansClosed: door.contactMeansClosed)
        }
        for valve in site.valves {
            guard let drive = line(valve.close) else { continue }
            mechanisms.append(
                Mechanism(
                    name: valve.name, body: .valve(ValveBody()), drive: drive,
                    isDriveInverted: false, closedContact: line(valve.closed),
                    isContactInverted: !valve.contactMeansClosed, openContact: nil))
        }
        self.init(mechanisms, chargers: Self.chargers(of: site, devices, seed: seed))
    }

    private static func chargers(
        of site: SiteDocument, _ devices: [String: SimulatedDevice], seed: UInt64
    ) -> [SimulatedCharger] {
        let members = site.charging.flatMap(\.chargers)
        return site.devices.enumerated().compactMap { place, configuration in
            guard let device = devices[configuration.id.description] else { return nil }
            let member = members.first { $0.device == configuration.id }
            let maximum = member?.maximum ?? configuration.profile.charging?.maximum ?? 32
            return SimulatedCharger(
                device, profile: configuration.profile, maximum: Double(maximum.count),
                conductors: member?.phases.count ?? MainsPhase.allCases.count,
                seed: seed &+ UInt64(place))
        }
    }
}

package import DeviceProfiles
import GPIO
package import Metering
package import Modbus

/// What the registers of a site's devices stand for, so that nobody writes to a strike or a valve by
/// its register. Pure.
///
/// Only what is known to be harmless is free. On a device that switches something for the site, that
/// is a register its profile knows as a point of its own that nothing claims; all else of it, such as
/// an address that switches all relays at once, may move what is claimed.
package struct RegisterClaims: Hashable, Sendable {
    /// A register that something of the site owns.
    package struct Claim: Hashable, Sendable {
        /// As the document names it: `lockers.east-gate.compartments.A01.strike`.
        package let subject: String
        package let device: DeviceIdentifier
        package let point: PointProfile
        /// Whether it is a line, by whose name its owner is told.
        package let isLine: Bool
        /// What to use instead: `linli lockers release east-gate/A01`.
        package let command: String

        package var identifier: PointIdentifier {
            PointIdentifier(device: device, point: point.name)
        }
    }

    /// What a write would meet.
    package enum Verdict: Hashable, Sendable {
        case free
        /// It touches these.
        case claimed([Claim])
        /// It goes to devices that have these, and nobody here knows what it does there.
        case unknown([Claim])
    }

    private let site: SiteDocument
    package let claims: [Claim]

    package init(_ site: SiteDocument) {
        self.site = site
        claims = site.claims
    }

    /// What a write to a unit of a bus meets; the broadcast goes to all.
    package func verdict(
        writing range: RegisterRange, to unit: UnitIdentifier, on bus: String
    ) -> Verdict {
        let reached = site.devices(on: bus).filter { reaches(unit, $0, on: bus) }
        let names = Set(reached.map(\.id))
        let near = claims.filter { names.contains($0.device) }
        let touched = near.filter { $0.point.range.overlaps(range) }
        if !touched.isEmpty { return .claimed(touched) }
        let owners = Set(near.map(\.device))
        let isKnown = reached.filter { owners.contains($0.id) }.allSatisfy { device in
            // A setting of a board may link an input to a relay, or give it another address.
            let free = device.profile.points.filter {
                $0.access.isWritable && $0.range.table == range.table
                    && !$0.name.description.hasPrefix("config.")
            }
            return (Int(range.address)..<range.end).allSatisfy { address in
                free.contains { Int($0.range.address) <= address && address < $0.range.end }
            }
        }
        return isKnown ? .free : .unknown(near)
    }

    private func reaches(
        _ unit: UnitIdentifier, _ device: DeviceConfiguration, on bus: String
    ) -> Bool {
        if unit == device.unit || unit == .broadcast { return true }
        // Many devices over TCP answer whatever unit they are called by.
        guard case .tcp = site.bus(named: bus)?.link else { return false }
        return !site.devices(on: bus).contains { $0.unit == unit }
    }
}

extension RegisterRange {
    fileprivate func overlaps(_ other: RegisterRange) -> Bool {
        table == other.table && Int(address) < other.end && Int(other.address) < end
    }
}

extension SiteDocument {
    /// Everything of devices that the site switches by itself.
    fileprivate var claims: [RegisterClaims.Claim] {
        var claims: [RegisterClaims.Claim] = []
        func claim(_ line: LineReference?, _ subject: String, _ command: String) {
            guard case .point(let device, let point) = line?.source else { return }
            claims.append(
                RegisterClaims.Claim(
                    subject: subject, device: device, point: point, isLine: true, command: command))
        }
        func claim(
            _ points: [(DeviceIdentifier, PointProfile)], _ subject: String, _ command: String
        ) {
            for (device, point) in points {
                claims.append(
                    RegisterClaims.Claim(
                        subject: subject, device: device, point: point, isLine: false,
                        command: command))
            }
        }
        for bank in lockers {
            for one in bank.compartments {
                claim(
                    one.strike, "lockers.\(bank.name).compartments.\(one.name).strike",
                    "linli lockers release \(bank.name)/\(one.name)")
            }
        }
        for door in doors {
            claim(door.strike, "doors.\(door.name).strike", "linli doors release \(door.name)")
        }
        for circuit in lighting {
            let (subject, command) = ("lighting.\(circuit.name)", "linli lights on \(circuit.name)")
            claim(circuit.line, "\(subject).circuit", command)
            if let dimmer = circuit.dimmer {
                claim([(dimmer.device, dimmer.point)], "\(subject).dimmer", command)
            }
            for device in devices {
                let settings = circuit.hardwareSafeState(of: device).map { (device.id, $0.point) }
                claim(settings, "\(subject).safeState", command)
            }
        }
        for valve in valves {
            claim(
                valve.close, "valves.\(valve.name).close", "linli alarms close \(valve.name)")
            claim(valve.open, "valves.\(valve.name).open", "linli alarms open \(valve.name)")
        }
        for group in charging {
            for charger in group.chargers {
                guard let device = device(charger.device) else { continue }
                // Whatever a charger can be told may change what it draws.
                let points = device.profile.points.filter(\.access.isWritable)
                claim(
                    points.map { (device.id, $0) }, "charging.\(group.name).\(charger.name)",
                    "linli chargers stop \(charger.name)")
            }
        }
        let known = Set(claims.map(\.identifier))
        for line in lines where line.isOutput {
            guard let point = line.reference.source.point, !known.contains(point) else { continue }
            let alarm = alarms.first { line.use.hasPrefix("alarms.\($0.name).") }?.name
            claim(
                line.reference, line.use, alarm.map { "linli alarms test \($0)" } ?? "linli lines")
        }
        return claims
    }
}

import DeviceProfiles
import Documents
import Metering
import Modbus

/// Reads one item of `chargers:`, a name or `{charger: charger-2, maximum: 32, phases: [l2]}`.
struct ChargerReader {
    private let devices: [String: DeviceConfiguration]
    /// The names of all devices, those with faults of their own too.
    private let deviceNames: Set<String>
    private let points: LightingPointCatalog
    private let lines: LineCatalog

    /// How seldom a charger may be read: its state, and whether it answers at all.
    private static let slowest = Duration.seconds(60)

    init(
        devices: [DeviceConfiguration], deviceNames: Set<String>, points: LightingPointCatalog,
        lines: LineCatalog
    ) {
        self.devices = Dictionary(devices.map { ($0.id.description, $0) }) { $1 }
        self.deviceNames = deviceNames
        self.points = points
        self.lines = lines
    }

    /// The device that an item names, and where.
    func device(_ item: DocumentNode) -> (DeviceConfiguration, DocumentNode)? {
        var place = item
        if case .mapping(let entries) = item.content {
            guard let entry = entries.last(where: { $0.name == "charger" }) else {
                item.fail("\"charger\" is missing")
                return nil
            }
            place = entry.value
        }
        guard let text = place.text() else { return nil }
        guard let device = devices[text] else {
            if !deviceNames.contains(text) {
                place.fail(
                    "unknown device \"\(text.prefix(64))\""
                        + suggestion(for: text, among: deviceNames), namedIn: "devices")
            }
            return nil
        }
        guard device.profile.kind == .charger else {
            place.fail("\(text) is of kind \(device.profile.kind.rawValue), not charger")
            return nil
        }
        guard device.profile.charging != nil else {
            place.fail(
                "the profile \(device.profile.id) does not say how it is told what to draw; it "
                    + "needs \"charging\"")
            return nil
        }
        guard device.every <= Self.slowest else {
            place.fail(
                "is read every \(device.every.documentText); a charger of a group must be read at "
                    + "least every \(Self.slowest.documentText)")
            return nil
        }
        return (device, place)
    }

    /// The charger, with what is read of it.
    ///
    /// - Parameters:
    ///   - maximum: What the group says of all its chargers.
    ///   - minimum: Of the group; `nil` where that is a fault already.
    func charger(
        _ item: DocumentNode, _ device: DeviceConfiguration, named place: DocumentNode,
        maximum groupMaximum: Amperes?, minimum: Amperes?
    ) -> ChargerConfiguration? {
        var fields: DocumentFields?
        if case .mapping = item.content {
            fields = item.fields(["charger", "maximum", "phases", "fallback", "currents"])
            guard fields != nil else { return nil }
        }
        guard let profile = device.profile.charging,
            let current = device.profile.point(named: profile.current)
        else { return nil }
        let maximum = maximum(fields, device, profile, groupMaximum, minimum, place)
        let phases = fields?.optional("phases").map(phases) ?? .some(MainsPhase.allCases)
        let fallback = fallback(fields, profile, maximum)
        let drawn = drawn(fields, device, phases)
        guard let maximum, let phases, let drawn, fallback != .some(nil) else { return nil }
        let state = profile.state.flatMap { device.profile.point(named: $0) }
        let car = profile.car.flatMap { device.profile.point(named: $0.point) }
        let energy = ["energy.session", "energy.active.import.total", "energy.total"]
            .compactMap(PointName.init).compactMap { device.profile.point(named: $0) }.first
        for point in [state, car, energy].compactMap(\.self) { lines.sense(point, of: device.id) }
        if fields?.contains("currents") != true {
            for point in drawn.compactMap({ device.profile.point(named: $0.point) }) {
                lines.sense(point, of: device.id)
            }
        }
        return ChargerConfiguration(
            device: device.id, every: device.every, profile: profile, current: current,
            state: state, car: car.map { PointIdentifier(device: device.id, point: $0.name) },
            drawn: drawn, energy: energy, maximum: maximum, phases: phases,
            fallback: fallback ?? nil)
    }

    private func maximum(
        _ fields: DocumentFields?, _ device: DeviceConfiguration, _ profile: ChargingProfile,
        _ groupMaximum: Amperes?, _ minimum: Amperes?, _ place: DocumentNode
    ) -> Amperes? {
        let own = fields?.optional("maximum").map { $0.integer(in: 6...250).map { Amperes($0) } }
        if own == .some(nil) { return nil }
        guard let maximum = (own ?? nil) ?? groupMaximum ?? profile.maximum else {
            if fields?.contains("maximum") != true {
                place.fail(
                    "the profile \(device.profile.id) does not say how much it can draw; give "
                        + "\"maximum\", the rating of its fuse")
            }
            return nil
        }
        if let most = profile.maximum, maximum > most, let own = fields?.optional("maximum") {
            own.fail("is more than the \(most) of \(device.profile.model)")
        }
        if let minimum, maximum < minimum {
            (fields?.optional("maximum") ?? place).fail(
                "can draw at most \(maximum), less than the group's minimum, \(minimum)")
            return nil
        }
        return min(maximum, profile.maximum ?? maximum)
    }

    private func phases(_ node: DocumentNode) -> [MainsPhase]? {
        guard let items = node.list() else { return nil }
        guard (1...MainsPhase.allCases.count).contains(items.count) else {
            node.fail("names the phase of each conductor of the charger: [l2], or [l2, l3, l1]")
            return nil
        }
        var phases: [MainsPhase] = []
        for item in items {
            guard let phase = item.choice(of: MainsPhase.self) else { continue }
            if phases.contains(phase) { item.fail("is listed twice") }
            phases.append(phase)
        }
        return phases.count == items.count ? phases : nil
    }

    /// - Returns: `.some(nil)` after reporting a fault.
    private func fallback(
        _ fields: DocumentFields?, _ profile: ChargingProfile, _ maximum: Amperes?
    ) -> Amperes?? {
        guard let node = fields?.optional("fallback") else {
            // Where the charger falls back to what nobody here knows, it may be all it can.
            return profile.fallback == .own ? maximum : Amperes??.none
        }
        if case .point(let point) = profile.fallback {
            node.fail("is set by the gateway at \(point); leave it out")
            return .some(nil)
        }
        guard let current = node.integer(in: 0...250).map({ Amperes($0) }) else {
            return .some(nil)
        }
        if let maximum, current > maximum {
            node.fail("is more than the \(maximum) it can draw")
            return .some(nil)
        }
        return current
    }

    /// What its conductors draw: of a meter before it, or of its own.
    private func drawn(
        _ fields: DocumentFields?, _ device: DeviceConfiguration, _ phases: [MainsPhase]?
    ) -> [PointIdentifier]? {
        guard let node = fields?.optional("currents") else {
            return MainsPhase.allCases.prefix(phases?.count ?? 0).compactMap { phase in
                PointName("current.\(phase.rawValue)").flatMap { device.profile.point(named: $0) }
            }.filter { $0.access.isReadable && $0.unit == "A" }
                .map { PointIdentifier(device: device.id, point: $0.name) }
        }
        guard let items = node.list() else { return nil }
        if let phases, items.count != phases.count {
            node.fail("holds \(items.count); the charger has \(phases.count) conductors")
            return nil
        }
        let points = items.compactMap { self.points.numeric($0)?.identifier }
        return points.count == items.count ? points : nil
    }
}

import DeviceProfiles
import Documents
import Metering

/// Reads the section `charging:` with what it refers to.
struct ChargingGroupReader {
    let points: LightingPointCatalog
    let chargers: ChargerReader
    private let deviceNames: Set<String>

    init(devices: [DeviceConfiguration], deviceNames: Set<String>, lines: LineCatalog) {
        self.deviceNames = deviceNames
        points = LightingPointCatalog(devices: devices, deviceNames: deviceNames)
        chargers = ChargerReader(
            devices: devices, deviceNames: deviceNames, points: points, lines: lines)
    }

    /// The groups without faults, in the order of the document.
    func groups(_ node: DocumentNode?) -> [ChargingGroupConfiguration] {
        let entries = node?.entries() ?? []
        let limit = ChargingGroupConfiguration.limit
        if entries.count > limit {
            node?.fail("holds \(entries.count); at most \(limit) are supported")
        }
        var owners: [DeviceIdentifier: DocumentNode] = [:]
        return entries.prefix(limit).compactMap { group($0, &owners) }
    }

    private static let keys = [
        "limit", "chargers", "maximum", "minimum", "turn", "feeder",
    ]

    private func group(
        _ entry: DocumentEntry, _ owners: inout [DeviceIdentifier: DocumentNode]
    ) -> ChargingGroupConfiguration? {
        let name = entry.checkedName()
        if let name, deviceNames.contains(name) {
            entry.key.fail("\(name) is a device too; rename the group")
        }
        guard let fields = entry.value.fields(Self.keys) else { return nil }
        let minimum = fields.optional("minimum").map { self.amperes($0, in: 6...32) } ?? .some(6)
        let maximum = fields.optional("maximum").map { self.amperes($0, in: 6...250) }
        let limit = fields.required("limit").flatMap { self.amperes($0, in: 6...10_000) }
        if let limit, let minimum, limit < minimum {
            fields.required("limit")?.fail(
                "is less than the \(minimum) that a single charger is told at least")
        }
        let turn =
            fields.optional("turn").map { $0.duration(in: .seconds(60) ... .seconds(86_400)) }
            ?? ChargingGroupConfiguration.standardTurn
        let list = fields.required("chargers").flatMap {
            self.list($0, maximum: maximum ?? nil, minimum: minimum, &owners)
        }
        let feeder = fields.optional("feeder").map { self.feeder($0, chargers: list ?? []) }
        guard let name, let limit, let minimum, maximum != .some(nil), let turn, let list,
            feeder != .some(nil), limit >= minimum
        else { return nil }
        return ChargingGroupConfiguration(
            name: name, limit: limit, minimum: minimum, turn: turn, chargers: list.map(\.charger),
            feeder: feeder ?? nil)
    }

    /// A charger and where the document names it.
    private typealias Named = (charger: ChargerConfiguration, node: DocumentNode)

    private func list(
        _ node: DocumentNode, maximum: Amperes?, minimum: Amperes?,
        _ owners: inout [DeviceIdentifier: DocumentNode]
    ) -> [Named]? {
        guard let items = node.list() else { return nil }
        guard !items.isEmpty else {
            node.fail("is empty; name a device of kind charger")
            return nil
        }
        guard items.count <= ChargingGroupConfiguration.chargerLimit else {
            node.fail(
                "holds \(items.count); at most \(ChargingGroupConfiguration.chargerLimit) are "
                    + "supported")
            return nil
        }
        var found: [Named] = []
        for item in items {
            guard let (device, place) = chargers.device(item) else { continue }
            if let first = owners[device.id] {
                place.fail(
                    "\(device.id) is already in a group at \(first.path), line \(first.line)")
                continue
            }
            owners[device.id] = place
            if let charger = chargers.charger(
                item, device, named: place, maximum: maximum, minimum: minimum)
            {
                found.append((charger, place))
            }
        }
        return found.count == items.count ? found : nil
    }

    private func feeder(_ node: DocumentNode, chargers: [Named]) -> FeederConfiguration? {
        guard
            let fields = node.fields(["currents", "limit", "measures", "withoutReadings"])
        else { return nil }
        let list = fields.required("currents")
        let items = list?.list() ?? []
        if let list, !items.isEmpty, items.count != 1, items.count != MainsPhase.allCases.count {
            list.fail("holds \(items.count); name the current of each phase, from l1 on: 1 or 3")
        } else if let list, items.isEmpty, case .list = list.content {
            list.fail("is empty; name the current of each phase, from l1 on")
        }
        var slowest = Duration.zero
        let currents = items.compactMap { item -> PointIdentifier? in
            guard let (point, every) = points.numeric(item) else { return nil }
            guard every <= Self.slowestFeeder else {
                item.fail(
                    "is read every \(every.documentText); others switch on at any time, so read it "
                        + "at least every \(Self.slowestFeeder.documentText)")
                return nil
            }
            slowest = max(slowest, every)
            return point
        }
        let limit = fields.required("limit").flatMap { self.amperes($0, in: 6...10_000) }
        let measures =
            fields.optional("measures").map {
                $0.choice(among: [("everything", true), ("others", false)])
            } ?? .some(true)
        let blind = fields.optional("withoutReadings").map { self.amperes($0, in: 0...10_000) } ?? 0
        if let limit, let blind, blind > limit {
            fields.optional("withoutReadings")?.fail("is more than the feeder's limit, \(limit)")
        }
        if items.count == 1 {
            for (charger, place) in chargers where charger.phases != [.l1] {
                place.fail("is not on l1 alone, which is all the feeder measures; say phases: [l1]")
            }
        }
        if measures == true {
            for (charger, place) in chargers where charger.drawn.isEmpty {
                place.fail(
                    "does not tell what it draws, which the feeder measures too; name the "
                        + "\"currents\" of a meter before it")
            }
        }
        guard let limit, let measures, let blind, currents.count == items.count, !items.isEmpty,
            items.count == 1 || items.count == MainsPhase.allCases.count
        else { return nil }
        return FeederConfiguration(
            currents: currents, every: slowest, limit: limit, includesChargers: measures,
            withoutReadings: blind)
    }

    /// How seldom a feeder may be read.
    private static let slowestFeeder = Duration.seconds(15)

    private func amperes(_ node: DocumentNode, in range: ClosedRange<Int>) -> Amperes? {
        node.integer(in: range).map { Amperes($0) }
    }
}

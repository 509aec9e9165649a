import Metering
package import SiteConfiguration

/// What a reload changed, in the names of the site document.
package struct SiteChanges: Hashable, Sendable {
    package var buses: [String]
    package var devices: [String]
    package var destinations: [String]
    package var others: [String] = []
    /// What is doubtful in the new document, each with its place.
    package var warnings: [String] = []

    package init(from old: SiteDocument, to new: SiteDocument) {
        buses = Self.changes(from: old.buses, to: new.buses, name: \.name)
        devices = Self.changes(from: old.devices, to: new.devices, name: \.id.description)
        destinations = Self.changes(
            from: old.destinations, to: new.destinations, name: \.name)
        others += Self.changes(from: old.lockers, to: new.lockers, name: { "lockers \($0.name)" })
        others += Self.changes(from: old.doors, to: new.doors, name: { "door \($0.name)" })
        others += Self.changes(from: old.lighting, to: new.lighting, name: { "light \($0.name)" })
        others += Self.changes(
            from: old.charging, to: new.charging, name: { "charging \($0.name)" })
        others += Self.changes(from: old.valves, to: new.valves, name: { "valve \($0.name)" })
        others += Self.changes(from: old.alarms, to: new.alarms, name: { "alarm \($0.name)" })
        if old.site != new.site { others.append("site changed; it takes effect at the next start") }
        if old.cache != new.cache { others.append("cache changed; sizes at the next start") }
        if old.version != new.version {
            others.append("version \(old.version) -> \(new.version)")
        }
    }

    private static func changes<Item: Hashable>(
        from old: [Item], to new: [Item], name: (Item) -> String
    ) -> [String] {
        let before = Dictionary(uniqueKeysWithValues: old.map { (name($0), $0) })
        let after = Dictionary(uniqueKeysWithValues: new.map { (name($0), $0) })
        let added = after.keys.filter { before[$0] == nil }.map { "\($0) added" }
        let removed = before.keys.filter { after[$0] == nil }.map { "\($0) removed" }
        let changed = after.keys.filter { key in
            before[key].map { $0 != after[key] } ?? false
        }.map { "\($0) changed" }
        return (added + removed + changed).sorted()
    }
}

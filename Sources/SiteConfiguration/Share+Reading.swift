import DeviceProfiles
import Documents
import Metering

/// What a share can name: the devices of the document and what is read from them.
struct ShareCatalog {
    /// All names under `devices`, those with faults too.
    let deviceNames: Set<String>
    /// The devices without faults.
    let devices: [DeviceConfiguration]

    /// Whether some device has faults, so that not all points are known.
    var isPartial: Bool { devices.count < deviceNames.count }
}

extension Share {
    init?(_ node: DocumentNode, catalog: ShareCatalog) {
        if case .scalar = node.content {
            guard node.choice(among: [("everything", true)]) != nil else { return nil }
            self = .everything
            return
        }
        guard let selection = ShareSelection(node, catalog: catalog) else { return nil }
        self = .selection(selection)
    }
}

extension ShareSelection {
    init?(_ node: DocumentNode, catalog: ShareCatalog) {
        guard let fields = node.fields(["kinds", "points", "devices", "every"]) else { return nil }
        let kinds = fields.optional("kinds").map { list in
            list.distinct { $0.choice(of: DeviceKind.self) }
        }
        let points = fields.optional("points").map { list in
            list.distinct { $0.sharedPoint(in: catalog) }
        }
        let devices = fields.optional("devices").map { list in
            list.distinct { $0.sharedDevice(in: catalog) }
        }
        let every = fields.optional("every").map { $0.interval() }
        if kinds == nil, points == nil, devices == nil, every == nil {
            node.fail("selects nothing; name kinds, points, devices or every, or write everything")
            return nil
        }
        guard kinds != .some(nil), points != .some(nil), devices != .some(nil),
            every != .some(nil)
        else { return nil }
        self.init(
            kinds: kinds ?? nil, points: points ?? nil, devices: devices ?? nil,
            every: every ?? nil)
        guard catalog.isPartial || catalog.devices.contains(where: shares) else {
            node.fail("no device of this site has what is selected, so nothing would be shared")
            return nil
        }
    }

    /// Whether anything of a device is shared.
    private func shares(_ device: DeviceConfiguration) -> Bool {
        (kinds?.contains(device.profile.kind) ?? true)
            && (devices?.contains(device.id) ?? true)
            && device.points.contains { points?.contains($0.name) ?? true }
    }
}

extension DocumentNode {
    /// The items of a list, of which none may come twice; `nil` after reporting faults.
    fileprivate func distinct<Item: Hashable>(
        _ read: (DocumentNode) -> Item?
    ) -> Set<Item>? {
        guard let items = list() else { return nil }
        guard !items.isEmpty else {
            fail("is empty; leave it out to select all")
            return nil
        }
        var found: Set<Item> = []
        var isSound = true
        for node in items {
            guard let item = read(node) else {
                isSound = false
                continue
            }
            if !found.insert(item).inserted {
                node.fail("is listed twice")
                isSound = false
            }
        }
        return isSound ? found : nil
    }

    fileprivate func sharedPoint(in catalog: ShareCatalog) -> PointName? {
        guard let text = text() else { return nil }
        guard let name = PointName(text) else {
            fail("\"\(text.prefix(64))\" cannot be the name of a point")
            return nil
        }
        let known = catalog.devices.lazy.flatMap(\.points).map(\.name)
        guard catalog.isPartial || known.contains(name) else {
            let words = Set(known.map(\.description))
            fail("no device reads \"\(name)\"" + suggestion(for: text, among: words))
            return nil
        }
        return name
    }

    fileprivate func sharedDevice(in catalog: ShareCatalog) -> DeviceIdentifier? {
        guard let text = text() else { return nil }
        guard catalog.deviceNames.contains(text), let id = DeviceIdentifier(text) else {
            fail(
                "unknown device \"\(text.prefix(64))\""
                    + suggestion(for: text, among: catalog.deviceNames), namedIn: "devices")
            return nil
        }
        return id
    }
}

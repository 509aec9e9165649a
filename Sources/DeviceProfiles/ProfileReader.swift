import Documents
import Metering
import Modbus

/// Reads a profile from its document and reports everything wrong with it.
///
/// The schema is described in `DeviceProfile.md` of the Gateway documentation.
enum ProfileReader {
    private static let keys = [
        "protocol", "id", "kind", "vendor", "model", "link", "limits", "connection", "points",
        "charging",
        "notes", "sources",
    ]

    static func profile(_ root: DocumentNode) -> DeviceProfile? {
        if let reason = foreignProtocol(of: root) {
            reason.node.fail("\(reason.name) is not supported yet; only Modbus")
            return nil  // What follows is in the words of that protocol.
        }
        guard let fields = root.fields(keys) else { return nil }
        _ = fields.optional("protocol")?.choice(among: [("modbus", ())])
        let id = fields.required("id").flatMap(identifier)
        let kind = fields.required("kind")?.choice(of: DeviceKind.self)
        let vendor = fields.required("vendor")?.text()
        let model = fields.required("model")?.text()
        let link = fields.optional("link").map(LinkReader.link) ?? LinkDefaults()
        let limits = fields.optional("limits").map(LinkReader.limits) ?? ProfileLimits()
        let connection = fields.optional("connection").flatMap(ConnectionOverrides.init)
        let points = fields.required("points").flatMap {
            Self.points($0, kind: kind, limits: limits)
        }
        let charging = fields.optional("charging").map {
            Self.charging($0, kind: kind, fields: fields, points: points ?? [])
        }
        let notes = fields.optional("notes").map(texts) ?? []
        let sources = fields.optional("sources").map(texts) ?? []
        guard let id, let kind, let vendor, let model, let points,
            charging != .some(nil)
        else { return nil }
        return DeviceProfile(
            id: id, kind: kind, vendor: vendor, model: model, link: link, limits: limits,
            connection: connection ?? .none,
            points: points, charging: charging ?? nil, notes: notes, sources: sources)
    }

    private static func identifier(_ node: DocumentNode) -> String? {
        guard let text = node.text() else { return nil }
        guard text.isFieldName(separators: "-_.") else {
            node.fail(
                "must be 1 to 64 lower-case letters, digits, -, _ and ., the first a letter or "
                    + "digit")
            return nil
        }
        return text
    }

    private static func points(
        _ node: DocumentNode, kind: DeviceKind?, limits: ProfileLimits
    ) -> [PointProfile]? {
        guard let items = node.list() else { return nil }
        guard !items.isEmpty else {
            node.fail("must name at least one point")
            return nil
        }
        var firstLines: [PointName: Int] = [:]
        var points: [PointProfile] = []
        for item in items {
            guard let point = PointReader(item, kind: kind, limits: limits)?.point() else {
                continue
            }
            if let line = firstLines[point.name] {
                item.fail("the point \"\(point.name)\" is given twice, first on line \(line)")
            } else {
                firstLines[point.name] = item.line
                points.append(point)
            }
        }
        return points
    }

    private static func charging(
        _ node: DocumentNode, kind: DeviceKind?, fields: DocumentFields, points: [PointProfile]
    ) -> ChargingProfile? {
        guard kind == nil || kind == .charger else {
            node.fail("is of use with kind: charger alone")
            return nil
        }
        // Points with faults of their own are not reported again where they are named.
        var names = Set(points.map(\.name.description))
        if case .list(let items)? = fields.entry("points")?.value.content {
            for case .mapping(let entries) in items.map(\.content) {
                for entry in entries where entry.name == "name" {
                    if case .scalar(let text, _) = entry.value.content { names.insert(text) }
                }
            }
        }
        return ChargingReader(names: names, points: points).charging(node)
    }

    private static func texts(_ node: DocumentNode) -> [String] {
        node.list()?.compactMap { $0.text() } ?? []
    }

    /// The protocol a document is written for, where it is one of those to come.
    private static func foreignProtocol(
        of root: DocumentNode
    ) -> (node: DocumentNode, name: String)? {
        let names = [
            "dlt645": "DL/T 645", "cjt188": "CJ/T 188", "mbus": "M-Bus", "m-bus": "M-Bus",
        ]
        guard case .mapping(let entries) = root.content else { return nil }
        func name(_ node: DocumentNode) -> String? {
            guard case .scalar(let text, _) = node.content else { return nil }
            return names[text.lowercased()]
        }
        for entry in entries {
            if entry.name == "protocol", let name = name(entry.value) { return (entry.value, name) }
            guard entry.name == "link", case .mapping(let links) = entry.value.content else {
                continue
            }
            for link in links where link.name == "protocol" || link.name == "bus" {
                if let name = name(link.value) { return (link.value, name) }
            }
        }
        return nil
    }
}

import DeviceProfiles
import Documents
import Metering

/// Reads destinations one by one.
struct DestinationReader {
    /// The site's identifier; `nil` where it has a fault.
    let site: String?
    /// What the paths of files are relative to.
    let folder: String
    let catalog: ShareCatalog

    func destination(_ entry: DocumentEntry) -> DestinationConfiguration? {
        let name = entry.checkedName()
        guard
            let fields = entry.value.fields(
                ["mqtt", "format", "share", "topic", "acknowledge", "drain"],
                unsupported: [
                    "https": "HTTPS is not supported by this version; only mqtt",
                    "pseudonyms": "is not supported by this version",
                ])
        else { return nil }
        // Where another transport is given, it is refused by name: do not ask for mqtt as well.
        let isForeign = entry.value.entries()?.contains { $0.name == "https" } == true
        let mqttNode = isForeign ? fields.optional("mqtt") : fields.required("mqtt")
        let standardClientID = site.flatMap { site in name.map { "\(site)-\($0)" } }
        let mqtt = mqttNode.flatMap {
            MQTTSettings($0, folder: folder, clientID: standardClientID)
        }
        let format = fields.required("format")?.wireFormat()
        let share = fields.required("share").flatMap { Share($0, catalog: catalog) }
        let topic = topic(fields, format: format)
        let acknowledger = acknowledger(fields, format: format)
        let drain = fields.optional("drain").map { $0.integer(in: 1...1_000) } ?? 20
        guard let name, let mqtt, let format, let share, let topic, let acknowledger, let drain
        else { return nil }
        return DestinationConfiguration(
            name: name, transport: .mqtt(mqtt), format: format, share: share, topicRoot: topic,
            acknowledgedBy: acknowledger, drainPerSecond: drain)
    }

    private func topic(_ fields: DocumentFields, format: WireFormatName?) -> String? {
        let standard = "linli/v1"
        guard let node = fields.optional("topic") else { return standard }
        guard format != .thingsBoard else {
            fields.entry("topic")?.key.fail("has no effect: ThingsBoard fixes its topics")
            return nil
        }
        return node.topicRoot()
    }

    private func acknowledger(
        _ fields: DocumentFields, format: WireFormatName?
    ) -> DestinationConfiguration.Acknowledger? {
        let standard: DestinationConfiguration.Acknowledger =
            format == .thingsBoard ? .broker : .platform
        guard let node = fields.optional("acknowledge") else { return standard }
        let choice = node.choice(of: DestinationConfiguration.Acknowledger.self)
        if choice == .platform, format == .thingsBoard {
            node.fail("ThingsBoard has no acknowledgement of its own; write broker")
            return nil
        }
        return choice
    }
}

extension DocumentNode {
    private static let laterFormats = ["senml", "sparkplug", "sparkplug-b"]

    fileprivate func wireFormat() -> WireFormatName? {
        if case .scalar(let text, _) = content, Self.laterFormats.contains(text) {
            fail(
                "\(text) is not supported by this version; known are "
                    + WireFormatName.allCases.map(\.rawValue).joined(separator: ", "))
            return nil
        }
        return choice()
    }

    /// Source of the rules: MQTT 3.1.1, section 4.7.
    fileprivate func topicRoot() -> String? {
        guard let text = text() else { return nil }
        let levels = text.split(separator: "/", omittingEmptySubsequences: false)
        let isTopic =
            levels.allSatisfy { !$0.isEmpty } && text.utf8.count <= 200
            && !text.hasPrefix("$") && !text.contains { "+#".contains($0) }
            && !text.hasControlCharacters
        guard isTopic else {
            fail("must be levels such as linli/v1, without +, # or a leading $")
            return nil
        }
        return text
    }
}

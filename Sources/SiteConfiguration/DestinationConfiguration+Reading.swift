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
                [
                    "mqtt", "format", "share", "topic", "acknowledge", "drain", "from", "undated",
                    "devicePrefix",
                ],
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
        let from = fields.optional("from").map { $0.start() } ?? .everything
        let undated =
            fields.optional("undated").map {
                $0.choice(of: DestinationConfiguration.Undated.self)
            } ?? (format == .thingsBoard ? .hold : .send)
        let prefix = devicePrefix(fields, format: format)
        guard let name, let mqtt, let format, let share, let topic, let acknowledger, let drain,
            let from, let undated, let prefix
        else { return nil }
        return DestinationConfiguration(
            name: name, transport: .mqtt(mqtt), format: format, share: share, topicRoot: topic,
            acknowledgedBy: acknowledger, drainPerSecond: drain, from: from, undated: undated,
            devicePrefix: prefix)
    }

    /// Names of devices are of all sites of a tenant together, in ThingsBoard.
    private func devicePrefix(_ fields: DocumentFields, format: WireFormatName?) -> String? {
        guard let node = fields.optional("devicePrefix") else {
            return format == .thingsBoard ? site.map { "\($0)/" } ?? "" : ""
        }
        guard format == .thingsBoard || format == nil else {
            fields.entry("devicePrefix")?.key.fail(
                "has no effect: only thingsboard has names without a site")
            return nil
        }
        if case .scalar(let text, _) = node.content, text.isEmpty { return "" }
        guard let text = node.text() else { return nil }
        guard text.utf8.count <= 128, !text.hasControlCharacters else {
            node.fail("must be at most 128 bytes on one line")
            return nil
        }
        return text
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
    /// `everything`, `now`, or a date.
    fileprivate func start() -> DestinationConfiguration.Start? {
        guard let text = text() else { return nil }
        switch text {
        case "everything": return .everything
        case "now": return .now
        default: break
        }
        let words = text.split(separator: "-", omittingEmptySubsequences: false)
        let numbers = words.map { word in
            word.utf8.allSatisfy { (48...57).contains($0) } ? Int(String(word)) : nil
        }
        guard text.utf8.count == 10, numbers.count == 3, let year = numbers[0],
            let month = numbers[1], let day = numbers[2],
            let date = CalendarDate(year: year, month: month, day: day)
        else {
            fail("must be everything, now, or a date such as 2026-12-01")
            return nil
        }
        return .date(date)
    }

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

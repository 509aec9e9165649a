package import DeviceProfiles
package import Documents
import Glibc
import MQTT

extension SiteDocument {
    /// The most things a document may describe: far above any community, and what is tested.
    package static let deviceLimit = 10_000
    package static let busLimit = 256
    package static let destinationLimit = 16

    /// Room for ``deviceLimit`` devices that each say all they can.
    private static let limits = DocumentLimits(maximumBytes: 4 << 20, maximumNodes: 400_000)

    /// Reads and checks a site's document in full.
    ///
    /// - Parameters:
    ///   - file: The path. Files named in the document are looked for beside it.
    ///   - board: What the names of serial ports stand for.
    ///   - profiles: The devices that are known.
    /// - Throws: Every fault of the document.
    package static func load(
        _ file: String, board: BoardDocument?, profiles: ProfileLibrary
    ) throws(DocumentFaults) -> SiteDocument {
        try check(file, board: board, profiles: profiles).site
    }

    /// A sound document, and what is doubtful in it.
    package struct Checked {
        package let site: SiteDocument
        /// Each with its place, in the order of the text.
        package let warnings: [DocumentFault]
    }

    /// Reads and checks a site's document in full, and says what is doubtful in it.
    package static func check(
        _ file: String, board: BoardDocument?, profiles: ProfileLibrary
    ) throws(DocumentFaults) -> Checked {
        let reader = SiteReader(folder: folder(of: file), board: board, profiles: profiles)
        let checked = try DocumentReader.check(file: file, limits: limits, reader.site)
        return Checked(site: checked.value, warnings: checked.warnings)
    }

    /// Checks a document that is already in memory.
    ///
    /// - Parameters:
    ///   - text: The document.
    ///   - file: What faults name as the file, and beside which files are looked for.
    package static func read(
        _ text: String, file: String, board: BoardDocument?, profiles: ProfileLibrary
    ) throws(DocumentFaults) -> SiteDocument {
        try check(text, file: file, board: board, profiles: profiles).site
    }

    /// Checks a document that is already in memory, and says what is doubtful in it.
    package static func check(
        _ text: String, file: String, board: BoardDocument?, profiles: ProfileLibrary
    ) throws(DocumentFaults) -> Checked {
        let reader = SiteReader(folder: folder(of: file), board: board, profiles: profiles)
        let checked = try DocumentReader.check(
            text: text, file: file, limits: limits, reader.site)
        return Checked(site: checked.value, warnings: checked.warnings)
    }

    /// The absolute path of the folder of a file, so that it holds wherever the process goes.
    private static func folder(of file: String) -> String {
        let slash = file.lastIndex(of: "/")
        let folder = slash.map { String(file[..<$0]) }
        if file.hasPrefix("/") { return folder ?? "" }
        guard let working = getcwd(nil, 0) else { return folder ?? "." }
        defer { free(working) }
        let base = String(cString: working)
        return folder.map { "\(base)/\($0)" } ?? base
    }
}

/// Reads the parts of a site in the order in which they depend on one another.
private struct SiteReader {
    let folder: String
    let board: BoardDocument?
    let profiles: ProfileLibrary

    private static let keys = [
        "version", "site", "buses", "devices", "lockers", "doors", "calendars", "lighting",
        "charging", "valves", "alarms", "destinations", "cache",
    ]

    func site(_ root: DocumentNode) -> SiteDocument? {
        guard let fields = root.fields(Self.keys, unsupported: strays(root)) else { return nil }
        let version = fields.required("version")?.integer(in: 1...999_999_999)
        let site = fields.required("site").flatMap(SiteIdentity.init)
        let ports = PortClaims()
        let busNode = fields.required("buses")
        let buses = buses(busNode, ports: ports)
        // Devices that stand among the buses are told there.
        let deviceNode =
            busNode.map(holdsDevices) == true
            ? fields.optional("devices") : fields.required("devices")
        let deviceEntries = deviceNode?.entries() ?? []
        deviceNode?.fail(where: deviceEntries.count, exceeds: SiteDocument.deviceLimit)
        let devices = devices(
            Array(deviceEntries.prefix(SiteDocument.deviceLimit)), buses: buses)
        // Also of those that are too many: what names them is no fault of its own.
        let deviceNames = Set(deviceEntries.map(\.name))
        let mechanisms = MechanismReader(
            board: board, devices: devices, deviceNames: deviceNames,
            // Where the site has a fault, that it has no place may only follow from it.
            hasLocation: site.map { $0.location != nil } ?? true, folder: folder, ports: ports
        ).mechanisms(fields)
        let catalog = ShareCatalog(deviceNames: deviceNames, devices: devices)
        let destinations = destinations(
            fields.optional("destinations"), site: site?.id, catalog: catalog)
        let cache = fields.optional("cache").map(CacheConfiguration.init) ?? .standard
        guard let version, let site, let cache else { return nil }
        let document = SiteDocument(
            version: version, site: site, buses: buses.compactMap(\.bus),
            devices: devices.map { $0.sensing(mechanisms.sensedPoints) },
            destinations: destinations, cache: cache, mechanisms: mechanisms)
        // What is doubtful in a document that is refused may be no more once it is mended.
        if !root.hasFaults { SiteWarnings(document, root).report() }
        return document
    }

    /// Keys that stand too far to the left, and belong into a section.
    private func strays(_ root: DocumentNode) -> [String: String] {
        guard case .mapping(let entries) = root.content else { return [:] }
        var strays: [String: String] = [:]
        for key in ["id", "name", "timeZone", "location"] { strays[key] = stray(in: "site") }
        for key in ["size", "age", "sealEvery", "sealAfter"] { strays[key] = stray(in: "cache") }
        let marks = [
            ("profile", "devices"), ("serial", "buses"), ("tcp", "buses"), ("rtuOverTCP", "buses"),
            ("mqtt", "destinations"), ("strike", "doors"), ("when", "alarms"),
        ]
        for entry in entries where !Self.keys.contains(entry.name) {
            guard case .mapping(let own) = entry.value.content else { continue }
            let section = marks.first { mark in own.contains { $0.name == mark.0 } }?.1
            if let section { strays[entry.name] = stray(in: section) }
        }
        return strays
    }

    private func stray(in section: String) -> String {
        "belongs under \(section); indent it by two spaces more than \(section)"
    }

    private func holdsDevices(_ buses: DocumentNode) -> Bool {
        guard case .mapping(let entries) = buses.content else { return false }
        return entries.contains(where: \.isDevice)
    }

    private func buses(
        _ node: DocumentNode?, ports: PortClaims
    ) -> [(name: String, bus: BusConfiguration?)] {
        var entries = node?.entries() ?? []
        if let first = entries.first(where: \.isDevice) {
            first.key.fail("is a device, no bus: begin a section `devices:` before it")
            entries.removeAll(where: \.isDevice)
        }
        node?.fail(where: entries.count, exceeds: SiteDocument.busLimit)
        return entries.enumerated().map { place, entry in
            guard place < SiteDocument.busLimit else { return (entry.name, nil) }
            let bus = BusConfiguration(entry, board: board)
            if let bus { ports.claim(bus.link, as: entry) }
            return (entry.name, bus)
        }
    }

    private func devices(
        _ entries: [DocumentEntry], buses: [(name: String, bus: BusConfiguration?)]
    ) -> [DeviceConfiguration] {
        var reader = DeviceReader(
            profiles: profiles, buses: Dictionary(buses.map { ($0.name, $0.bus) }) { $1 })
        return entries.compactMap { reader.device($0) }
    }

    private func destinations(
        _ node: DocumentNode?, site: String?, catalog: ShareCatalog
    ) -> [DestinationConfiguration] {
        let entries = node?.entries() ?? []
        node?.fail(where: entries.count, exceeds: SiteDocument.destinationLimit)
        let reader = DestinationReader(site: site, folder: folder, catalog: catalog)
        var owners: [ClientIdentity: String] = [:]
        return entries.prefix(SiteDocument.destinationLimit).compactMap { entry in
            guard let destination = reader.destination(entry) else { return nil }
            guard case .mqtt(let mqtt) = destination.transport else { return destination }
            let client = ClientIdentity(
                host: mqtt.broker.host, port: mqtt.broker.port, id: mqtt.broker.clientID)
            if let other = owners[client] {
                entry.key.fail(
                    "has the client identifier \(mqtt.broker.clientID), as \(other) has on the same "
                        + "broker; set clientID")
            }
            owners[client] = entry.name
            return destination
        }
    }
}

/// What two clients of one broker must not share.
private struct ClientIdentity: Hashable {
    let host: String
    let port: UInt16
    let id: String
}

extension DocumentNode {
    /// Reports that there is more of something than a document may describe.
    fileprivate func fail(where count: Int, exceeds limit: Int) {
        if count > limit { fail("holds \(count); at most \(limit) are supported") }
    }
}

extension DocumentEntry {
    /// Whether its value is a device, whatever section it stands in.
    fileprivate var isDevice: Bool {
        guard case .mapping(let own) = value.content else { return false }
        return own.contains { $0.name == "profile" }
    }
}

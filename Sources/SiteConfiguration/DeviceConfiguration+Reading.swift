import DeviceProfiles
import Documents
import Metering
import Modbus

/// Reads devices one by one and remembers which units are taken.
struct DeviceReader {
    let profiles: ProfileLibrary
    /// All buses of the document; `nil` for one that has faults of its own.
    let buses: [String: BusConfiguration?]
    private var owners: [UnitAddress: DocumentEntry] = [:]

    private struct UnitAddress: Hashable {
        let bus: String
        let unit: Int
    }

    init(profiles: ProfileLibrary, buses: [String: BusConfiguration?]) {
        self.profiles = profiles
        self.buses = buses
    }

    /// One device, or `nil` after reporting its faults.
    mutating func device(_ entry: DocumentEntry) -> DeviceConfiguration? {
        let name = entry.checkedName()
        guard
            let fields = entry.value.fields(
                ["profile", "bus", "unit", "every", "read", "place"] + TimingOverrides.keys,
                unsupported: [
                    "address":
                        "is not supported by this version; only Modbus devices, which have a unit"
                ])
        else { return nil }
        let profile = fields.required("profile")?.profile(in: profiles)
        let busNode = fields.required("bus")
        let busName = busNode?.busName(in: buses)
        let bus = busName.flatMap { buses[$0] ?? nil }
        // A device of another protocol is refused by its address: do not ask for a unit as well.
        let isForeign = entry.value.entries()?.contains { $0.name == "address" } == true
        let unitNode = isForeign ? fields.optional("unit") : fields.required("unit")
        let unit = unit(unitNode, bus: bus, busName: busName, owner: entry)
        let every = fields.optional("every").map { $0.interval() } ?? .seconds(60)
        let place = fields.optional("place").map { $0.place() } ?? [:]
        let timing = TimingOverrides(fields)
        let readNode = fields.optional("read")
        guard let profile else { return nil }

        if let bus, let reason = profile.refusal(of: bus.link) { busNode?.fail(reason) }
        let points = readNode.map { $0.selectedPoints(of: profile) } ?? profile.polledPoints
        if let points, points.isEmpty {
            fields.entry("profile")?.value
                .fail("\(profile.id) reads nothing by itself; list points under read")
        }
        guard let name, let id = DeviceIdentifier(name), let bus, let unit, let every, let place,
            let timing, let points
        else { return nil }
        return DeviceConfiguration(
            id: id, profile: profile, bus: bus.name, unit: unit, every: every, points: points,
            place: place,
            timing: ExchangeTiming(device: timing, bus: bus.timing, profile: profile.limits))
    }

    private mutating func unit(
        _ node: DocumentNode?, bus: BusConfiguration?, busName: String?, owner: DocumentEntry
    ) -> UnitIdentifier? {
        // 0 is the broadcast of a line. 248 to 255 are reserved there, and used by some devices.
        // Source: serial line guide V1.02, section 2.2; on TCP, 0 and 255 mean the server itself:
        // Modbus Messaging on TCP/IP V1.0b, section 4.4.1.
        let range = if let bus, !bus.link.isModbusTCP { 1...255 } else { 0...255 }
        guard let node, let number = node.integer(in: range) else { return nil }
        if let busName {
            let address = UnitAddress(bus: busName, unit: number)
            if let first = owners[address] {
                node.fail(
                    "unit \(number) of \(busName) is already \(first.name), "
                        + "line \(first.key.line)")
                return nil
            }
            owners[address] = owner
        }
        return UnitIdentifier(UInt8(number))
    }
}

extension BusLink {
    var isModbusTCP: Bool {
        if case .tcp = self { true } else { false }
    }
}

extension DocumentNode {
    /// How often something happens: 100 ms to a day, above a minute dividing a day evenly, so
    /// that it can be aligned to the clock.
    func interval() -> Duration? {
        let day = Duration.seconds(86_400)
        guard let interval = duration(in: .milliseconds(100)...day) else { return nil }
        if interval > .seconds(60) {
            let (seconds, attoseconds) = interval.components
            guard attoseconds == 0, 86_400 % seconds == 0 else {
                fail(
                    "above a minute it must divide a day evenly, as 2m, 5m, 15m and 1h do; found "
                        + interval.documentText)
                return nil
            }
        }
        return interval
    }

    fileprivate func profile(in library: ProfileLibrary) -> DeviceProfile? {
        guard let text = text() else { return nil }
        do throws(DocumentFaults) {
            if let profile = try library.profile(text) { return profile }
        } catch {
            fail("the profile has faults: \(error.faults[0])")
            return nil
        }
        if let protocolName = Self.laterProtocol(of: text) {
            fail("\(protocolName) is not supported by this version; only Modbus")
        } else {
            fail(
                "unknown profile \"\(text.prefix(64))\""
                    + suggestion(for: text, among: library.identifiers))
        }
        return nil
    }

    /// The protocol of a profile that a later version will bring.
    private static func laterProtocol(of profile: String) -> String? {
        let names = [
            ("dlt645", "DL/T 645"), ("cjt188", "CJ/T 188"), ("mbus", "M-Bus"), ("en13757", "M-Bus"),
        ]
        return names.first { profile.split(separator: "-").contains(Substring($0.0)) }?.1
    }

    fileprivate func busName(in buses: [String: BusConfiguration?]) -> String? {
        guard let text = text() else { return nil }
        if buses.keys.contains(text) { return text }
        fail(
            "unknown bus \"\(text.prefix(64))\"" + suggestion(for: text, among: buses.keys),
            namedIn: "buses")
        return nil
    }

    fileprivate func place() -> [String: String]? {
        guard let entries = entries() else { return nil }
        guard entries.count <= 16 else {
            fail("holds more than 16 words")
            return nil
        }
        var place: [String: String] = [:]
        for entry in entries {
            if let name = entry.checkedName(), let label = entry.value.label() {
                place[name] = label
            }
        }
        return place.count == entries.count ? place : nil
    }
}

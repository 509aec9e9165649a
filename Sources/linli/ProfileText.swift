import DeviceProfiles
import FoundationEssentials
import MaintenanceAPI
import Metering
import Modbus

/// Device profiles for people and for programs.
enum ProfileText {
    static func print(
        _ profiles: [DeviceProfile], isJSON: Bool, _ text: ([DeviceProfile]) -> String
    ) throws {
        guard isJSON else { return StandardStream.output.write(text(profiles)) }
        let json = try MaintenanceJSON.encode(profiles.map(Fields.init))
        StandardStream.output.write(String(decoding: json, as: UTF8.self) + "\n")
    }

    static func table(of profiles: [DeviceProfile], on page: Page) -> String {
        var table = TextTable([
            .text("PROFILE"), .text("KIND"), .number("POINTS"), .text("FACTORY"), .text("DEVICE"),
        ])
        for profile in profiles {
            table.add([
                .init(profile.id), .init(profile.kind.rawValue), .init("\(profile.points.count)"),
                .init(factory(of: profile)), .init("\(profile.vendor) \(profile.model)"),
            ])
        }
        return table.text(on: page) + "\n\(Amount.of(profiles.count, "profile"))\n"
    }

    static func page(of profile: DeviceProfile, on page: Page) -> String {
        let limits = profile.limits
        var text = page.fact("profile", profile.id, .bold)
        text += page.fact("device", "\(profile.vendor) \(profile.model) (\(profile.kind.rawValue))")
        text += page.fact("factory", factory(of: profile))
        text += page.fact(
            "limits",
            "\(limits.maximumRegistersPerRead) registers and \(limits.maximumBitsPerRead) bits a read"
                + (limits.responseTimeout.map { ", answers within \(milliseconds($0)) ms" } ?? "")
                + (limits.requestGap > .zero
                    ? ", a pause of \(milliseconds(limits.requestGap)) ms" : ""))
        for note in profile.notes { text += page.fact("note", note) }
        text += "\n"
        var table = TextTable([
            .text("POINT"), .text("UNIT"), .text("READ"), .text("AT"), .text("TYPE"),
            .text("MEANING"),
        ])
        for point in profile.points {
            table.add([
                .init(point.name.description), .init(point.unit ?? ""), .init(access(of: point)),
                .init(point.range.description), .init(type(of: point)), .init(meaning(of: point)),
            ])
        }
        return text + table.text(on: page) + "\n\(Amount.of(profile.points.count, "point"))\n"
    }

    /// The settings it leaves the factory with.
    private static func factory(of profile: DeviceProfile) -> String {
        let link = profile.link
        let parts = [
            link.baudRate.map { "\($0) baud" }, link.parity.map { "parity \($0.rawValue)" },
            link.stopBits.map { Amount.of($0, "stop bit") }, link.unit.map { "unit \($0)" },
            link.port.map { "port \($0)" },
        ].compactMap(\.self)
        return parts.isEmpty ? "not known" : parts.joined(separator: ", ")
    }

    /// Whether it is read by itself, only when a site lists it, or not at all.
    private static func access(of point: PointProfile) -> String {
        switch point.access {
        case .read: point.isPolled ? "polled" : "if listed"
        case .readWrite: point.isPolled ? "polled, written" : "if listed, written"
        case .write: "only written"
        }
    }

    private static func type(of point: PointProfile) -> String {
        point.range.table.isBits ? "bit" : "\(point.encoding.type)"
    }

    private static func meaning(of point: PointProfile) -> String {
        let labels = point.labels.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let flags = point.flags.sorted { $0.key < $1.key }.map { "bit \($0.key) \($0.value)" }
        return (labels + flags).joined(separator: ", ")
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }

    /// A profile for programs.
    private struct Fields: Encodable {
        let id, vendor, model, kind: String
        let baudRate: Int?
        let parity: String?
        let stopBits, unit, port: Int?
        let points: [Point]
        let notes, sources: [String]

        struct Point: Encodable {
            let name: String
            let unit: String?
            let table: String
            let address, count: Int
            let access: String
            let isPolled: Bool
        }

        init(_ profile: DeviceProfile) {
            (id, vendor, model) = (profile.id, profile.vendor, profile.model)
            kind = profile.kind.rawValue
            (baudRate, parity) = (profile.link.baudRate, profile.link.parity?.rawValue)
            stopBits = profile.link.stopBits
            unit = profile.link.unit.map { Int($0.rawValue) }
            port = profile.link.port.map(Int.init)
            (notes, sources) = (profile.notes, profile.sources)
            points = profile.points.map { point in
                Point(
                    name: point.name.description, unit: point.unit,
                    table: point.range.table.rawValue, address: Int(point.range.address),
                    count: Int(point.range.count), access: point.access.rawValue,
                    isPolled: point.isPolled)
            }
        }
    }
}

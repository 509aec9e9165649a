import Documents
import Glibc

extension DocumentNode {
    /// The name of a zone in the system's time zone database.
    func timeZone(database: String = "/usr/share/zoneinfo") -> String? {
        guard let text = text() else { return nil }
        if TimeZoneDatabase.contains(text, in: database) { return text }
        let near =
            TimeZoneNames.zone(meantBy: text).map { "; write \($0)" }
            ?? TimeZoneNames.suggestion(
                for: text, among: TimeZoneDatabase.neighbours(of: text, in: database))
        fail("no time zone \"\(text.prefix(64))\" in \(database)" + near)
        return nil
    }
}

/// The compiled time zones of the system.
private enum TimeZoneDatabase {
    static func contains(_ zone: String, in database: String) -> Bool {
        guard isName(zone),
            let bytes = try? DocumentFile.bytes(  // Why it cannot be read makes no difference.
                path: "\(database)/\(zone)", maximumBytes: 1 << 20)
        else { return false }
        // Source: RFC 9636, section 3.1: every file begins with these four octets.
        return bytes.starts(with: Array("TZif".utf8))
    }

    /// The zones of the same area, to suggest one from.
    static func neighbours(of zone: String, in database: String) -> [String] {
        guard isName(zone) else { return [] }
        let area = zone.split(separator: "/").dropLast().joined(separator: "/")
        guard let folder = opendir("\(database)/\(area)") else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !name.hasPrefix(".") else { continue }
            names.append(area.isEmpty ? name : "\(area)/\(name)")
        }
        return names
    }

    /// Whether a text may be a zone's name: never a way out of the database's folder.
    private static func isName(_ zone: String) -> Bool {
        let parts = zone.split(separator: "/", omittingEmptySubsequences: false)
        return zone.utf8.count <= 64 && parts.count <= 3
            && parts.allSatisfy { part in
                !part.isEmpty && !part.hasPrefix(".") && part != "posix" && part != "right"
                    && part.utf8.allSatisfy {
                        $0.isASCIIAlphanumeric || "_-+".utf8.contains($0)
                    }
            }
    }
}

extension UInt8 {
    var isASCIIAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

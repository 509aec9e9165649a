import Foundation
import Testing

/// The page of the interface lists every field of every report and request, with its type.
@Suite struct FieldPageTests {
    private static let repository =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    @Test func everyFieldIsOnThePage() throws {
        let page = try String(
            contentsOfFile: Self.repository + "/Sources/Gateway/Gateway.docc/MaintenanceAPI.md",
            encoding: .utf8)
        let folder = Self.repository + "/Sources/MaintenanceAPI"
        var fields: [String] = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            var source = SourceFields()
            source.read(try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8))
            fields += source.found
        }
        #expect(fields.count > 250)
        let told = Self.fields(on: page)
        #expect(Set(fields).subtracting(told) == [], "these are not on the page")
        #expect(Set(told).subtracting(fields) == [], "these are on the page and are no more")
    }

    /// `Type.field: words` for each row of the tables behind "## Fields".
    private static func fields(on page: String) -> [String] {
        guard let start = page.range(of: "\n## Fields\n") else { return [] }
        var type = ""
        var fields: [String] = []
        for line in page[start.upperBound...].split(separator: "\n") {
            if line.hasPrefix("### `") { type = String(line.dropFirst(5).dropLast()) }
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count >= 3, cells[0].hasPrefix("`"), !cells[2].isEmpty else { continue }
            fields.append("\(type).\(cells[0].filter { $0 != "`" }): \(cells[1])")
        }
        return fields
    }
}

/// The stored properties of the types of a source file that travel as JSON.
private struct SourceFields {
    private(set) var found: [String] = []
    private var open: [(indent: Int, name: String, travels: Bool)] = []

    mutating func read(_ text: String) {
        for line in text.split(separator: "\n") {
            let indent = line.prefix { $0 == " " }.count
            let content = line.dropFirst(indent)
            if let match = content.firstMatch(
                of: /^(?:\w+ )?(struct|enum|extension|class|actor|protocol) ([\w.]+)([^{]*)\{/)
            {
                let travels =
                    match.1 == "struct" && match.3.contains(/\b(Codable|Encodable|Decodable)\b/)
                if !content.hasSuffix("}") { open.append((indent, String(match.2), travels)) }
            } else if content == "}", open.last?.indent == indent {
                open.removeLast()
            } else if let match = content.firstMatch(
                of: /^package (?:var|let) (\w+(?:, \w+)*): ([^={]+?)(?: = .*)?$/),
                let type = open.last, type.travels, indent == type.indent + 4
            {
                let path = open.map(\.name).joined(separator: ".")
                for name in match.1.split(separator: ", ") {
                    found.append("\(path).\(name): \(Self.words(String(match.2)))")
                }
            }
        }
    }

    /// The type of a property, as the page says it.
    private static func words(_ type: String) -> String {
        guard type.hasSuffix("?") else { return plain(type) }
        return plain(String(type.dropLast())) + ", may be left out"
    }

    private static func plain(_ type: String) -> String {
        if type.hasSuffix("?") { return plain(String(type.dropLast())) + " or null" }
        if type.hasPrefix("[String: ") {
            return "object of " + plain(String(type.dropFirst(9).dropLast()))
        }
        if type.hasPrefix("[") { return "list of " + plain(String(type.dropFirst().dropLast())) }
        return switch type {
        case "String", "DeviceState", "Severity", "Act": "text"
        case "Int", "Int64", "UInt64", "UInt16": "whole number"
        case "Double": "number"
        case "Bool": "true or false"
        default: "`\(type)`"
        }
    }
}

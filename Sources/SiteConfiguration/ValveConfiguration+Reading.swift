import Documents
import GPIO

extension ValveConfiguration {
    /// The most valves a document may have.
    package static let limit = 256

    /// Reads `gas-valve: {close: VALVE1, closed: VALVE1-SHUT, open: VALVE1-OPEN, within: 10s}`.
    init?(_ entry: DocumentEntry, lines: LineCatalog) {
        let name = entry.checkedName()
        guard
            let fields = entry.value.fields(
                ["close", "open", "closed", "contactMeans", "within", "pulse"])
        else { return nil }
        let close = fields.required("close").flatMap(lines.output)
        let open = fields.optional("open").map(lines.output)
        let contact = fields.required("closed").flatMap { Self.contact($0, lines: lines) }
        let meansClosed = fields.optional("contactMeans").map {
            $0.choice(among: [("closed", true), ("open", false)])
        }
        if meansClosed != nil, case .some(.none) = contact {
            fields.entry("contactMeans")?.key.fail("has no effect: the valve has no contact")
        }
        let within =
            fields.optional("within").map { $0.duration(in: .seconds(1)...(.seconds(600))) }
            ?? .seconds(10)
        let pulse = fields.optional("pulse").map {
            $0.duration(in: .milliseconds(50)...(.seconds(600)))
        }
        if let within, let pulse = pulse ?? nil, pulse > within {
            fields.entry("pulse")?.value.fail(
                "is longer than the \(within.documentText) the valve may take; raise within")
        }
        guard let name, let close, let contact, let within, open != .some(nil),
            meansClosed != .some(nil), pulse != .some(nil)
        else { return nil }
        self.init(
            name: name, close: close, open: open ?? nil, closed: contact,
            contactMeansClosed: (meansClosed ?? nil) ?? true, within: within,
            pulse: pulse ?? nil)
    }

    /// The contact, or within it `nil` for the word `none`; `nil` after reporting a fault.
    private static func contact(_ node: DocumentNode, lines: LineCatalog) -> LineReference?? {
        if case .scalar("none", _) = node.content { return .some(.none) }
        return lines.input(node).map { .some($0) }
    }
}

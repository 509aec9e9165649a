import Documents

/// The names that the actions of a rule may use, from the other sections of the document.
struct AlarmNames {
    let board: BoardDocument?
    /// The lines each lighting circuit switches; a circuit with faults of its own has none.
    let circuits: [String: [LineReference]]
    let doors: Set<String>
    /// The groups of chargers, and their chargers.
    let charging: Set<String>
    /// The valves; `nil` for one that has faults of its own.
    let valves: [String: ValveConfiguration?]

    /// What stands behind the name of an action that switches something on or off.
    enum Output {
        case circuit
        /// A line, or what can only be one: its catalog says whether there is such a line.
        case line
        case fault(String)
    }

    func kind(ofOutput text: String) -> Output {
        let isLine = board?.lines.keys.contains(text) == true
        if circuits.keys.contains(text) {
            return isLine
                ? .fault("\(text) is a lighting circuit and a line of the board; rename one")
                : .circuit
        }
        if isLine || text.contains("/") || text.contains(":") { return .line }
        if valves.keys.contains(text) { return .fault("\(text) is a valve; write close: \(text)") }
        if doors.contains(text) { return .fault("\(text) is a door; write release: \(text)") }
        if charging.contains(text) {
            return .fault("\(text) charges cars; write stop: \(text)")
        }
        let known = Array(circuits.keys) + Array((board?.lines ?? [:]).keys)
        return .fault(
            "no line and no lighting circuit is called \"\(text.prefix(64))\""
                + suggestion(for: text, among: known))
    }

    func valve(_ node: DocumentNode) -> String? {
        named(node, among: Set(valves.keys), what: "valve")
    }

    func door(_ node: DocumentNode) -> String? {
        named(node, among: doors, what: "door")
    }

    func charging(_ node: DocumentNode) -> String? {
        named(node, among: charging, what: "charger or group of chargers")
    }

    private func named(_ node: DocumentNode, among known: Set<String>, what: String) -> String? {
        guard let text = node.text() else { return nil }
        if known.contains(text) { return text }
        node.fail("unknown \(what) \"\(text.prefix(64))\"" + suggestion(for: text, among: known))
        return nil
    }
}

/// Which topics a listener wants to hear of. Source: MQTT 3.1.1 and 5.0, section 4.7; shared
/// subscriptions: MQTT 5.0, section 4.8.2.
package struct TopicFilter: Hashable, Sendable, CustomStringConvertible {
    /// As it is subscribed.
    package let description: String
    private let levels: [Level]

    private enum Level: Hashable {
        case name([UInt8])
        case any
        /// The level before it, and all below.
        case rest
    }

    /// The longest topic or filter, in bytes.
    package static let longest = 0xFFFF

    /// - Returns: `nil` for a text that no broker takes for a filter: empty, too long, with a
    ///   wildcard that does not stand for a whole level, or with `#` before the last.
    package init?(_ text: String) {
        guard Self.isText(text) else { return nil }
        var names = text.utf8.split(separator: Self.slash, omittingEmptySubsequences: false)
        if text == "$share" { return nil }
        if text.hasPrefix("$share/") {
            // A name of the group, and a filter: whoever is in the group shares what comes.
            guard names.count > 2, !names[1].isEmpty, !Self.hasWildcard(names[1]),
                names.count > 3 || !names[2].isEmpty
            else { return nil }
            names.removeFirst(2)
        }
        var levels: [Level] = []
        for (place, name) in names.enumerated() {
            switch Array(name) {
            case [Self.plus]: levels.append(.any)
            case [Self.hash]:
                guard place == names.count - 1 else { return nil }
                levels.append(.rest)
            default:
                guard !Self.hasWildcard(name) else { return nil }
                levels.append(.name(Array(name)))
            }
        }
        description = text
        self.levels = levels
    }

    /// The filter that only this topic passes.
    ///
    /// - Precondition: It is a topic.
    package init(topic: String) {
        guard Self.isTopic(topic), let filter = TopicFilter(topic) else {
            preconditionFailure("\(topic) is no topic")
        }
        self = filter
    }

    /// Whether a message may be published to it: not empty, not too long, no wildcards.
    package static func isTopic(_ text: String) -> Bool { isText(text) && !hasWildcard(text.utf8) }

    /// Whether a topic passes.
    package func matches(_ topic: String) -> Bool {
        let names = topic.utf8.split(separator: Self.slash, omittingEmptySubsequences: false)
        // What a broker tells of itself is not among "everything".
        if topic.utf8.first == Self.dollar {
            guard case .name = levels[0] else { return false }
        }
        for (place, level) in levels.enumerated() {
            switch level {
            case .rest: return true
            case .any: guard place < names.count else { return false }
            case .name(let name):
                guard place < names.count, names[place].elementsEqual(name) else { return false }
            }
            // `a/#` hears of `a`, too.
            if place == names.count - 1, place == levels.count - 2, levels[place + 1] == .rest {
                return true
            }
        }
        return names.count == levels.count
    }

    package static func == (left: TopicFilter, right: TopicFilter) -> Bool {
        left.description.utf8.elementsEqual(right.description.utf8)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(description) }

    /// Source: MQTT 3.1.1, section 4.7.3.
    private static func isText(_ text: String) -> Bool {
        (1...longest).contains(text.utf8.count) && !text.utf8.contains(0)
    }

    private static func hasWildcard(_ name: some Sequence<UInt8>) -> Bool {
        name.contains { $0 == plus || $0 == hash }
    }

    private static let slash = UInt8(ascii: "/")
    private static let plus = UInt8(ascii: "+")
    private static let hash = UInt8(ascii: "#")
    private static let dollar = UInt8(ascii: "$")
}

import DeviceProfiles
import Documents
import GPIO
import Metering
import Modbus

/// Reads the condition of one rule, and counts what it holds.
final class AlarmConditionReader {
    private let rules: AlarmReader
    /// The names of all rules, those with faults too.
    private let alarms: Set<String>
    private var count = 0

    init(rules: AlarmReader, alarms: Set<String>) {
        self.rules = rules
        self.alarms = alarms
    }

    private static let subjects = [
        "point", "line", "silent", "missing", "fault", "alarm", "any", "all", "not",
    ]
    private static let comparisons = ["above", "below", "equals", "bit", "hysteresis"]
    private static let longest = Duration.seconds(86_400)

    /// The condition at a place, or `nil` after reporting its faults.
    func condition(_ node: DocumentNode, depth: Int = 1) -> AlarmCondition? {
        count += 1
        guard count <= AlarmConfiguration.conditionLimit else {
            if count == AlarmConfiguration.conditionLimit + 1 {
                node.fail(
                    "the rule holds more than \(AlarmConfiguration.conditionLimit) conditions")
            }
            return nil
        }
        guard depth <= AlarmConfiguration.depthLimit else {
            node.fail("is nested deeper than \(AlarmConfiguration.depthLimit) conditions")
            return nil
        }
        guard let fields = node.fields(Self.subjects + Self.comparisons + ["is", "for"]) else {
            return nil
        }
        let given = Self.subjects.filter(fields.contains)
        guard given.count == 1, let subject = given.first else {
            node.fail(
                given.isEmpty
                    ? "is no condition; write one of \(Self.subjects.joined(separator: ", "))"
                    : "is several conditions; put them into a list under any or all")
            return nil
        }
        let hasEffect = checkEffects(fields, subject: subject)
        let period = fields.optional("for").map {
            $0.duration(in: .milliseconds(100)...Self.longest)
        }
        let bare = bare(fields, subject: subject, depth: depth)
        guard hasEffect, let bare, period != .some(nil) else { return nil }
        return (period ?? nil).map { .lasting(bare, $0) } ?? bare
    }

    /// Reports keys that mean nothing beside the subject.
    private func checkEffects(_ fields: DocumentFields, subject: String) -> Bool {
        var strays = subject == "point" ? [] : Self.comparisons.filter(fields.contains)
        if subject != "line", fields.contains("is") { strays.append("is") }
        for stray in strays {
            fields.entry(stray)?.key.fail("has no effect beside \(subject)")
        }
        return strays.isEmpty
    }

    private func bare(
        _ fields: DocumentFields, subject: String, depth: Int
    ) -> AlarmCondition? {
        guard let node = fields.required(subject) else { return nil }
        switch subject {
        case "point": return compared(rules.point(node), node, fields)
        case "line":
            let isActive =
                fields.optional("is").map {
                    $0.choice(among: [("active", true), ("inactive", false)])
                } ?? true
            guard let line = rules.observedLine(node), let isActive else { return nil }
            return .line(line, isActive: isActive)
        case "silent": return rules.device(node).map { .silent($0) }
        case "missing": return rules.point(node).map { .missing($0.0) }
        case "fault": return rules.observedLine(node).map { .fault($0) }
        case "alarm":
            guard let text = node.text() else { return nil }
            guard alarms.contains(text) else {
                node.fail(
                    "unknown alarm \"\(text.prefix(64))\"" + suggestion(for: text, among: alarms))
                return nil
            }
            return .alarm(text)
        case "any": return parts(node, depth: depth).map { .any($0) }
        case "all": return parts(node, depth: depth).map { .all($0) }
        default: return condition(node, depth: depth + 1).map { .not($0) }
        }
    }

    private func parts(_ node: DocumentNode, depth: Int) -> [AlarmCondition]? {
        guard let items = node.list() else { return nil }
        guard !items.isEmpty else {
            node.fail("is empty; list at least one condition")
            return nil
        }
        let parts = items.compactMap { condition($0, depth: depth + 1) }
        return parts.count == items.count ? parts : nil
    }

    private func compared(
        _ found: (PointIdentifier, PointProfile)?, _ node: DocumentNode, _ fields: DocumentFields
    ) -> AlarmCondition? {
        guard let (identifier, point) = found else { return nil }
        guard point.isNumeric else {
            node.fail("\(identifier) is a text; only numbers can be compared")
            return nil
        }
        return AlarmComparisonReader(point: point, fields: fields).test.map {
            .point(identifier, $0)
        }
    }
}

extension PointProfile {
    fileprivate var isNumeric: Bool {
        !encoding.type.isText
    }
}

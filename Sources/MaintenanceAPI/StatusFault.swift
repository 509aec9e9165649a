package import Execution

/// One thing that needs a person: what it is, and what to do about it.
package struct StatusFault: Codable, Hashable, Sendable {
    /// How bad it is; the worst first.
    package enum Severity: String, Codable, CaseIterable, Comparable, Sendable {
        /// Somebody may come to harm or into what is not theirs: an alarm, a forced door.
        case danger
        /// Something does not work.
        case fault
        /// Something will not work for long, or works less well than it ought to.
        case warning

        package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .danger: 0
            case .fault: 1
            case .warning: 2
            }
        }
    }

    package var severity: Severity
    /// What it is about, as the site document has it: `doors.entrance-1`, `buses.riser-1`; or a
    /// part of the gateway: `cache`, `clock`, `state`.
    package var subject: String
    /// What is wrong, in words; begins with the name of its subject.
    package var what: String
    /// What to do, in words.
    package var advice: String?
    /// Since when it is so, in milliseconds since 1970; `nil` where that is not known.
    package var since: Int64?

    package init(
        _ severity: Severity, _ subject: String, _ what: String, advice: String? = nil,
        since: Int64? = nil
    ) {
        self.severity = severity
        self.subject = subject
        self.what = what
        self.advice = advice
        self.since = since
    }

    /// What is wrong and what to do, in one.
    package var words: String { advice.map { "\(what); \($0)" } ?? what }
}

extension StatusFault {
    /// What a service had no room for; `nil` where that was nothing.
    ///
    /// - Parameter name: Who, in the plural: `the lights`.
    package init?(_ dropped: DroppedItems, of subject: String, _ name: String) {
        guard dropped != DroppedItems() else { return nil }
        self.init(
            .warning, subject,
            "\(name) are overloaded: dropped since the start were \(dropped.inputs) changes of lines "
                + "and readings, and \(dropped.records) events",
            advice: "look for a contact that chatters (`linli lines`), or a disk that hangs")
    }
}

extension [StatusFault] {
    /// The worst first; among equals as they were.
    package var worstFirst: [StatusFault] {
        StatusFault.Severity.allCases.flatMap { severity in filter { $0.severity == severity } }
    }
}

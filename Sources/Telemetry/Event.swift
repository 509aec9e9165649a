package import Execution

/// Something that happened: a meter fell silent, a strike was released, a gap in the record.
package struct Event: Hashable, Sendable {
    package var time: Timestamp
    /// What happened, in dotted words: `device.silent`, `cache.gap`.
    package var kind: String
    /// What it happened to: a device, a bus, a destination, or a lane.
    package var subject: String
    package var severity: Severity
    /// Whatever else there is to say, by name.
    package var details: [String: String]

    /// The raw value is the code on the wire; never renumber.
    package enum Severity: UInt8, Hashable, Sendable, CaseIterable {
        case info = 0
        case warning = 1
        case alarm = 2
    }

    package init(
        _ kind: String, of subject: String, at time: Timestamp, severity: Severity = .info,
        details: [String: String] = [:]
    ) {
        self.time = time
        self.kind = kind
        self.subject = subject
        self.severity = severity
        self.details = details
    }
}

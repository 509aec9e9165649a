/// One lighting circuit. Answers `GET /v1/lights`.
package struct CircuitReport: Codable, Hashable, Sendable {
    package var name: String
    /// What it ought to be: 0 is off, 100 is on.
    package var level: Int
    /// Why, in words: the entry of its control program, an override, an alarm, the safe state.
    package var reason: String
    /// What it was last told to be; `nil` before the first command.
    package var commanded: Int?
    /// Until when an override holds, and when it changes next by itself, in milliseconds since
    /// 1970.
    package var overrideUntil: Int64?
    package var nextChange: Int64?
    package var faults: [String]

    package init(
        name: String, level: Int, reason: String, commanded: Int?, overrideUntil: Int64? = nil,
        nextChange: Int64? = nil, faults: [String] = []
    ) {
        self.name = name
        self.level = level
        self.reason = reason
        self.commanded = commanded
        self.overrideUntil = overrideUntil
        self.nextChange = nextChange
        self.faults = faults
    }
}

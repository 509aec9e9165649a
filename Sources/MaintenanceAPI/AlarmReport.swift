/// All alarms and valves. Answers `GET /v1/alarms`.
package struct AlarmsReport: Codable, Hashable, Sendable {
    package var alarms: [AlarmReport]
    package var valves: [ValveReport]

    package init(alarms: [AlarmReport], valves: [ValveReport]) {
        self.alarms = alarms
        self.valves = valves
    }
}

/// One alarm.
package struct AlarmReport: Codable, Hashable, Sendable {
    package var name: String
    package var severity: String
    /// In words: quiet, pending, active, latched, unknown.
    package var state: String
    package var message: String?
    /// Since when it is active, in milliseconds since 1970.
    package var since: Int64?
    package var acknowledgedBy: String?
    package var faults: [String]

    package init(
        name: String, severity: String, state: String, message: String? = nil,
        since: Int64? = nil, acknowledgedBy: String? = nil, faults: [String] = []
    ) {
        self.name = name
        self.severity = severity
        self.state = state
        self.message = message
        self.since = since
        self.acknowledgedBy = acknowledgedBy
        self.faults = faults
    }
}

/// One valve.
package struct ValveReport: Codable, Hashable, Sendable {
    package var name: String
    /// In words: open, closing, closed, not closed.
    package var state: String
    package var isDriven: Bool
    /// What the contact of the closed valve says; `nil` where it says nothing.
    package var isClosed: Bool?

    package init(name: String, state: String, isDriven: Bool, isClosed: Bool?) {
        self.name = name
        self.state = state
        self.isDriven = isDriven
        self.isClosed = isClosed
    }
}

/// What a self-test of an alarm found, step by step.
package struct AlarmTestReport: Codable, Hashable, Sendable {
    package var alarm: String
    package var steps: [Step]
    /// Why the test came to no result, in words: it gave way to a real alarm, or linlid stopped.
    package var brokenOff: String?
    package var hasPassed: Bool { brokenOff == nil && steps.allSatisfy(\.hasPassed) }

    package struct Step: Codable, Hashable, Sendable {
        package var name: String
        package var hasPassed: Bool
        package var details: String

        package init(name: String, hasPassed: Bool, details: String) {
            self.name = name
            self.hasPassed = hasPassed
            self.details = details
        }
    }

    package init(alarm: String, steps: [Step], brokenOff: String? = nil) {
        self.alarm = alarm
        self.steps = steps
        self.brokenOff = brokenOff
    }
}

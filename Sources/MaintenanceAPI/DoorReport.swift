/// One door. Answers `GET /v1/doors`.
package struct DoorReport: Codable, Hashable, Sendable {
    package var name: String
    /// In words: secure, released, open, held open, forced, held unlocked by an alarm.
    package var state: String
    /// Left out where that is not known: its board was never heard, or has not answered.
    package var isStrikeActive: Bool?
    /// What the contact says; `nil` where it says nothing.
    package var isClosed: Bool?
    /// Since when the state is so, in milliseconds since 1970.
    package var since: Int64?
    package var faults: [String]

    package init(
        name: String, state: String, isStrikeActive: Bool?, isClosed: Bool?, since: Int64? = nil,
        faults: [String] = []
    ) {
        self.name = name
        self.state = state
        self.isStrikeActive = isStrikeActive
        self.isClosed = isClosed
        self.since = since
        self.faults = faults
    }
}

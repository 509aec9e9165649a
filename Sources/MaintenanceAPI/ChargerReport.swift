/// The chargers that share a limit. Answers `GET /v1/chargers`.
package struct ChargersReport: Codable, Hashable, Sendable {
    package var groups: [Group]
    package var chargers: [ChargerReport]

    /// One group. Currents are in whole amperes; lists go by phase, from l1.
    package struct Group: Codable, Hashable, Sendable {
        package var name: String
        package var limit: Int
        /// What its chargers may draw together now.
        package var available: [Int]
        /// What is kept for them: the most they may be drawing.
        package var reserved: [Int]
        /// What all on its feeder may draw, and what its meter said last.
        package var feederLimit: Int?
        package var feeder: [Int?]?
        package var faults: [String]

        package init(
            name: String, limit: Int, available: [Int], reserved: [Int], feederLimit: Int? = nil,
            feeder: [Int?]? = nil, faults: [String] = []
        ) {
            self.name = name
            self.limit = limit
            self.available = available
            self.reserved = reserved
            self.feederLimit = feederLimit
            self.feeder = feeder
            self.faults = faults
        }
    }

    package init(groups: [Group], chargers: [ChargerReport]) {
        self.groups = groups
        self.chargers = chargers
    }
}

/// One charger of a group. Answers `POST /v1/chargers/switch`.
package struct ChargerReport: Codable, Hashable, Sendable {
    package var name: String
    package var group: String
    /// `free`, `plugged in`, `charging`, `fault` or `unknown`.
    package var state: String
    /// What it ought to be told, and what it was told and has confirmed, in amperes; `commanded`
    /// is `nil` where that is not known.
    package var target: Int
    package var commanded: Int?
    /// The most it may be drawing, which is kept for it, and the most it can draw.
    package var reserved: Int
    package var maximum: Int
    /// What its busiest conductor draws, in amperes, with the meter's digits.
    package var drawn: String?
    /// What it has charged, in this session or in all.
    package var energy: String?
    package var energyUnit: String?
    package var isSessionEnergy: Bool
    /// Why it is told what it is told, in words.
    package var reason: String
    /// When a stop with an end is over, in milliseconds since 1970.
    package var stoppedUntil: Int64?
    package var faults: [String]

    package init(
        name: String, group: String, state: String, target: Int, commanded: Int?, reserved: Int,
        maximum: Int, drawn: String? = nil, energy: String? = nil, energyUnit: String? = nil,
        isSessionEnergy: Bool = false, reason: String, stoppedUntil: Int64? = nil,
        faults: [String] = []
    ) {
        self.name = name
        self.group = group
        self.state = state
        self.target = target
        self.commanded = commanded
        self.reserved = reserved
        self.maximum = maximum
        self.drawn = drawn
        self.energy = energy
        self.energyUnit = energyUnit
        self.isSessionEnergy = isSessionEnergy
        self.reason = reason
        self.stoppedUntil = stoppedUntil
        self.faults = faults
    }
}

/// Starts or stops a charger. Body of `POST /v1/chargers/switch`.
package struct ChargerRequest: AttributedRequest, Codable, Hashable, Sendable {
    package var charger: String
    package var isStarting: Bool
    /// How long a stop lasts; `nil` until it is started.
    package var seconds: Double?
    /// Who asks, for the audit trail.
    package var by: String

    package init(charger: String, isStarting: Bool, seconds: Double? = nil, by: String) {
        self.charger = charger
        self.isStarting = isStarting
        self.seconds = seconds
        self.by = by
    }
}

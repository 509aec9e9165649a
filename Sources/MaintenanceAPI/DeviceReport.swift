/// One device, how it is, and how it is read. Answers `GET /v1/devices`.
package struct DeviceReport: Codable, Hashable, Sendable {
    package var id: String
    package var profile: String
    /// For example `electricity-meter`.
    package var kind: String
    package var bus: String
    package var unit: Int
    /// From the site document.
    package var place: [String: String]
    /// How often it is read, for example `15m`.
    package var every: String
    package var state: DeviceState
    /// In milliseconds since 1970; only while it is silent.
    package var silentSince: Int64?
    /// In milliseconds since 1970.
    package var lastAnswer: Int64?
    /// The last that went wrong, in words, even where all is well since.
    package var lastFault: String?
    /// What to do about it, while the device does not answer.
    package var advice: String?
    package var counters: DeviceCounts
    /// The requests of one turn, for example `input 0+30`.
    package var reads: [String]

    package init(
        id: String, profile: String, kind: String, bus: String, unit: Int,
        place: [String: String] = [:], every: String, state: DeviceState, silentSince: Int64? = nil,
        lastAnswer: Int64? = nil, lastFault: String? = nil, advice: String? = nil,
        counters: DeviceCounts,
        reads: [String] = []
    ) {
        self.id = id
        self.profile = profile
        self.kind = kind
        self.bus = bus
        self.unit = unit
        self.place = place
        self.every = every
        self.state = state
        self.silentSince = silentSince
        self.lastAnswer = lastAnswer
        self.lastFault = lastFault
        self.advice = advice
        self.counters = counters
        self.reads = reads
    }
}

/// Whether a device answers.
package enum DeviceState: String, Codable, Hashable, Sendable, CaseIterable {
    case answering
    /// Answers, and refuses all that it is asked.
    case refusing
    /// Has not answered of late, and is still asked in every turn.
    case missing
    /// Has not answered for long, and is only probed.
    case silent
    /// Not asked yet.
    case unknown
    /// Its bus is not connected.
    case disconnected
}

/// What was counted of one device since its bus was started. All only grow.
package struct DeviceCounts: Codable, Hashable, Sendable {
    package var requests: UInt64
    package var answers: UInt64
    package var exceptions: UInt64
    package var timeouts: UInt64
    /// Wrong checksum, length, unit or function.
    package var badFrames: UInt64
    /// Recognised as late, and thrown away.
    package var lateAnswers: UInt64

    package init(
        requests: UInt64 = 0, answers: UInt64 = 0, exceptions: UInt64 = 0, timeouts: UInt64 = 0,
        badFrames: UInt64 = 0, lateAnswers: UInt64 = 0
    ) {
        self.requests = requests
        self.answers = answers
        self.exceptions = exceptions
        self.timeouts = timeouts
        self.badFrames = badFrames
        self.lateAnswers = lateAnswers
    }
}

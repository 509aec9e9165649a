/// One bus and what it has seen since it was started. Answers `GET /v1/buses`.
package struct BusReport: Codable, Hashable, Sendable {
    package var name: String
    /// For example `/dev/ttyS1 9600 8E1` or `tcp 192.168.10.20:502`.
    package var link: String
    package var isConnected: Bool
    /// In milliseconds since 1970; `nil` while it is connected.
    package var downSince: Int64?
    /// Why it was last not connected, in words.
    package var lastFault: String?
    /// What was found out about its servers, a sentence each; `nil` for nothing.
    package var notes: [String]?
    /// How many devices are on it.
    package var devices: Int
    /// How much of the time since it was started it was taken: 0 to 1.
    package var load: Double?
    /// The share of turns that were left out of late, for want of time; `nil` while it keeps its
    /// intervals.
    package var overrunShare: Double?
    /// How long requests and answers have taken it.
    package var busySeconds: Double
    package var counters: BusCounts

    package init(
        name: String, link: String, isConnected: Bool, downSince: Int64? = nil,
        lastFault: String? = nil, notes: [String]? = nil, devices: Int, load: Double? = nil,
        busySeconds: Double, counters: BusCounts, overrunShare: Double? = nil
    ) {
        self.name = name
        self.link = link
        self.isConnected = isConnected
        self.downSince = downSince
        self.lastFault = lastFault
        self.notes = notes
        self.devices = devices
        self.load = load
        self.overrunShare = overrunShare
        self.busySeconds = busySeconds
        self.counters = counters
    }
}

/// What a bus has counted. All only grow.
package struct BusCounts: Codable, Hashable, Sendable {
    package var requests: UInt64
    package var answers: UInt64
    package var exceptions: UInt64
    package var timeouts: UInt64
    /// Recognised as late, and thrown away.
    package var lateAnswers: UInt64
    /// Arrived when nothing was asked.
    package var strayBytes: UInt64
    /// By what was wrong with them, for example `checksum`.
    package var badFrames: [String: UInt64]
    /// Whole frames that nobody had asked for, neither late nor a copy.
    package var strayFrames: UInt64?
    /// Answers that came once more.
    package var copies: UInt64?
    /// Requests that were heard again.
    package var echoes: UInt64?
    package var connections: UInt64
    package var bytesSent: UInt64
    package var bytesReceived: UInt64

    package init(
        requests: UInt64 = 0, answers: UInt64 = 0, exceptions: UInt64 = 0, timeouts: UInt64 = 0,
        lateAnswers: UInt64 = 0, strayBytes: UInt64 = 0, badFrames: [String: UInt64] = [:],
        strayFrames: UInt64? = nil, copies: UInt64? = nil, echoes: UInt64? = nil,
        connections: UInt64 = 0, bytesSent: UInt64 = 0, bytesReceived: UInt64 = 0
    ) {
        self.requests = requests
        self.answers = answers
        self.exceptions = exceptions
        self.timeouts = timeouts
        self.lateAnswers = lateAnswers
        self.strayBytes = strayBytes
        self.badFrames = badFrames
        self.strayFrames = strayFrames
        self.copies = copies
        self.echoes = echoes
        self.connections = connections
        self.bytesSent = bytesSent
        self.bytesReceived = bytesReceived
    }
}

/// One destination and how far it is behind. Answers `GET /v1/deliveries`.
package struct DeliveryReport: Codable, Hashable, Sendable {
    package var destination: String
    /// For example `mqtts://platform.example:8883`.
    package var address: String
    /// For example `linli`.
    package var format: String
    package var isConnected: Bool
    /// Since when it is connected, or is not, in milliseconds since 1970.
    package var since: Int64?
    /// The last that went wrong, in words, even where all is well since.
    package var lastFault: String?
    /// When the next connection is tried, in milliseconds since 1970.
    package var nextAttempt: Int64?
    /// Messages sent and not acknowledged yet.
    package var inFlight: Int
    /// Messages acknowledged since the start, each once.
    package var messages: Int64
    /// Readings in them.
    package var readings: Int64
    /// Bytes of payload in them.
    package var bytes: Int64
    /// Messages that had to be sent again.
    package var resent: Int64
    /// Alarm, event, reading.
    package var lanes: [DeliveryLane]

    package init(
        destination: String, address: String, format: String, isConnected: Bool,
        since: Int64? = nil, lastFault: String? = nil, nextAttempt: Int64? = nil, inFlight: Int,
        messages: Int64, readings: Int64, bytes: Int64, resent: Int64 = 0,
        lanes: [DeliveryLane] = []
    ) {
        self.destination = destination
        self.address = address
        self.format = format
        self.isConnected = isConnected
        self.since = since
        self.lastFault = lastFault
        self.nextAttempt = nextAttempt
        self.inFlight = inFlight
        self.messages = messages
        self.readings = readings
        self.bytes = bytes
        self.resent = resent
        self.lanes = lanes
    }
}

/// How far one destination is behind in one lane.
package struct DeliveryLane: Codable, Hashable, Sendable {
    package var lane: String
    /// The last sequence number up to which it has everything.
    package var cursor: Int64
    /// How many sequence numbers the newest batch is ahead.
    package var behind: Int64
    /// The first time in the oldest batch it does not have, in milliseconds since 1970.
    package var waitingSince: Int64?

    package init(
        lane: String, cursor: Int64, behind: Int64, waitingSince: Int64? = nil
    ) {
        self.lane = lane
        self.cursor = cursor
        self.behind = behind
        self.waitingSince = waitingSince
    }
}

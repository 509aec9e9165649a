package import Execution
package import Telemetry

/// What a destination's delivery has counted since it was started.
package struct DeliveryFigures: Hashable, Sendable {
    /// Since when it is connected; `nil` while it is not.
    package var connectedSince: MonotonicTime?
    package var lastFault: UplinkFault?
    /// When the next connection is tried; `nil` while there is one.
    package var nextAttempt: MonotonicTime?
    package var connections: UInt64 = 0
    /// Messages acknowledged by whoever has to; readings and bytes of payload in them.
    package var messages: UInt64 = 0
    package var readings: UInt64 = 0
    package var bytes: UInt64 = 0
    /// Payloads that the broker has taken over.
    package var accepted: UInt64 = 0
    package var resent: UInt64 = 0
    package var refusals: UInt64 = 0
    /// Messages that were sent and have not arrived, as far as anybody knows.
    package var underWay = 0
    /// Messages that are refused, each with its lane standing behind it.
    package var standing: [StandingMessage] = []
    /// Since when the platform owes an acknowledgement of the oldest message it was sent.
    package var unacknowledgedSince: MonotonicTime?
    /// The largest payload that the receiver is known to take.
    package var sizeLimit: Int?
    /// How many batches of a lane the destination has not been looked through for yet.
    package var behind: [Lane: Int64] = [:]

    package init() {}
}

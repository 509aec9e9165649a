package import Execution
package import Telemetry

/// What a destination's delivery has counted since it was started.
package struct DeliveryReport: Hashable, Sendable {
    /// Since when it is connected; `nil` while it is not.
    package var connectedSince: MonotonicTime?
    package var lastFault: UplinkFault?
    package var connections: UInt64 = 0
    /// Messages sent; one that had to be sent again counts once, as in the two below.
    package var messages: UInt64 = 0
    package var readings: UInt64 = 0
    package var bytes: UInt64 = 0
    package var accepted: UInt64 = 0
    package var acknowledged: UInt64 = 0
    package var resent: UInt64 = 0
    package var refusals: UInt64 = 0
    /// Messages under way.
    package var underWay = 0

    package init() {}
}

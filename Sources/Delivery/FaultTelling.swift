package import Execution
package import Telemetry

/// Which faults of a destination are worth an event: each reason once a day, however often the
/// connection ends for it.
package struct FaultTelling: Sendable {
    private var told: [(fault: UplinkFault, at: MonotonicTime)] = []

    /// How long the same reason is no news.
    package static let patience: Duration = .seconds(86_400)
    /// The most reasons that are remembered; beyond them the oldest is told again.
    package static let limit = 16

    package init() {}

    /// A connection has ended, or could not be made.
    ///
    /// - Returns: Whether somebody should be told.
    package mutating func isNew(_ fault: UplinkFault, at now: MonotonicTime) -> Bool {
        // The gateway's own doing.
        guard fault != .notConnected else { return false }
        told.removeAll { $0.at.duration(to: now) >= Self.patience }
        guard !told.contains(where: { $0.fault == fault }) else { return false }
        if told.count == Self.limit { told.removeFirst() }
        told.append((fault, now))
        return true
    }
}

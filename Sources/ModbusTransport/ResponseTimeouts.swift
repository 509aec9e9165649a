package import Modbus

/// How long to wait for each device: what its profile says, or longer where it has proved slow.
///
/// An answer that came late is worth more than another time-out: the wait grows to half as much
/// again as the answer took, up to ``growth`` or what the device itself may take, and shrinks
/// slowly with prompt answers, never below what these took.
package struct ResponseTimeouts: Sendable {
    /// How far a wait grows by what was learnt. A device that is slower has to be told in its
    /// profile or the site document.
    package static let growth: Duration = .seconds(5)

    private var learned: [UnitIdentifier: Duration] = [:]

    package init() {}

    /// The wait for the first byte of the answer to `call`.
    package func timeout(for call: ModbusCall) -> Duration {
        let configured = call.timing.responseTimeout
        guard let slow = learned[call.unit] else { return configured }
        return max(configured, min(slow, max(call.timing.lateAnswerLimit, Self.growth)))
    }

    /// Learns from an answer that came after its request was given up.
    package mutating func late(_ unit: UnitIdentifier, after latency: Duration) {
        learned[unit] = max(learned[unit] ?? .zero, latency * 3 / 2)
    }

    /// Learns from an answer in time.
    ///
    /// - Parameter latency: How long it took, counted from its request.
    package mutating func prompt(_ call: ModbusCall, after latency: Duration) {
        guard let slow = learned[call.unit] else { return }
        let shorter = max(slow * 63 / 64, latency * 3 / 2)
        learned[call.unit] = shorter > call.timing.responseTimeout ? shorter : nil
    }
}

package import Modbus

/// How long to wait for each device: what its profile says, or longer where it has proved slow.
///
/// An answer that came late is worth more than another time-out: the wait grows to half as much
/// again as the answer took, within the device's limit, and shrinks slowly with prompt answers.
package struct ResponseTimeouts: Sendable {
    private var learned: [UnitIdentifier: Duration] = [:]

    package init() {}

    /// The wait for the first byte of the answer to `call`.
    package func timeout(for call: ModbusCall) -> Duration {
        let configured = call.timing.responseTimeout
        guard let slow = learned[call.unit] else { return configured }
        return max(configured, min(slow, call.timing.lateAnswerLimit))
    }

    /// Learns from an answer that came after its request was given up.
    package mutating func late(_ unit: UnitIdentifier, after latency: Duration) {
        learned[unit] = max(learned[unit] ?? .zero, latency * 3 / 2)
    }

    /// Learns from an answer in time.
    package mutating func prompt(_ call: ModbusCall) {
        guard let slow = learned[call.unit] else { return }
        let shorter = slow * 63 / 64
        learned[call.unit] = shorter > call.timing.responseTimeout ? shorter : nil
    }
}

package import Execution
package import Modbus

/// When a device may be written to again that asks for a pause between two writes.
///
/// Others have the bus meanwhile. Who waits keeps its place: what was written last was asked for
/// last. A pure value.
package struct WritePauses: Sendable {
    /// The moment from which on the next write of each device may go out, by those promised.
    private var free: [UnitIdentifier: MonotonicTime] = [:]
    private var written: [UnitIdentifier: MonotonicTime] = [:]

    package init() {}

    /// Takes the next free moment for a write; `nil` where the device wants no pause.
    package mutating func place(for call: ModbusCall, at now: MonotonicTime) -> MonotonicTime? {
        guard !call.request.isRead, call.timing.writeGap > .zero else { return nil }
        let place = max(now, free[call.unit] ?? now)
        free[call.unit] = place.advanced(by: call.timing.writeGap)
        return place
    }

    /// Until when a write has to wait whose moment has come, since the last went out late.
    package func rest(before call: ModbusCall, at now: MonotonicTime) -> MonotonicTime? {
        guard !call.request.isRead, let last = written[call.unit] else { return nil }
        let end = last.advanced(by: call.timing.writeGap)
        return end > now ? end : nil
    }

    /// Takes note that a write is over.
    package mutating func wrote(_ call: ModbusCall, at now: MonotonicTime) {
        guard !call.request.isRead, call.timing.writeGap > .zero else { return }
        written[call.unit] = now
        free[call.unit] = max(free[call.unit] ?? now, now.advanced(by: call.timing.writeGap))
    }
}

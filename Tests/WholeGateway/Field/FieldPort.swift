import Execution
import ModbusTransport

/// The gateway's end of a simulated bus.
final class FieldPort: BusPort {
    private let bus: FieldBus
    private let boot = VirtualMachine.shared.boot
    /// What is under way on this connection.
    var arrivals: [FieldBus.Arrival] = []
    var isReset = false
    private var bytesSent: UInt64 = 0

    init(_ bus: FieldBus) {
        self.bus = bus
    }

    var acknowledgedBytes: UInt64? { bus.isTCP ? bytesSent : nil }

    func send(_ bytes: [UInt8]) throws(PortError) {
        try check()
        if !bus.isCut { bytesSent += UInt64(bytes.count) }
        bus.take(bytes, from: self)
    }

    func receive(into bytes: inout [UInt8], within timeout: Duration) throws(PortError) -> Int {
        let machine = VirtualMachine.shared
        let end = machine.now + max(0, timeout.nanoseconds)
        while true {
            try check()
            let count = bus.takeArrived(at: self, into: &bytes)
            if count > 0 || machine.now >= end { return count }
            let next = min(end, bus.nextArrival(at: self) ?? end)
            guard machine.block(until: next) else { throw PortError(errno: 5) }
        }
    }

    private func check() throws(PortError) {
        guard boot == VirtualMachine.shared.boot else { throw PortError(errno: 5) }
        if isReset { throw PortError(errno: 104) }
    }
}

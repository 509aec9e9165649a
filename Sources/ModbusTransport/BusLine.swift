import Execution
import Glibc
import Modbus

/// The line behind a bus: keeps it connected, and carries out one exchange at a time, blocking.
///
/// Belongs to the actor and the thread of one ``ModbusBus``.
final class BusLine {
    let link: BusLink
    let time: TimeSource
    let counters: BusCounters
    var discipline: LineDiscipline
    var timeouts = ResponseTimeouts()
    var transaction: UInt16 = 0
    /// What the port delivered last; kept for its capacity.
    var arrived: [UInt8] = []

    private var port: Port?
    private let onChange: @Sendable (BusChange) -> Void
    private var backoff = Backoff(initial: .milliseconds(500), maximum: .seconds(30))
    private var nextAttempt: (at: MonotonicTime, errno: Int32)?
    private var lastReported: BusChange?
    private var random: SeededRandom

    init(
        link: BusLink, time: TimeSource, seed: UInt64, counters: BusCounters,
        onChange: @escaping @Sendable (BusChange) -> Void
    ) {
        self.link = link
        self.time = time
        self.counters = counters
        self.onChange = onChange
        random = SeededRandom(seed: seed)
        discipline = LineDiscipline(frameSilence: link.settings?.frameSilence ?? .zero)
    }

    func close() {
        port = nil
    }

    /// Sends one request and waits for its answer.
    func exchange(_ call: ModbusCall) throws(ModbusError) -> ModbusReply {
        let outcome: Result<ModbusReply, ModbusError>
        do throws(PortError) {
            outcome = try converse(call)
        } catch {
            disconnect(error.errno)
            throw .disconnected(errno: error.errno)
        }
        counters.update { $0.count(outcome) }
        return try outcome.get()
    }

    private func converse(
        _ call: ModbusCall
    ) throws(PortError) -> Result<ModbusReply, ModbusError> {
        let isUrgent = call.priority <= .onDemandRead
        let wasConnected = port != nil
        var port = try connectedPort(urgently: isUrgent)
        var isSent = false
        do throws(PortError) {
            try awaitTurn(of: call, on: port)
            isSent = true
            return try attempt(call, on: port)
        } catch {
            // Servers close connections that were idle. Asking once more is safe where nothing
            // was asked yet, or where asking twice changes nothing.
            let mayRepeat = wasConnected && !link.isSerial && (call.request.isRead || !isSent)
            guard mayRepeat, error.errno == ECONNRESET || error.errno == EPIPE else { throw error }
            self.port = nil
            port = try connectedPort(urgently: true)
            return try attempt(call, on: port)
        }
    }

    // MARK: - Connection

    /// Gives up a connection whose bytes make no sense any more; the next request makes a new one.
    func dropConnection() {
        port = nil
    }

    private func connectedPort(urgently isUrgent: Bool) throws(PortError) -> Port {
        if let port { return port }
        if let nextAttempt, !isUrgent, time.monotonic() < nextAttempt.at {
            throw PortError(errno: nextAttempt.errno)
        }
        let opened = try Port(link)
        port = opened
        backoff.reset()
        nextAttempt = nil
        counters.update {
            $0.connections += 1
            $0.downSince = nil
        }
        report(.connected)
        return opened
    }

    private func disconnect(_ errno: Int32) {
        let now = time.monotonic()
        if port != nil || nextAttempt.map({ now >= $0.at }) ?? true {
            nextAttempt = (now.advanced(by: backoff.next(using: &random)), errno)
        }
        port = nil
        counters.update {
            $0.downSince = $0.downSince ?? now
            $0.lastError = errno
        }
        report(.disconnected(errno: errno))
    }

    private func report(_ change: BusChange) {
        guard change != lastReported else { return }
        lastReported = change
        onChange(change)
    }
}

import Execution
import Glibc
import Modbus

/// The line behind a bus: keeps it connected, and carries out one exchange at a time, blocking.
///
/// Belongs to the actor and the thread of one ``ModbusBus``.
final class BusLine {
    let link: BusLink
    let ports: BusPorts
    let policy: ConnectionPolicy
    let time: TimeSource
    let counters: BusCounters
    var ledger: LineLedger
    /// How late each unit was when that was last told.
    var toldLatencies: [UnitIdentifier: Duration] = [:]
    var timeouts = ResponseTimeouts()
    /// What the port delivered last; kept for its capacity.
    var arrived: [UInt8] = []
    var random: SeededRandom

    /// Of Modbus TCP: the bytes and requests of this connection, and how answers are numbered.
    var stream = TCPFrameStream()
    var conversation = TCPConversation()
    var numbering: TransactionNumbering

    var habits: ConnectionHabits
    var health = ConnectionHealth()
    /// Whether the attempt under way has handed its request to the system.
    var hasSent = false

    private var forms = WriteForms()
    private var port: (any BusPort)?
    private var lastUse: MonotonicTime
    private let onChange: @Sendable (BusChange) -> Void
    private var backoff = Backoff(initial: .milliseconds(500), maximum: .seconds(30))
    private var nextAttempt: (at: MonotonicTime, errno: Int32)?
    private var lastReported: BusChange?

    init(
        link: BusLink, ports: BusPorts, policy: ConnectionPolicy, time: TimeSource, seed: UInt64,
        counters: BusCounters, onChange: @escaping @Sendable (BusChange) -> Void
    ) {
        self.link = link
        self.ports = ports
        self.policy = policy
        self.time = time
        self.counters = counters
        self.onChange = onChange
        random = SeededRandom(seed: seed)
        numbering = TransactionNumbering(isIgnored: !policy.checksTransactions)
        habits = ConnectionHabits(settle: policy.settle)
        lastUse = time.monotonic()
        ledger = LineLedger(frameSilence: link.settings?.frameSilence ?? .zero)
    }

    func close() {
        port = nil
    }

    /// Asks one server one thing and waits for its answer.
    ///
    /// A write is put in the form that the device is known to take, and one that is confirmed
    /// oddly is read back.
    func exchange(_ call: ModbusCall) throws(ModbusError) -> ModbusReply {
        var asked = call
        asked.request = forms.form(of: call.request, for: call.unit)
        var outcome = try once(asked)
        if case .failure(.exception(.illegalFunction)) = outcome,
            let other = WriteForms.other(than: asked.request)
        {
            var again = asked
            again.request = other
            let second = try once(again)
            if second.failure != .exception(.illegalFunction) { (asked, outcome) = (again, second) }
            if case .success = second { forms.learn(other, for: call.unit) }
        }
        if let error = outcome.failure, let reply = try readBack(asked, after: error) {
            outcome = .success(reply)
        }
        return try outcome.get()
    }

    /// Sends one request and waits for its answer.
    func once(
        _ call: ModbusCall
    ) throws(ModbusError) -> Result<ModbusReply, ModbusError> {
        defer { lastUse = time.monotonic() }
        let outcome: Result<ModbusReply, ModbusError>
        do throws(PortError) {
            outcome = try converse(call)
        } catch {
            disconnect(error.errno)
            counters.update { $0.holder = error.holder }
            throw .disconnected(errno: error.errno)
        }
        counters.update { $0.count(outcome) }
        return outcome
    }

    private func converse(
        _ call: ModbusCall
    ) throws(PortError) -> Result<ModbusReply, ModbusError> {
        var repeats = 0
        while true {
            if habits.isSpent { release() }
            let wasConnected = port != nil
            let isUrgent = call.priority <= .onDemandRead || repeats > 0
            let port = try connectedPort(urgently: isUrgent)
            let delivered = port.acknowledgedBytes
            hasSent = false
            do throws(PortError) {
                let outcome = try attemptOnce(call, on: port)
                guard isMute(after: outcome, to: call) else { return outcome }
                renewConnection()
                // Over TCP nothing late can arrive on the new connection.
                guard link.isTCP, call.request.isRead, repeats == 0 else { return outcome }
                repeats += 1
            } catch {
                // Asking once more is safe where the server cannot have the request, or where
                // asking twice changes nothing.
                let isUnheard =
                    !hasSent || (delivered != nil && port.acknowledgedBytes == delivered)
                let wasAsked = hasSent
                let isClosed = [ECONNRESET, EPIPE, ETIMEDOUT, ECONNABORTED].contains(error.errno)
                guard !link.isSerial, isClosed else { throw error }
                let mayBeTooEarly = habits.closed(wasAsked: wasAsked, at: time.monotonic())
                noteHabits()
                self.port = nil
                let mayRepeat = call.request.isRead || isUnheard
                guard mayRepeat, mayBeTooEarly || (wasConnected && repeats == 0) else {
                    throw error
                }
                repeats += 1
            }
        }
    }

    private func attemptOnce(
        _ call: ModbusCall, on port: any BusPort
    ) throws(PortError) -> Result<ModbusReply, ModbusError> {
        if link.isTCP { return try attemptOverTCP(call, on: port) }
        hasSent = true
        let sent = time.monotonic()
        let isBroadcast = call.unit == .broadcast
        let outcome = isBroadcast ? try broadcast(call, on: port) : try talk(call, on: port)
        if !link.isSerial {
            switch outcome {
            case .success, .failure(.exception): noteAnswer(of: call.unit, sent: sent)
            default: break
            }
        }
        return outcome
    }

    /// Tells of something that has no opposite.
    func tell(_ change: BusChange) { onChange(change) }

    /// Takes what has arrived unasked, and says whether a late answer may still come.
    func look() -> Bool {
        let now = time.monotonic()
        guard !link.isTCP, ledger.awaitsAnswers(at: now) else { return false }
        do throws(PortError) { try takeUnasked() } catch { disconnect(error.errno) }
        return true
    }

    // MARK: - Connection

    var openPort: (any BusPort)? { port }

    /// Gives up a connection whose bytes make no sense any more; the next request makes a new one.
    func dropConnection() {
        if port != nil { habits.released(at: time.monotonic()) }
        port = nil
    }

    /// Closes a connection that is of no more use, or not needed now.
    private func release() {
        guard port != nil, !link.isSerial else { return }
        habits.released(at: time.monotonic())
        port = nil
    }

    /// Gives the connection back where nothing was asked for a while.
    func release(idleFor pause: Duration) {
        guard lastUse.duration(to: time.monotonic()) >= pause else { return }
        release()
    }

    private func isMute(
        after outcome: Result<ModbusReply, ModbusError>, to call: ModbusCall
    ) -> Bool {
        guard case .failure(.timeout) = outcome, !link.isSerial else { return false }
        habits.silent()
        return health.silent(call.unit, at: time.monotonic())
    }

    private func renewConnection() {
        habits.mute(at: time.monotonic())
        port = nil
        counters.update { $0.findings.renewals += 1 }
        noteHabits()
    }

    /// Takes note of any answer over a connection.
    func noteAnswer(of unit: UnitIdentifier, sent: MonotonicTime) {
        health.answered(unit)
        habits.answered(sentAt: sent)
        noteHabits()
    }

    private func noteHabits() {
        let (settle, limit) = (habits.learnedSettle, habits.answersPerConnection)
        counters.update {
            $0.findings.settle = settle
            $0.findings.answersPerConnection = limit
        }
    }

    private func connectedPort(urgently isUrgent: Bool) throws(PortError) -> any BusPort {
        if let port { return port }
        if let nextAttempt, !isUrgent, time.monotonic() < nextAttempt.at {
            throw PortError(errno: nextAttempt.errno)
        }
        let opened = try open()
        port = opened
        ledger.reopen()
        backoff.reset()
        nextAttempt = nil
        let now = time.monotonic()
        health.opened(at: now)
        habits.opened(at: now)
        stream = TCPFrameStream()
        conversation = TCPConversation()
        counters.update {
            $0.connections += 1
            $0.downSince = nil
        }
        report(.connected)
        if !link.isSerial { pause(for: habits.settle) }
        return opened
    }

    /// Opens the line. A server that has only just ended a connection may refuse the next for a
    /// moment.
    private func open() throws(PortError) -> any BusPort {
        while true {
            do throws(PortError) {
                return try ports.open(link)
            } catch {
                guard !link.isSerial, error.errno == ECONNREFUSED,
                    habits.mayReopenSoon(at: time.monotonic())
                else { throw error }
                pause(for: .milliseconds(100))
            }
        }
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

    /// Blocks the bus's thread for a while.
    func pause(for wait: Duration) {
        if wait > .zero { ports.wait(wait) }
    }
}

extension Result {
    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}

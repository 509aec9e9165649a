import Execution
import Glibc
import MQTT
import Telemetry

/// One connection to a broker, from its address to its end: carries bytes between the socket, TLS
/// and the ``ClientSession``. Belongs to one thread.
///
/// A new one each time: the certificate files are read anew. The socket's owner calls
/// ``serve(_:now:isHeld:)`` whenever it is ready, and at ``nextTick(after:)`` at the latest.
final class BrokerConnection {
    private enum Stage {
        /// TCP, at the first of these addresses.
        case reaching([BrokerAddress], until: MonotonicTime)
        case securing(SecureChannel, since: MonotonicTime, until: MonotonicTime)
        case talking(SecureChannel?)
        case ended(UplinkFault)
    }

    let settings: MQTTConnectionSettings
    private let terms: ConnectionTerms
    /// Since when the broker has accepted the client and its subscriptions.
    private(set) var readyAt: MonotonicTime?
    private var isGreeted = false
    /// Whether the broker hung up on a client it had accepted, and gave no reason.
    private(set) var isHungUp = false
    private var stage: Stage
    private var socket: BrokerSocket?
    private var session: ClientSession?
    private let deadline: MonotonicTime
    private let login: (user: String, password: String?)?
    /// What is to go over the wire, and how much of it is there.
    private var output: [UInt8] = []
    private var written = 0
    private var buffer = [UInt8](repeating: 0, count: BrokerConnection.chunk)
    private var plain: [UInt8]
    /// Bytes of TLS since the last that held something.
    private var barren = 0

    /// What is read at once, and how often before the commands have their turn.
    private static let chunk = 1 << 14
    private static let chunksAtOnce = 4

    /// Looks the broker's name up, which blocks, and begins to connect.
    init(
        _ settings: MQTTConnectionSettings, _ terms: ConnectionTerms, now: () -> MonotonicTime
    ) {
        self.settings = settings
        self.terms = terms
        plain =
            settings.tls == nil ? [] : [UInt8](repeating: 0, count: BrokerConnection.chunk)
        do throws(UplinkFault) {
            try settings.check(terms)
            let login = try settings.login?.read()
            let addresses = try BrokerAddress.resolve(settings)
            // The time to connect begins when the resolver has answered.
            let start = now()
            deadline = start.advanced(by: settings.connectTimeout)
            self.login = login
            stage = .reaching(addresses, until: deadline)
            reach(addresses, at: start)
        } catch {
            deadline = now()
            login = nil
            stage = .ended(error)
        }
    }

    // MARK: - What is asked

    var fault: UplinkFault? {
        if case .ended(let fault) = stage { fault } else { nil }
    }

    var isLeaving: Bool {
        guard fault == nil, case .leaving = session?.phase else { return false }
        return !hasWrittenAll
    }

    /// Whether no message is under way.
    var isIdle: Bool { session?.isIdle ?? true }

    var descriptor: CInt { socket?.descriptor ?? -1 }

    /// What to poll the socket for.
    ///
    /// - Parameter isHeld: Whether there is no room for what the broker may say.
    func interest(isHeld: Bool, now: MonotonicTime) -> CShort {
        if case .reaching = stage { return CShort(POLLOUT) }
        let isReading = !isHeld && session?.readsAgain(after: now) == nil
        return (isReading ? CShort(POLLIN) : 0) | (hasWrittenAll ? 0 : CShort(POLLOUT))
    }

    /// When the connection is to be served at the latest.
    func nextTick(after now: MonotonicTime) -> MonotonicTime {
        switch stage {
        case .reaching(_, let until), .securing(_, _, let until): until
        case .talking:
            min(
                session?.nextTick(after: now) ?? .max, session?.readsAgain(after: now) ?? .max)
        case .ended: now
        }
    }

    func takeEvents() -> [UplinkEvent] { session?.takeEvents() ?? [] }

    // MARK: - What happens

    /// Reads, writes and keeps alive.
    ///
    /// - Parameter ready: What `poll` found the socket ready for.
    func serve(_ ready: CShort, now: MonotonicTime, isHeld: Bool) {
        switch stage {
        case .reaching(let addresses, let until):
            proceedToReach(addresses, until, ready, at: now)
        case .securing(let channel, let since, let until):
            if ready != 0 { receive(at: now) }
            guard case .securing = stage else { break }
            if now > until {
                end(settings.fault(mute: .securing, for: since.duration(to: now)))
            } else {
                flush(channel, at: now)
            }
        case .talking(let channel):
            // Reading comes first: why a broker hangs up must be read before a write fails. What
            // has ended is read although there is no room: `poll` would tell it for ever.
            let isReading = !isHeld && session?.readsAgain(after: now) == nil
            if ready & CShort(POLLERR | POLLHUP) != 0 || isReading && ready & CShort(POLLIN) != 0 {
                receive(at: now)
            }
            session?.tick(at: now, isReading: isReading)
            flush(channel, at: now)
            if let fault = session?.fault { end(fault) }
        case .ended: break
        }
    }

    /// Sends a message.
    ///
    /// - Returns: Why it was not taken.
    func publish(_ message: OutgoingMessage, now: MonotonicTime) -> UplinkFault? {
        guard case .talking(let channel) = stage else { return .notConnected }
        if let fault = session?.publish(message, at: now) { return fault }
        flush(channel, at: now)
        return nil
    }

    /// Says good-bye. ``isLeaving`` until that is written.
    func leave(now: MonotonicTime) {
        guard case .talking(let channel) = stage else { return }
        session?.leave()
        flush(channel, at: now)
    }

    private func end(_ fault: UplinkFault) {
        if case .ended = stage { return }
        stage = .ended(fault)
    }
}

// MARK: - Connecting

extension BrokerConnection {
    /// Begins to connect to the first of the addresses, or the next, where one refuses at once.
    private func reach(_ addresses: [BrokerAddress], at now: MonotonicTime) {
        var rest = addresses[...]
        var error = SocketError(number: EHOSTUNREACH)
        while let address = rest.first {
            do throws(SocketError) {
                socket = try address.connect()
                // Each address has its share of the time that is left.
                let share = now.duration(to: deadline) / rest.count
                let until = now.advanced(by: min(settings.reachTimeout, share))
                stage = .reaching(Array(rest), until: until)
                return
            } catch let refusal {
                error = refusal
                rest = rest.dropFirst()
            }
        }
        end(settings.fault(lost: error.number))
    }

    private func proceedToReach(
        _ addresses: [BrokerAddress], _ until: MonotonicTime, _ ready: CShort,
        at now: MonotonicTime
    ) {
        guard ready != 0 else {
            guard now > until else { return }
            return reachNext(addresses, settings.fault(mute: .reaching, for: .zero), at: now)
        }
        let error = socket?.pendingError ?? EBADF
        guard error == 0 else {
            return reachNext(addresses, settings.fault(lost: error), at: now)
        }
        do throws(UplinkFault) {
            if let tls = settings.tls {
                let channel = try SecureChannel(settings, tls)
                stage = .securing(
                    channel, since: now,
                    until: min(deadline, now.advanced(by: settings.answerTimeout)))
                _ = try channel.open()
                flush(channel, at: now)
            } else {
                talk(nil, at: now)
            }
        } catch {
            end(error)
        }
    }

    private func reachNext(
        _ addresses: [BrokerAddress], _ fault: UplinkFault, at now: MonotonicTime
    ) {
        guard addresses.count > 1, now < deadline else { return end(fault) }
        reach(Array(addresses.dropFirst()), at: now)
    }

    private func talk(_ channel: SecureChannel?, at now: MonotonicTime) {
        session = ClientSession(
            settings, terms, login: login, at: now, deadline: deadline)
        stage = .talking(channel)
        flush(channel, at: now)
    }
}

// MARK: - Bytes

extension BrokerConnection {
    private var hasWrittenAll: Bool { written == output.count }

    private func receive(at now: MonotonicTime) {
        do throws(SocketError) {
            for _ in 0..<Self.chunksAtOnce {
                guard fault == nil, session?.fault == nil,
                    let received = try socket?.read(into: &buffer)
                else { return }
                switch received {
                case .bytes(let count): take(buffer[..<count], at: now)
                case .nothing: return
                case .end: return lost(nil)
                }
                guard session?.readsAgain(after: now) == nil else { return }
            }
        } catch {
            lost(error)
        }
    }

    /// Takes bytes from the wire.
    private func take(_ bytes: ArraySlice<UInt8>, at now: MonotonicTime) {
        do throws(UplinkFault) {
            if case .securing(let channel, _, _) = stage {
                channel.receive(bytes)
                try tire(bytes.count)
                guard try channel.open() == .done else { return }
                talk(channel, at: now)
                try hear(channel, at: now)
            } else if case .talking(let channel?) = stage {
                channel.receive(bytes)
                try tire(bytes.count)
                try hear(channel, at: now)
            } else {
                listen(bytes, at: now)
            }
        } catch {
            end(error)
        }
    }

    /// Bounds what a broker can make TLS work through that holds nothing.
    private func tire(_ count: Int) throws(UplinkFault) {
        barren += count
        guard barren <= ReceivingLimits.barrenBytes else {
            throw settings.fault(.barren, isGreeted: true)
        }
    }

    private func hear(_ channel: SecureChannel, at now: MonotonicTime) throws(UplinkFault) {
        while let count = try channel.read(into: &plain) {
            guard count > 0 else { return }
            barren = 0
            listen(plain[..<count], at: now)
        }
        lost(nil)
    }

    private func listen(_ bytes: ArraySlice<UInt8>, at now: MonotonicTime) {
        session?.receive(bytes, at: now)
        guard let session else { return }
        if session.isGreeted { isGreeted = true }
        if readyAt == nil, case .ready = session.phase { readyAt = now }
    }

    /// The other side has ended the connection; a reason it gave goes first.
    private func lost(_ error: SocketError?) {
        if let fault = session?.fault { return end(fault) }
        if let error, error.number != ECONNRESET, error.number != EPIPE {
            return end(settings.fault(lost: error.number))
        }
        guard isGreeted else { return end(settings.closedUnanswered) }
        isHungUp = true
        end(settings.hungUp)
    }

    /// Writes what the session wants written, as far as the system takes it.
    private func flush(_ channel: SecureChannel?, at now: MonotonicTime) {
        do throws(SocketError) {
            try drain(channel)
        } catch {
            // Why the broker has hung up may still lie there.
            if fault == nil { receive(at: now) }
            lost(error)
        }
    }

    private func drain(_ channel: SecureChannel?) throws(SocketError) {
        while true {
            if hasWrittenAll {
                output.removeAll(keepingCapacity: output.capacity <= 1 << 16)
                written = 0
                refill(channel)
                if output.isEmpty { return }
            }
            let count = try socket?.write(output[written...]) ?? 0
            guard count > 0 else { return }
            written += count
        }
    }

    /// Takes what is to be written next, by way of TLS where there is one.
    private func refill(_ channel: SecureChannel?) {
        let said = session?.takeOutput() ?? []
        if let channel {
            do throws(UplinkFault) { try channel.write(said[...]) } catch { end(error) }
            while true {
                let count = channel.takeOutput(into: &buffer)
                guard count > 0 else { break }
                output += buffer[..<count]
            }
        } else {
            output = said
        }
    }
}

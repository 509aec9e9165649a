import Execution
import Glibc
import MQTT
import Telemetry

/// One connection to a broker, from its address to its end: carries bytes between the socket, TLS
/// and the ``ClientSession``. Belongs to one thread.
///
/// A new one each time: the certificate files are read anew. The socket's owner calls
/// ``serve(_:now:isHeld:)`` whenever it is ready, and at ``nextTick(after:)`` at the latest. Further
/// inputs are ``publish(_:now:)`` and ``leave(now:)``; what comes of them is written to the socket,
/// told by ``takeEvents()``, and at last by ``fault``. Nothing throws: whatever fails ends the
/// connection, with its reason.
final class BrokerConnection {
    /// Where the connection is. It only ever goes on in this order, and may end anywhere.
    enum Stage {
        /// TCP, at the first of the addresses. Left for the next address where that one refuses,
        /// or has not answered by then; when it is reached, for securing, or talking without TLS.
        case reaching(BrokerSocket, [BrokerAddress], until: MonotonicTime)
        /// The handshake of TLS. Left for talking when it is done.
        case securing(BrokerWire, SecureChannel, since: MonotonicTime, until: MonotonicTime)
        /// MQTT: ``ClientSession/Phase`` says how far that is. Left when it ends, or the broker does.
        case talking(BrokerWire, Conversation)
        /// Left by nothing.
        case ended(End)
    }

    /// The session, in a place of its own, so that it changes without being copied.
    final class Conversation {
        var session: ClientSession

        init(_ session: ClientSession) {
            self.session = session
        }
    }

    struct End {
        let fault: UplinkFault
        var hangUp: HangUp?
        /// What had happened before, until it is told.
        var untold: [UplinkEvent] = []
    }

    /// The broker hung up on a client that was ready, and gave no reason.
    struct HangUp: Hashable {
        /// Since when the broker had accepted the client and its subscriptions.
        let readySince: MonotonicTime
        /// Whether no message was under way.
        let isIdle: Bool
    }

    /// Where the broker may be. Blocks for as long as the resolver takes.
    typealias Resolver = (MQTTConnectionSettings) throws(UplinkFault) -> [BrokerAddress]

    let settings: MQTTConnectionSettings
    private let terms: ConnectionTerms
    private let login: (user: String, password: String?)?
    private let deadline: MonotonicTime
    private(set) var stage: Stage

    /// Looks the broker's name up, which blocks, and begins to connect.
    init(
        _ settings: MQTTConnectionSettings, _ terms: ConnectionTerms,
        resolve: Resolver = BrokerAddress.resolve, now: () -> MonotonicTime
    ) {
        self.settings = settings
        self.terms = terms
        do throws(UplinkFault) {
            try settings.check(terms)
            let login = try settings.login?.read()
            let addresses = try resolve(settings)
            // The time to connect begins when the resolver has answered.
            let start = now()
            deadline = start.advanced(by: settings.connectTimeout)
            self.login = login
            stage = Self.reach(addresses[...], settings, at: start, deadline: deadline)
        } catch {
            deadline = now()
            login = nil
            stage = .ended(End(fault: error))
        }
    }

    // MARK: - What is asked

    /// Why it has ended.
    var fault: UplinkFault? {
        if case .ended(let end) = stage { end.fault } else { nil }
    }

    /// How it has ended, where the broker hung up.
    var hangUp: HangUp? {
        if case .ended(let end) = stage { end.hangUp } else { nil }
    }

    var isLeaving: Bool {
        guard case .talking(let wire, let talk) = stage, case .leaving = talk.session.phase
        else { return false }
        return !wire.hasWrittenAll
    }

    var descriptor: CInt {
        switch stage {
        case .reaching(let socket, _, _): socket.descriptor
        case .securing(let wire, _, _, _), .talking(let wire, _): wire.socket.descriptor
        case .ended: -1
        }
    }

    /// What to poll the socket for.
    ///
    /// - Parameter isHeld: Whether there is no room for what the broker may say.
    func interest(isHeld: Bool, now: MonotonicTime) -> CShort {
        switch stage {
        case .reaching: CShort(POLLOUT)
        case .securing(let wire, _, _, _): interest(in: wire, isReading: !isHeld)
        case .talking(let wire, let talk):
            interest(
                in: wire, isReading: !isHeld && talk.session.readsAgain(after: now) == nil)
        case .ended: 0
        }
    }

    private func interest(in wire: BrokerWire, isReading: Bool) -> CShort {
        (isReading ? CShort(POLLIN) : 0) | (wire.hasWrittenAll ? 0 : CShort(POLLOUT))
    }

    /// When the connection is to be served at the latest.
    func nextTick(after now: MonotonicTime) -> MonotonicTime {
        switch stage {
        case .reaching(_, _, let until), .securing(_, _, _, let until): until
        case .talking(_, let talk):
            min(talk.session.nextTick(after: now), talk.session.readsAgain(after: now) ?? .max)
        case .ended: now
        }
    }

    /// What has happened since this was last asked.
    func takeEvents() -> [UplinkEvent] {
        switch stage {
        case .reaching, .securing: return []
        case .talking(_, let talk): return talk.session.takeEvents()
        case .ended(var end):
            let events = end.untold
            end.untold = []
            stage = .ended(end)
            return events
        }
    }

    // MARK: - What happens

    /// Reads, writes and keeps alive.
    ///
    /// - Parameter ready: What `poll` found the socket ready for.
    func serve(_ ready: CShort, now: MonotonicTime, isHeld: Bool) {
        switch stage {
        case .reaching(let socket, let addresses, let until):
            goOn(reaching: socket, addresses, until, ready, at: now)
        case .securing(let wire, _, let since, let until):
            if ready != 0 { receive(from: wire, at: now) }
            guard case .securing = stage else { break }
            if now > until {
                end(settings.fault(mute: .securing, for: since.duration(to: now)))
            } else {
                flush(wire, nil, at: now)
            }
        case .talking(let wire, let talk):
            // Reading comes first: why a broker hangs up must be read before a write fails. What
            // has ended is read although there is no room: `poll` would tell it for ever.
            let isReading = !isHeld && talk.session.readsAgain(after: now) == nil
            if ready & CShort(POLLERR | POLLHUP) != 0 || isReading && ready & CShort(POLLIN) != 0 {
                receive(from: wire, at: now)
            }
            talk.session.tick(at: now, isReading: isReading)
            flush(wire, talk, at: now)
            if let fault = talk.session.fault { end(fault) }
        case .ended: break
        }
    }

    /// Sends a message.
    ///
    /// - Returns: Why it was not taken.
    func publish(_ message: OutgoingMessage, now: MonotonicTime) -> UplinkFault? {
        guard case .talking(let wire, let talk) = stage else { return .notConnected }
        if let fault = talk.session.publish(message, at: now) { return fault }
        flush(wire, talk, at: now)
        return nil
    }

    /// Says good-bye. ``isLeaving`` until that is written.
    func leave(now: MonotonicTime) {
        guard case .talking(let wire, let talk) = stage else { return }
        talk.session.leave()
        flush(wire, talk, at: now)
    }

    func end(_ fault: UplinkFault, _ hangUp: HangUp? = nil) {
        switch stage {
        case .reaching, .securing: stage = .ended(End(fault: fault))
        case .talking(_, let talk):
            stage = .ended(
                End(fault: fault, hangUp: hangUp, untold: talk.session.takeEvents()))
        case .ended: break
        }
    }
}

// MARK: - Connecting

extension BrokerConnection {
    /// Begins to connect to the first of the addresses, or the next, where one refuses at once.
    private static func reach(
        _ addresses: ArraySlice<BrokerAddress>, _ settings: MQTTConnectionSettings,
        at now: MonotonicTime, deadline: MonotonicTime
    ) -> Stage {
        var rest = addresses
        var error = SocketError(number: EHOSTUNREACH)
        while let address = rest.first {
            do throws(SocketError) {
                let socket = try address.connect()
                // Each address has its share of the time that is left.
                let share = now.duration(to: deadline) / rest.count
                let until = now.advanced(by: min(settings.reachTimeout, share))
                return .reaching(socket, Array(rest), until: until)
            } catch let refusal {
                error = refusal
                rest = rest.dropFirst()
            }
        }
        return .ended(End(fault: settings.fault(lost: error.number)))
    }

    private func goOn(
        reaching socket: BrokerSocket, _ addresses: [BrokerAddress], _ until: MonotonicTime,
        _ ready: CShort, at now: MonotonicTime
    ) {
        guard ready != 0 else {
            guard now > until else { return }
            return reachNext(addresses, settings.fault(mute: .reaching, for: .zero), at: now)
        }
        let error = socket.pendingError
        guard error == 0 else {
            return reachNext(addresses, settings.fault(lost: error), at: now)
        }
        do throws(UplinkFault) {
            guard let tls = settings.tls else {
                return talk(over: BrokerWire(socket, nil), at: now)
            }
            let channel = try SecureChannel(settings, tls)
            let wire = BrokerWire(socket, channel)
            stage = .securing(
                wire, channel, since: now,
                until: min(deadline, now.advanced(by: settings.answerTimeout)))
            _ = try channel.open()
            flush(wire, nil, at: now)
        } catch {
            end(error)
        }
    }

    private func reachNext(
        _ addresses: [BrokerAddress], _ fault: UplinkFault, at now: MonotonicTime
    ) {
        guard addresses.count > 1, now < deadline else { return end(fault) }
        stage = Self.reach(addresses.dropFirst(), settings, at: now, deadline: deadline)
    }

    func talk(over wire: BrokerWire, at now: MonotonicTime) {
        let talk = Conversation(
            ClientSession(settings, terms, login: login, at: now, deadline: deadline))
        stage = .talking(wire, talk)
        flush(wire, talk, at: now)
    }
}

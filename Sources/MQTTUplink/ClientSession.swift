import Execution
import MQTT
import Telemetry

/// The client's side of one MQTT connection, from CONNECT to its end. A pure state machine.
///
/// Its inputs are the broker's bytes (``receive(_:at:)``), the passing of time
/// (``tick(at:isReading:)``), messages (``publish(_:at:)``) and the wish to go (``leave()``). Its
/// actions are bytes for the broker (``takeOutput()``), events (``takeEvents()``), when it is to be
/// read and ticked again, and its end (``fault``). Nothing throws to the outside: a breach of the
/// protocol ends the session, with its reason. What it holds is bounded, and so is what a broker
/// can make it do: ``ReceivingLimits``.
struct ClientSession {
    /// It only ever goes on in this order, and may end anywhere.
    enum Phase: Hashable {
        /// CONNECT is said. Left for subscribing with a CONNACK that accepts the client; ended with
        /// any other, with another packet, and where none came by then.
        case greeting(until: MonotonicTime)
        /// SUBSCRIBE is said. Left for ready with the last SUBACK, at once where nothing is
        /// subscribed to; ended with one that refuses what is required, and where one is missing.
        case subscribing(until: MonotonicTime)
        /// Messages are taken. Ended where the broker leaves, says what it may not, or nothing.
        case ready(since: MonotonicTime)
        /// DISCONNECT is said, since the client goes: no message is told any more. Ended as before.
        case leaving
        /// Left by nothing.
        case ended(UplinkFault)
    }

    let settings: MQTTConnectionSettings
    let terms: ConnectionTerms
    var phase: Phase
    /// What is to be written.
    var output: [UInt8] = []
    var events: [UplinkEvent] = []
    /// What came before all subscriptions were confirmed: told after ``UplinkEvent/connected``.
    var early: [UplinkEvent] = []
    var earlyCost = 0
    private var framer: PacketFramer
    private var packetBegan: MonotonicTime?

    /// Those whose SUBSCRIBE is not confirmed.
    var subscriptions: [UInt16: Subscription] = [:]
    private var lastIdentifier: UInt16 = 0
    var inFlight: [UInt16: UInt64] = [:]
    /// Messages that the broker has no room for yet.
    private var waiting: [OutgoingMessage] = []
    /// Identifiers of QoS 2 messages that were passed on and not released.
    var unreleased: Set<UInt16> = []

    var keepAlive: Duration
    var receiveMaximum = Self.inFlightLimit
    /// The largest packet that the broker takes.
    var packetLimit = 1 + 4 + SentPacket.longestPacket
    var hasToldLimit = false
    var keepsRetained = true

    private let began: MonotonicTime
    var lastSent: MonotonicTime
    private var lastReceived: MonotonicTime
    var pingUntil: MonotonicTime?
    var messages: Allowance
    var unasked: Allowance
    private var floodingSince: MonotonicTime?
    /// Bytes of answers since all was last written.
    var answerBytes = 0

    /// The most messages sent and not acknowledged, where the broker does not want fewer.
    static let inFlightLimit = 20
    /// The most messages that wait behind them.
    static let waitingLimit = 1_024

    /// - Parameter deadline: When the connection must be made with all subscriptions.
    init(
        _ settings: MQTTConnectionSettings, _ terms: ConnectionTerms,
        login: (user: String, password: String?)?, at now: MonotonicTime, deadline: MonotonicTime
    ) {
        self.settings = settings
        self.terms = terms
        self.deadline = deadline
        phase = .greeting(until: min(deadline, now.advanced(by: settings.answerTimeout)))
        framer = PacketFramer(version: settings.version)
        keepAlive = settings.keepAlive
        began = now
        lastSent = now
        lastReceived = now
        messages = Allowance(
            ReceivingLimits.burst, perSecond: ReceivingLimits.perSecond, at: now)
        unasked = Allowance(
            ReceivingLimits.unasked, perSecond: ReceivingLimits.unaskedPerSecond, at: now)
        output = SentPacket.connect(settings, login: login, will: terms.will)
    }

    let deadline: MonotonicTime

    // MARK: - What is asked

    var fault: UplinkFault? {
        if case .ended(let fault) = phase { fault } else { nil }
    }

    var isGreeted: Bool {
        switch phase {
        case .greeting: false
        case .subscribing, .ready, .leaving, .ended: true
        }
    }

    /// Whether messages are under way or wait.
    var isIdle: Bool { inFlight.isEmpty && waiting.isEmpty }

    mutating func takeEvents() -> [UplinkEvent] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    /// When the broker may be read again; `nil` where it may be now.
    func readsAgain(after now: MonotonicTime) -> MonotonicTime? {
        if answerBytes > ReceivingLimits.unreadAnswers { return .max }
        return messages.whenSettled(after: now)
    }

    /// When ``tick(at:isReading:)`` is due.
    func nextTick(after now: MonotonicTime) -> MonotonicTime {
        var next: MonotonicTime
        switch phase {
        case .greeting(let until), .subscribing(let until): next = until
        case .ready: next = pingUntil ?? min(lastSent, lastReceived).advanced(by: keepAlive)
        case .leaving, .ended: return .max
        }
        if let packetDeadline { next = min(next, packetDeadline) }
        return max(next, now)
    }

    // MARK: - What happens

    /// What is to be written, where all before it has been.
    mutating func takeOutput() -> [UInt8] {
        defer {
            output = []
            answerBytes = 0
        }
        return output
    }

    mutating func receive(_ bytes: ArraySlice<UInt8>, at now: MonotonicTime) {
        var rest = bytes
        var hasEnded = false
        do throws(ProtocolBreach) {
            while fault == nil, let frame = try framer.next(from: &rest) {
                hasEnded = true
                lastReceived = now
                try take(frame, at: now)
            }
            try checkPace(at: now)
        } catch {
            breach(error)
        }
        if framer.underWay == nil {
            packetBegan = nil
        } else if hasEnded || packetBegan == nil {
            packetBegan = now
        }
    }

    /// Time has passed.
    ///
    /// - Parameter isReading: Whether what the broker sends is read at the moment.
    mutating func tick(at now: MonotonicTime, isReading: Bool) {
        if !isReading {
            // What was not read cannot be late.
            if pingUntil != nil { pingUntil = now.advanced(by: keepAlive) }
            if packetBegan != nil { packetBegan = now }
        }
        switch phase {
        case .greeting(let until) where now > until:
            end(settings.fault(mute: .greeting, for: began.duration(to: now)))
        case .subscribing(let until) where now > until:
            let topic = subscriptions.values.first?.filter.description ?? ""
            end(settings.fault(mute: .subscribing(topic), for: settings.answerTimeout))
        case .ready: keepAlive(at: now)
        default: break
        }
        if let packetDeadline, now > packetDeadline {
            breach(.unfinished(framer.underWay?.type))
        }
    }

    /// - Returns: Why the message was not taken.
    mutating func publish(_ message: OutgoingMessage, at now: MonotonicTime) -> UplinkFault? {
        guard case .ready = phase else { return .notConnected }
        guard TopicFilter.isTopic(message.topic), message.key.utf8.count <= SentPacket.longestText
        else { return .refused("the topic or the key is none that MQTT allows") }
        if message.isRetained, !keepsRetained {
            return .unacceptable("the broker keeps no messages for those who come later (retain)")
        }
        if SentPacket.size(of: message, settings.version) > packetLimit {
            return .tooLarge(limit: hasToldLimit ? packetLimit : nil)
        }
        guard waiting.count < Self.waitingLimit else {
            return .refused("\(waiting.count) messages wait for the broker already")
        }
        waiting.append(message)
        sendWaiting(at: now)
        return nil
    }

    /// Says good-bye, where the broker knows this client.
    mutating func leave() {
        switch phase {
        case .subscribing, .ready:
            output += SentPacket.disconnect(.success, settings.version)
            phase = .leaving
        case .greeting, .leaving, .ended: break
        }
    }

    mutating func end(_ fault: UplinkFault) {
        guard self.fault == nil else { return }
        phase = .ended(fault)
    }

    // MARK: - Private

    private var packetDeadline: MonotonicTime? {
        guard let packetBegan, let (_, length) = framer.underWay else { return nil }
        return packetBegan.advanced(
            by: ReceivingLimits.packetTime
                + .seconds(length / ReceivingLimits.packetBytesPerSecond))
    }

    private mutating func keepAlive(at now: MonotonicTime) {
        if let pingUntil {
            guard now > pingUntil else { return }
            end(
                .unreachable(
                    "\(settings.address) has not answered within the keep-alive time"))
        } else if now >= min(lastSent, lastReceived).advanced(by: keepAlive) {
            output += SentPacket.pingreq
            lastSent = now
            pingUntil = now.advanced(by: keepAlive)
        }
    }

    private mutating func checkPace(at now: MonotonicTime) throws(ProtocolBreach) {
        if messages.level(at: now) > messages.capacity / 2 { floodingSince = nil }
        guard messages.level(at: now) < 0 else { return }
        let since = floodingSince ?? now
        floodingSince = since
        if since.duration(to: now) > ReceivingLimits.floodPatience { throw .flood }
    }

    private mutating func breach(_ breach: ProtocolBreach) {
        guard fault == nil else { return }
        if settings.version == .v5, isGreeted {
            output += SentPacket.disconnect(breach.reasonCode, .v5)
        }
        end(settings.fault(breach, isGreeted: isGreeted))
    }

    mutating func nextIdentifier() -> UInt16 {
        repeat {
            lastIdentifier = lastIdentifier == .max ? 1 : lastIdentifier + 1
        } while inFlight[lastIdentifier] != nil
        return lastIdentifier
    }

    mutating func sendWaiting(at now: MonotonicTime) {
        while let message = waiting.first {
            var identifier: UInt16?
            if message.quality == .atLeastOnce {
                guard inFlight.count < receiveMaximum else { return }
                let next = nextIdentifier()
                inFlight[next] = message.token
                identifier = next
            } else {
                // Nobody will say more of it.
                events.append(.accepted(message.token))
            }
            waiting.removeFirst()
            SentPacket.publish(message, identifier, settings.version, into: &output)
            // The platform may acknowledge it.
            messages.spend(-ReceivingLimits.perMessageSent, at: now)
            lastSent = now
        }
    }
}

extension MonotonicTime {
    /// Later than anything.
    static let max = MonotonicTime(nanoseconds: .max)
}

internal import CMosquitto
import Execution
import Glibc
import Telemetry

/// One connection to a broker, from its first packet to its end. Belongs to one thread.
///
/// A new libmosquitto client each time: the certificate files are read anew, and its queue of
/// what was under way goes with it. The socket's owner calls ``serve(_:now:)`` whenever it is
/// ready, and after ``patience`` at the latest.
final class BrokerConnection {
    private enum Phase {
        /// TCP and TLS.
        case opening
        /// Until CONNACK.
        case greeting
        /// Until the last SUBACK.
        case subscribing
        case ready
        /// Until the DISCONNECT is written.
        case leaving
        case ended
    }

    let settings: MQTTConnectionSettings
    /// Why the connection has ended.
    private(set) var fault: UplinkFault?
    private var phase = Phase.opening
    private var hasReachedBroker = false
    /// What went wrong with the socket while the library began to connect.
    private var firstError: CInt = 0
    private var client: OpaquePointer?
    private let deadline: MonotonicTime
    /// Until when the broker's machine must have answered.
    private let reachDeadline: MonotonicTime
    private var events: [UplinkEvent] = []
    /// What came before the subscriptions were all acknowledged: told after ``UplinkEvent/connected``.
    private var early: [UplinkEvent] = []
    private var tokens: [CInt: UInt64] = [:]
    private var subscriptionsUnderWay: [CInt: String] = [:]
    /// The largest packet that the broker takes.
    private var packetLimit: Int?
    /// What the library has said about errors: the only place where TLS tells its reasons.
    private var complaints: [String] = []
    /// What the broker gave as its reason, in CONNACK or DISCONNECT.
    private var reason: UplinkFault?

    init(_ settings: MQTTConnectionSettings, now: MonotonicTime) {
        self.settings = settings
        deadline = now.advanced(by: settings.connectTimeout)
        reachDeadline = now.advanced(by: settings.reachTimeout)
    }

    deinit {
        close()
    }

    var isLeaving: Bool { phase == .leaving && fault == nil }

    var descriptor: CInt { client.map { mosquitto_socket($0) } ?? -1 }

    /// What to poll the socket for.
    var interest: CShort {
        guard let client else { return 0 }
        switch phase {
        case .opening where !hasReachedBroker: return CShort(POLLOUT)
        // The library asks to write all through the TLS handshake, which would never sleep.
        case .opening where settings.tls != nil: return CShort(POLLIN)
        default: return CShort(POLLIN) | (mosquitto_want_write(client) ? CShort(POLLOUT) : 0)
        }
    }

    /// How long the connection can go without ``serve(_:now:)``.
    var patience: Duration {
        if fault != nil { return .zero }
        return phase == .ready
            ? min(max(settings.keepAlive / 8, .seconds(1)), .seconds(5)) : .milliseconds(500)
    }

    /// Begins to connect. Blocks while the broker's name is looked up.
    func open() {
        do throws(UplinkFault) {
            let client = try BrokerClient.make(
                settings, context: Unmanaged.passUnretained(self).toOpaque())
            self.client = client
            setCallbacks(client)
            errno = 0
            let status = BrokerClient.connect(client, settings)
            let error = errno
            guard status == MOSQ_ERR_SUCCESS.rawValue else {
                fault = settings.fault(opening: status, error: error, complaints: complaints)
                return
            }
            // The library has written already, and so taken the error of a refusal.
            if error == ECONNREFUSED || error == ECONNRESET { firstError = error }
            BrokerClient.tune(mosquitto_socket(client))
        } catch {
            fault = error
        }
    }

    /// Reads, writes and keeps alive.
    ///
    /// - Parameter ready: What `poll` found the socket ready for; 0 after ``patience``.
    func serve(_ ready: CShort, now: MonotonicTime) {
        guard fault == nil, let client else { return }
        if phase == .opening {
            proceedToOpen(client, ready)
        } else {
            // Reading comes first: why a broker hangs up must be read before a write fails.
            if ready & CShort(POLLIN | POLLERR | POLLHUP) != 0 {
                check(mosquitto_loop_read(client, 1))
            }
            if fault == nil, ready & CShort(POLLOUT) != 0 {
                check(mosquitto_loop_write(client, 1))
            }
        }
        if fault == nil { check(mosquitto_loop_misc(client)) }
        if fault == nil, phase != .ready, phase != .leaving,
            deadline < now || !hasReachedBroker && reachDeadline < now
        {
            fault = .unreachable(
                hasReachedBroker
                    ? "\(settings.address) does not answer"
                    : "\(settings.address) cannot be reached: Connection timed out")
        }
    }

    private func proceedToOpen(_ client: OpaquePointer, _ ready: CShort) {
        let socket = mosquitto_socket(client)
        if ready & CShort(POLLERR | POLLHUP) != 0 {
            // A TLS alert may lie before the end.
            if settings.tls != nil, ready & CShort(POLLIN) != 0 {
                check(mosquitto_loop_read(client, 1))
                guard fault == nil else { return }
            }
            let pending = BrokerClient.pendingError(of: socket)
            let error = pending != 0 ? pending : firstError
            // The library would try again for ever.
            if error != 0 || ready & CShort(POLLIN) == 0 {
                fault = settings.fault(lost: error)
                if hasReachedBroker || error == ECONNRESET {
                    fault = settings.fault(
                        ending: CInt(MOSQ_ERR_CONN_LOST.rawValue), error: error,
                        complaints: complaints, isGreeted: false)
                }
                return
            }
        }
        if ready & CShort(POLLIN | POLLOUT) != 0 { hasReachedBroker = true }
        guard hasReachedBroker else { return }
        // The library goes on with the TLS handshake where it is asked to read.
        if settings.tls != nil { check(mosquitto_loop_read(client, 1)) }
        if fault == nil { check(mosquitto_loop_write(client, 1)) }
        if fault == nil, phase == .opening, !mosquitto_want_write(client) { phase = .greeting }
    }

    /// Sends a message.
    ///
    /// - Returns: Why it was not taken.
    func publish(_ message: OutgoingMessage) -> UplinkFault? {
        guard phase == .ready, fault == nil, let client else { return .notConnected }
        let size = PublishSize.bytes(of: message, version: settings.version)
        if let packetLimit, size > packetLimit { return .tooLarge(limit: packetLimit) }
        var identifier: CInt = 0
        let status = BrokerClient.publish(client, message, settings.version, &identifier)
        switch mosq_err_t(status) {
        case MOSQ_ERR_SUCCESS:
            // The PUBACK is read by this thread, so it cannot have come yet.
            tokens[identifier] = message.token
            return nil
        case MOSQ_ERR_OVERSIZE_PACKET, MOSQ_ERR_PAYLOAD_SIZE:
            return .tooLarge(limit: packetLimit)
        case MOSQ_ERR_NO_CONN, MOSQ_ERR_CONN_LOST, MOSQ_ERR_ERRNO:
            fault = settings.fault(lost: errno)
            return .notConnected
        default:
            return .refused(BrokerClient.words(status))
        }
    }

    /// Says good-bye. ``isLeaving`` until that is written.
    func leave() {
        guard fault == nil, let client else { return }
        guard phase == .subscribing || phase == .ready else { return }
        phase = .leaving
        let status = mosquitto_disconnect_v5(client, 0, nil)
        if status != MOSQ_ERR_SUCCESS.rawValue || mosquitto_socket(client) < 0 { phase = .ended }
    }

    /// Lets go of the socket and all that is under way.
    func close() {
        phase = .ended
        if let client { mosquitto_destroy(client) }
        client = nil
    }

    func takeEvents() -> [UplinkEvent] {
        if phase == .subscribing, hasSubscribed, subscriptionsUnderWay.isEmpty, fault == nil {
            phase = .ready
            events = [.connected] + early
            early = []
        }
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    /// Takes note of what a call of the library's loop has returned.
    private func check(_ status: CInt) {
        guard fault == nil, let client else { return }
        let error = errno
        if phase == .subscribing, !hasSubscribed, status == MOSQ_ERR_SUCCESS.rawValue {
            subscribe(client)
        }
        if let reason {
            fault = reason
        } else if status != MOSQ_ERR_SUCCESS.rawValue || mosquitto_socket(client) < 0 {
            fault = settings.fault(
                ending: status, error: error, complaints: complaints,
                isGreeted: phase != .opening && phase != .greeting)
        }
    }

    private var hasSubscribed = false

    private func subscribe(_ client: OpaquePointer) {
        hasSubscribed = true
        for topic in settings.subscriptions {
            var identifier: CInt = 0
            let status = mosquitto_subscribe(client, &identifier, topic, 1)
            guard status == MOSQ_ERR_SUCCESS.rawValue else {
                reason = .refused("\(topic) cannot be subscribed: \(BrokerClient.words(status))")
                return
            }
            subscriptionsUnderWay[identifier] = topic
        }
    }
}

// MARK: - What the library calls

extension BrokerConnection {
    private func setCallbacks(_ client: OpaquePointer) {
        mosquitto_log_callback_set(client) { _, context, level, text in
            // Errors hold paths and OpenSSL's words, nothing secret; the other levels are chatter.
            guard level == MOSQ_LOG_ERR, let text else { return }
            BrokerConnection.of(context)?.complain(String(cString: text))
        }
        mosquitto_connect_v5_callback_set(client) { _, context, code, _, properties in
            BrokerConnection.of(context)?.greeted(code, properties)
        }
        mosquitto_subscribe_v5_callback_set(client) { _, context, identifier, count, granted, _ in
            let codes = UnsafeBufferPointer(start: granted, count: Int(count))
            BrokerConnection.of(context)?.subscribed(
                identifier, isGranted: codes.allSatisfy { $0 < 128 })
        }
        mosquitto_publish_v5_callback_set(client) { _, context, identifier, code, _ in
            BrokerConnection.of(context)?.acknowledged(identifier, code)
        }
        mosquitto_message_v5_callback_set(client) { _, context, message, _ in
            BrokerConnection.of(context)?.received(message)
        }
        mosquitto_disconnect_v5_callback_set(client) { _, context, code, _ in
            BrokerConnection.of(context)?.dismissed(code)
        }
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> BrokerConnection? {
        context.map { Unmanaged<BrokerConnection>.fromOpaque($0).takeUnretainedValue() }
    }

    private func complain(_ words: String) {
        if complaints.count < 16 { complaints.append(words) }
    }

    private func greeted(_ code: CInt, _ properties: OpaquePointer?) {
        guard code == 0 else {
            reason = settings.fault(greeting: code)
            return
        }
        var limit: UInt32 = 0
        if mosquitto_property_read_int32(
            properties, CInt(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue), &limit, false) != nil
        {
            packetLimit = Int(limit)
        }
        phase = .subscribing
    }

    private func subscribed(_ identifier: CInt, isGranted: Bool) {
        guard let topic = subscriptionsUnderWay.removeValue(forKey: identifier) else { return }
        if !isGranted { reason = .notAuthorized("the broker forbids to subscribe to \(topic)") }
    }

    private func acknowledged(_ identifier: CInt, _ code: CInt) {
        guard let token = tokens.removeValue(forKey: identifier) else { return }
        events.append(
            code < 128
                ? .accepted(token)
                : .refused(token, settings.fault(dismissing: code, limit: packetLimit)))
    }

    private func received(_ message: UnsafePointer<mosquitto_message>?) {
        guard let message = message?.pointee, let topic = message.topic else { return }
        let payload = UnsafeRawBufferPointer(
            start: message.payload, count: Int(max(0, message.payloadlen)))
        let event = UplinkEvent.received(topic: String(cString: topic), payload: Array(payload))
        if phase == .subscribing { early.append(event) } else { events.append(event) }
    }

    /// A DISCONNECT of the broker (MQTT 5), our own, or any other end.
    private func dismissed(_ code: CInt) {
        // Below 128 these are the library's own codes, which its calls return as well.
        guard code >= 128 else { return }
        reason = settings.fault(dismissing: code, limit: packetLimit)
    }
}

internal import CMosquitto
import Execution
import Glibc

/// A subscriber's persistent session at a broker. Belongs to one thread, which calls ``step()``
/// again and again; the messages collect in between.
///
/// A broker's PUBACK follows at once when a message was received; only the acknowledgement the
/// platform publishes says that it is safe.
final class BrokerConnection {
    private let client: OpaquePointer
    private let inbox: BrokerInbox
    private let address: BrokerAddress
    private var backoff = Backoff(initial: .milliseconds(200), maximum: .seconds(5))
    private var random: SeededRandom
    private var retryAt: MonotonicTime?

    /// - Parameter topics: What is subscribed at QoS 1 with each new connection.
    init(
        _ address: BrokerAddress, files: BrokerFiles?, clientIdentifier: String, topics: [String]
    ) throws(BrokerError) {
        mosquitto_lib_init()
        inbox = BrokerInbox(topics: topics)
        random = SeededRandom(seed: UInt64(getpid()))
        let pointer = Unmanaged.passUnretained(inbox).toOpaque()
        guard let client = mosquitto_new(clientIdentifier, false, pointer) else {
            throw .client(errno: errno)
        }
        self.client = client
        self.address = address
        if address.isEncrypted { try Self.secure(client, files) }
        mosquitto_connect_callback_set(client) { client, context, code in
            BrokerInbox.of(context)?.connected(client, code)
        }
        mosquitto_subscribe_callback_set(client) { _, context, _, _, _ in
            BrokerInbox.of(context)?.subscribed()
        }
        mosquitto_publish_callback_set(client) { _, context, _ in
            BrokerInbox.of(context)?.unconfirmed -= 1
        }
        mosquitto_disconnect_callback_set(client) { _, context, code in
            BrokerInbox.of(context)?.disconnected(code)
        }
        mosquitto_message_callback_set(client) { _, context, message in
            BrokerInbox.of(context)?.received(message)
        }
    }

    deinit {
        mosquitto_destroy(client)
        mosquitto_lib_cleanup()
    }

    /// Works for at most a tenth of a second, and reconnects where it has to.
    ///
    /// - Returns: What has arrived and happened since.
    func step() -> [BrokerEvent] {
        if let retryAt {
            let pause = min(.milliseconds(100), PreciseWait.now().duration(to: retryAt))
            if pause > .zero {
                usleep(UInt32(pause.nanoseconds / 1_000))
                return inbox.take()
            }
            self.retryAt = nil
            let status = mosquitto_connect(client, address.host, CInt(address.port), 30)
            if status != 0 { fail(status) }
        } else {
            let status = mosquitto_loop(client, 100, 1)
            if status != 0 { fail(status) }
        }
        if inbox.isWelcome { backoff.reset() }
        return inbox.take()
    }

    /// Begins to connect; ``step()`` goes on with it.
    func start() {
        retryAt = PreciseWait.now()
    }

    /// Publishes at QoS 1. While the connection is down the message waits for the next.
    func publish(_ payload: [UInt8], to topic: String) {
        // What cannot be sent is sent again: the gateway repeats what is not acknowledged.
        let status = mosquitto_publish(client, nil, topic, CInt(payload.count), payload, 1, false)
        if status == 0 { inbox.unconfirmed += 1 }
    }

    /// Ends the connection once the broker has confirmed what was published, or after a second.
    ///
    /// A connection closed at once would be reset while the broker's confirmations are under
    /// way, and what was just published be lost with it.
    func finish() {
        let end = PreciseWait.now().advanced(by: .seconds(1))
        while inbox.isWelcome, inbox.unconfirmed > 0, PreciseWait.now() < end {
            mosquitto_loop(client, 50, 1)
        }
        mosquitto_disconnect(client)
        while inbox.isWelcome, PreciseWait.now() < end, mosquitto_loop(client, 50, 1) == 0 {}
    }

    private func fail(_ status: CInt) {
        let reason = mosquitto_strerror(status).map { String(cString: $0) } ?? "error \(status)"
        inbox.fail(reason)
        retryAt = PreciseWait.now().advanced(by: backoff.next(using: &random))
    }

    private static func secure(
        _ client: OpaquePointer, _ files: BrokerFiles?
    ) throws(BrokerError) {
        guard let files else { throw .noAuthority }
        for file in [files.authority, files.certificate, files.key].compactMap(\.self)
        where access(file, R_OK) != 0 {
            throw .files("\(file): \(SystemError.text(errno))")
        }
        let status = mosquitto_tls_set(
            client, files.authority, nil, files.certificate, files.key, nil)
        guard status == 0 else {
            throw .files(String(cString: mosquitto_strerror(status)))
        }
        // 1: the broker's certificate must be signed by the authority.
        mosquitto_tls_opts_set(client, 1, "tlsv1.2", nil)
    }
}

/// What a broker connection has to tell.
enum BrokerEvent: Hashable, Sendable {
    /// Connected, and all subscriptions confirmed.
    case subscribed
    case disconnected(reason: String)
    case message(topic: String, payload: [UInt8])
}

/// Why there is no connection at all.
package enum BrokerError: Error, Hashable {
    case client(errno: Int32)
    /// `mqtts` needs to know who signs the broker's certificate.
    case noAuthority
    case files(String)
}

extension BrokerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .client(let errno): "no MQTT client: \(SystemError.text(errno))"
        case .noAuthority: "mqtts:// needs --ca, the certificate of who signed the broker's"
        case .files(let reason): "the certificate files cannot be used: \(reason)"
        }
    }
}

/// Where libmosquitto's callbacks leave what they bring. They run within `mosquitto_loop`, on
/// the thread of the connection's owner.
private final class BrokerInbox {
    private let topics: [String]
    private var events: [BrokerEvent] = []
    private(set) var isWelcome = false
    private var lastReason = ""
    /// Published, but not yet confirmed by the broker.
    var unconfirmed = 0
    /// Subscriptions that the broker has not confirmed yet.
    private var subscriptionsOpen = 0

    init(topics: [String]) {
        self.topics = topics
    }

    static func of(_ context: UnsafeMutableRawPointer?) -> BrokerInbox? {
        context.map { Unmanaged<BrokerInbox>.fromOpaque($0).takeUnretainedValue() }
    }

    func take() -> [BrokerEvent] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    func connected(_ client: OpaquePointer?, _ code: CInt) {
        guard code == 0 else {
            fail(String(cString: mosquitto_connack_string(code)))
            return
        }
        isWelcome = true
        subscriptionsOpen = topics.count
        for topic in topics { mosquitto_subscribe(client, nil, topic, 1) }
    }

    func subscribed() {
        subscriptionsOpen -= 1
        if subscriptionsOpen == 0 { events.append(.subscribed) }
    }

    func disconnected(_ code: CInt) {
        fail(code == 0 ? "closed" : String(cString: mosquitto_strerror(code)))
    }

    func fail(_ reason: String) {
        let isNews = isWelcome || reason != lastReason
        isWelcome = false
        lastReason = reason
        // Refusals repeat with every attempt: one is enough to know.
        if isNews { events.append(.disconnected(reason: reason)) }
    }

    func received(_ message: UnsafePointer<mosquitto_message>?) {
        guard let message = message?.pointee, let topic = message.topic else { return }
        let payload = UnsafeRawBufferPointer(
            start: message.payload, count: Int(max(0, message.payloadlen)))
        events.append(.message(topic: String(cString: topic), payload: Array(payload)))
    }
}

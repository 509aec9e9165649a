internal import CMosquitto
import Glibc
import Telemetry

/// The calls of libmosquitto that make a client and send with it.
enum BrokerClient {
    /// The largest packet a broker of MQTT 5 may send to the gateway.
    static let receiveLimit: UInt32 = 1 << 20
    /// How long a broker of MQTT 5 keeps the session of a gateway that is away, in seconds.
    static let sessionExpirySeconds: UInt32 = 86_400
    /// How long sent bytes may stay unacknowledged by the other machine.
    static let unacknowledgedMilliseconds: CInt = 20_000

    // Never cleaned up: the library counts without a lock.
    private static let library: CInt = mosquitto_lib_init()

    /// Makes a client with the settings' session, login and certificates.
    static func make(
        _ settings: MQTTConnectionSettings, context: UnsafeMutableRawPointer
    ) throws(UplinkFault) -> OpaquePointer {
        precondition(library == MOSQ_ERR_SUCCESS.rawValue, "libmosquitto cannot be used")
        let login = try settings.login?.read()
        guard let client = mosquitto_new(settings.clientID, false, context) else {
            throw .refused("no MQTT client can be made: \(String(cString: strerror(errno)))")
        }
        do throws(UplinkFault) {
            let version = settings.version == .v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
            mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, version)
            mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1)
            if let login {
                try require(
                    mosquitto_username_pw_set(client, login.user, login.password),
                    else: .notAuthorized("the user or the password is not usable text"))
            }
            if let tls = settings.tls { try secure(client, tls) }
        } catch {
            mosquitto_destroy(client)
            throw error
        }
        return client
    }

    private static func secure(
        _ client: OpaquePointer, _ tls: MQTTConnectionSettings.TLS
    ) throws(UplinkFault) {
        for path in [tls.authority, tls.identity?.certificate, tls.identity?.key] {
            guard let path, access(path, R_OK) != 0 else { continue }
            throw .certificate("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        // A key with a pass phrase must not make OpenSSL ask at the terminal.
        let status = mosquitto_tls_set(
            client, tls.authority, nil, tls.identity?.certificate, tls.identity?.key,
            { _, _, _, _ in 0 })
        try require(status, else: .certificate("the certificate files cannot be used"))
        // 1: the broker's certificate must be signed by the authority, and be for its name.
        try require(
            mosquitto_tls_opts_set(client, 1, "tlsv1.2", nil),
            else: .certificate("TLS 1.2 is not available"))
        try require(
            mosquitto_tls_insecure_set(client, false),
            else: .certificate("the broker's name cannot be checked"))
    }

    /// Begins to connect, without waiting for the broker.
    static func connect(_ client: OpaquePointer, _ settings: MQTTConnectionSettings) -> CInt {
        if settings.version == .v5 {
            var properties: OpaquePointer?
            defer { mosquitto_property_free_all(&properties) }
            mosquitto_property_add_int32(
                &properties, CInt(MQTT_PROP_SESSION_EXPIRY_INTERVAL.rawValue), sessionExpirySeconds)
            mosquitto_property_add_int32(
                &properties, CInt(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue), receiveLimit)
            // The library cannot connect without blocking and with properties. It keeps the
            // properties of a call that fails for want of a host, and sends them with the next.
            mosquitto_connect_bind_v5(client, nil, CInt(settings.port), 0, nil, properties)
        }
        return mosquitto_connect_async(
            client, settings.host, CInt(settings.port),
            CInt(settings.keepAlive.components.seconds))
    }

    /// Ends a connection whose way is cut, and keeps it from the programs we start.
    static func tune(_ socket: CInt) {
        var patience = unacknowledgedMilliseconds
        setsockopt(
            socket, CInt(IPPROTO_TCP), TCP_USER_TIMEOUT, &patience,
            socklen_t(MemoryLayout<CInt>.size))
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    }

    static func pendingError(of socket: CInt) -> CInt {
        var error: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size)
        return error
    }

    static func publish(
        _ client: OpaquePointer, _ message: OutgoingMessage,
        _ version: MQTTConnectionSettings.ProtocolVersion, _ identifier: inout CInt
    ) -> CInt {
        guard let length = CInt(exactly: message.payload.count) else {
            return CInt(MOSQ_ERR_PAYLOAD_SIZE.rawValue)
        }
        var properties: OpaquePointer?
        defer { mosquitto_property_free_all(&properties) }
        if version == .v5 {
            let status = mosquitto_property_add_string_pair(
                &properties, CInt(MQTT_PROP_USER_PROPERTY.rawValue), PublishSize.keyName,
                message.key)
            guard status == MOSQ_ERR_SUCCESS.rawValue else { return status }
        }
        return mosquitto_publish_v5(
            client, &identifier, message.topic, length, message.payload, 1, false, properties)
    }

    static func words(_ status: CInt) -> String {
        String(cString: mosquitto_strerror(status))
    }

    private static func require(
        _ status: CInt, else fault: UplinkFault
    ) throws(UplinkFault) {
        guard status == MOSQ_ERR_SUCCESS.rawValue else { throw fault }
    }
}

extension MQTTConnectionSettings.Login {
    /// The user, and the first line of the password file.
    fileprivate func read() throws(UplinkFault) -> (user: String, password: String?) {
        guard let passwordFile else { return (user, nil) }
        guard let file = fopen(passwordFile, "re") else {
            throw .notAuthorized(
                "the password file \(passwordFile) cannot be read: "
                    + String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4_096)
        guard fgets(&line, CInt(line.count), file) != nil else {
            throw .notAuthorized("the password file \(passwordFile) is empty")
        }
        let text = line.prefix { ![0, 10, 13].contains($0) }.map { UInt8(bitPattern: $0) }
        return (user, String(decoding: text, as: UTF8.self))
    }
}

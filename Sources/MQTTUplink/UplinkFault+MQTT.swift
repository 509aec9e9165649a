import Execution
import Glibc
import MQTT
import Telemetry

/// What ends a connection, in words an installer can act on.
extension MQTTConnectionSettings {
    /// The broker, as faults name it.
    var address: String { broker.address }

    /// What a broker that is silent was to do.
    enum Silence: Hashable {
        case reaching
        case securing
        case greeting
        case subscribing(String)
    }

    /// Why a broker that does not go on is given up.
    func fault(mute silence: Silence, for duration: Duration) -> UplinkFault {
        let time =
            duration < .seconds(1)
            ? "\(duration.milliseconds) ms" : "\(duration.components.seconds) s"
        switch silence {
        case .reaching:
            return .unreachable("\(address) cannot be reached: Connection timed out")
        case .securing:
            return .unreachable(
                "\(address) accepted the connection and did not end the TLS handshake within "
                    + "\(time): does this port speak TLS?")
        case .greeting:
            return .unreachable(
                "\(address) accepted the connection and sent no CONNACK for \(time): is this a "
                    + "port for MQTT" + (broker.tls == nil ? ", and does it expect TLS?" : "?"))
        case .subscribing(let topic):
            return .unreachable(
                "\(address) accepted the client and did not confirm its subscription to \(topic) "
                    + "within \(time)")
        }
    }

    /// Why a broker that breaks the rules is given up.
    func fault(_ breach: ProtocolBreach, isGreeted: Bool) -> UplinkFault {
        guard !isGreeted, case .unknown(let first) = breach else {
            return .refused("\(address) \(breach.words)")
        }
        // 0x15 is the type of a TLS alert. Source: RFC 8446, section 5.1.
        return .refused(
            broker.tls == nil && first == 0x15
                ? "\(address) expects TLS: write mqtts://" : "\(address) does not speak MQTT")
    }

    /// What came and was let go.
    func fault(letGo topic: String, bytes: Int) -> UplinkFault {
        .refused(
            "\(address) sent a message of \(bytes) bytes to \(topic.prefix(200)); the gateway "
                + "takes \(ReceivingLimits.packetBytes) and has let it go")
    }

    var closedUnanswered: UplinkFault {
        let question =
            broker.tls == nil
            ? "does it expect TLS?" : "does it speak TLS, and accept the gateway's certificate?"
        return .refused("\(address) closed the connection without an answer; \(question)")
    }

    /// The broker hung up and gave no reason.
    var hungUp: UplinkFault { .refused("the broker closed the connection") }

    /// Why the way to the broker is cut.
    func fault(lost error: CInt) -> UplinkFault {
        .unreachable("\(address) cannot be reached: \(SystemError.text(error))")
    }

    /// Why a broker does not accept the client. Source: MQTT 3.1.1, table 3.1; MQTT 5.0, 3.2.2.2.
    func fault(greeting code: UInt8, words: String?) -> UplinkFault {
        guard code < 0x80 else {
            return fault(dismissing: ReasonCode(rawValue: code), words: words, limit: nil)
        }
        switch code {
        case 1: return unsupportedVersion
        case 2:
            return .notAuthorized(
                "the broker does not accept the client identifier \(broker.clientID)")
        case 3: return .refused("the broker says that it is not available at the moment")
        case 4: return .notAuthorized("the broker does not accept the user or the password")
        case 5: return .notAuthorized("the broker does not accept this client")
        default: return .refused("the broker does not accept this client (return code \(code))")
        }
    }

    /// What a reason code of MQTT 5 means.
    ///
    /// - Parameter words: The broker's own.
    func fault(dismissing code: ReasonCode, words: String?, limit: Int?) -> UplinkFault {
        let told = code.words + (words.map { " (\($0))" } ?? "")
        switch code {
        case .success: return .refused("the broker ended the connection")
        case .sessionTakenOver: return .takenOver
        case .packetTooLarge: return .tooLarge(limit: limit)
        case .unsupportedProtocolVersion: return unsupportedVersion
        case .clientIdentifierNotValid: return fault(greeting: 2, words: nil)
        case .badUserNameOrPassword: return fault(greeting: 4, words: nil)
        case .notAuthorized, .banned, .badAuthenticationMethod: return .notAuthorized(told)
        case .payloadFormatInvalid, .topicNameInvalid: return .unacceptable(told)
        default: return .refused(told)
        }
    }

    private var unsupportedVersion: UplinkFault {
        broker.version == .v5
            ? .refused("\(address) does not speak MQTT 5: write version: 3.1.1")
            : .refused("\(address) does not speak MQTT 3.1.1: write version: 5")
    }
}

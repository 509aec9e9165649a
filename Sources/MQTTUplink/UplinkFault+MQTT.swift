internal import CMosquitto
import Glibc
import Telemetry

/// The library's and the broker's codes in words an installer can act on.
extension MQTTConnectionSettings {
    /// The broker, as faults name it.
    var address: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private var closedUnanswered: UplinkFault {
        let question =
            tls == nil
            ? "does it expect TLS?" : "does it speak TLS, and accept the gateway's certificate?"
        return .refused("\(address) closed the connection without an answer; \(question)")
    }

    /// Why no connection could be begun.
    func fault(opening status: CInt, error: CInt, complaints: [String]) -> UplinkFault {
        switch mosq_err_t(status) {
        case MOSQ_ERR_EAI:
            return .unreachable("\(host) is not found: \(String(cString: gai_strerror(error)))")
        default:
            // A quick broker can have ended a connection before the first call returns.
            return fault(ending: status, error: error, complaints: complaints, isGreeted: false)
        }
    }

    /// Why the way to the broker is cut.
    func fault(lost error: CInt) -> UplinkFault {
        error == 0
            ? .unreachable("the connection to \(address) was lost")
            : .unreachable("\(address) cannot be reached: \(String(cString: strerror(error)))")
    }

    /// Why a connection has ended.
    ///
    /// - Parameter isGreeted: Whether the broker had accepted the client.
    func fault(
        ending status: CInt, error: CInt, complaints: [String], isGreeted: Bool
    ) -> UplinkFault {
        switch mosq_err_t(status) {
        case _ where !complaints.isEmpty && tls != nil:
            return certificateFault(complaints)
        case MOSQ_ERR_TLS:
            return certificateFault(complaints)
        case MOSQ_ERR_KEEPALIVE:
            return .unreachable("\(address) has not answered within the keep-alive time")
        // TLS makes a protocol error of a connection that was reset.
        case MOSQ_ERR_ERRNO where ![EPROTO, EPIPE, ECONNRESET].contains(error):
            return fault(lost: error)
        case MOSQ_ERR_CONN_LOST, MOSQ_ERR_ERRNO, MOSQ_ERR_SUCCESS, MOSQ_ERR_NO_CONN:
            return isGreeted ? .refused("the broker closed the connection") : closedUnanswered
        default:
            return .refused("\(address): \(BrokerClient.words(status))")
        }
    }

    /// Why a broker does not accept the client. Source: MQTT 3.1.1, table 3.1; MQTT 5.0, 3.2.2.2.
    func fault(greeting code: CInt) -> UplinkFault {
        guard code < 128 else { return fault(dismissing: code, limit: nil) }
        switch code {
        case 2:
            return .notAuthorized("the broker does not accept the client identifier \(clientID)")
        case 4: return .notAuthorized("the broker does not accept the user or the password")
        case 5: return .notAuthorized("the broker does not accept this client")
        default: return .refused(String(cString: mosquitto_connack_string(code)))
        }
    }

    /// What a reason code of MQTT 5 means. Source: MQTT 5.0, section 2.4.
    func fault(dismissing code: CInt, limit: Int?) -> UplinkFault {
        switch mqtt5_return_codes(UInt32(code)) {
        case MQTT_RC_SESSION_TAKEN_OVER: return .takenOver
        case MQTT_RC_PACKET_TOO_LARGE: return .tooLarge(limit: limit)
        case MQTT_RC_CLIENTID_NOT_VALID: return fault(greeting: 2)
        case MQTT_RC_BAD_USERNAME_OR_PASSWORD: return fault(greeting: 4)
        case MQTT_RC_NOT_AUTHORIZED, MQTT_RC_BANNED, MQTT_RC_BAD_AUTHENTICATION_METHOD:
            return .notAuthorized(String(cString: mosquitto_reason_string(code)))
        case MQTT_RC_PAYLOAD_FORMAT_INVALID, MQTT_RC_TOPIC_NAME_INVALID:
            return .unacceptable(String(cString: mosquitto_reason_string(code)))
        default: return .refused(String(cString: mosquitto_reason_string(code)))
        }
    }

    /// What TLS complained about: the broker's certificate, ours, or our files.
    private func certificateFault(_ complaints: [String]) -> UplinkFault {
        let all = complaints.joined(separator: "; ")
        func tells(_ words: String...) -> Bool { words.contains(where: all.contains) }
        let authority = tls?.authority ?? ""
        let identity = tls?.identity
        if tells("host name verification failed") {
            return .certificate("the broker's certificate is not for the name \(host)")
        }
        if tells("Unable to load CA certificates") {
            return .certificate("\(authority) holds no certificate that can be used")
        }
        if tells("Unable to load client certificate") {
            return .certificate(
                "\(identity?.certificate ?? "") holds no certificate that can be used")
        }
        if tells("inconsistent", "key values mismatch") {
            return .certificate(
                "\(identity?.key ?? "") is not the key of \(identity?.certificate ?? "")")
        }
        if tells("Unable to load client key file") {
            return .certificate(
                "\(identity?.key ?? "") holds no key that can be used without a pass phrase")
        }
        if tells("certificate verify failed") {
            return .certificate(
                "the broker's certificate is not signed by \(authority), or not valid at the "
                    + "time of this machine's clock")
        }
        if tells("wrong version number", "packet length too long", "record layer failure") {
            return .refused("\(address) does not speak TLS")
        }
        if tells("alert") {
            let words = complaints.first { $0.contains("alert") }.map(Self.reason) ?? all
            return .certificate(
                identity == nil
                    ? "the broker asks for a certificate of the gateway, and none is set (\(words))"
                    : "the broker does not accept the gateway's certificate (\(words))")
        }
        if tells("unexpected eof") {
            return closedUnanswered
        }
        return .certificate(all.isEmpty ? "TLS failed" : Self.reason(all))
    }

    /// The last part of OpenSSL's `error:0A000086:SSL routines::certificate verify failed`.
    private static func reason(_ complaint: String) -> String {
        complaint.split(separator: ":").last.map(String.init) ?? complaint
    }
}

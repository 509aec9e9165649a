internal import COpenSSL

/// What OpenSSL has noted as errors of the calling thread.
struct TLSErrors {
    enum Kind: Hashable {
        /// The broker's certificate was not accepted.
        case untrusted
        /// A key and a certificate that do not belong together.
        case mismatch
        /// What came is not TLS.
        case foreign
    }

    private var kinds: Set<Kind> = []
    /// The alert that the broker has sent, in OpenSSL's words.
    private(set) var alert: String?
    /// Whether it is about the gateway's certificate, as far as alerts tell.
    private(set) var isAboutIdentity = false
    /// All of them in OpenSSL's words.
    private(set) var words = ""

    /// Takes the errors off the thread.
    static func take() -> TLSErrors {
        var errors = TLSErrors()
        while true {
            let code = ERR_get_error()
            guard code != 0 else { return errors }
            let text = ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
            errors.note(linli_error_reason(code), text)
        }
    }

    func contains(_ kind: Kind) -> Bool { kinds.contains(kind) }

    private mutating func note(_ reason: CInt, _ text: String) {
        words += words.isEmpty ? text : "; \(text)"
        // Reasons from here on are alerts of the other side. Source: ssl.h.
        if reason > SSL_AD_REASON_OFFSET, reason < SSL_AD_REASON_OFFSET + 256 {
            alert = text
            isAboutIdentity = Self.alertsOfIdentity.contains(reason - SSL_AD_REASON_OFFSET)
        }
        switch reason {
        case SSL_R_CERTIFICATE_VERIFY_FAILED: kinds.insert(.untrusted)
        case _ where linli_is_foreign(reason) != 0: kinds.insert(.foreign)
        case X509_R_KEY_VALUES_MISMATCH, X509_R_KEY_TYPE_MISMATCH: kinds.insert(.mismatch)
        default: break
        }
    }

    /// handshake_failure, the alerts on certificates, access_denied, certificate_required.
    /// Source: RFC 8446, section 6.
    private static let alertsOfIdentity: Set<CInt> = [40, 41, 42, 43, 44, 45, 46, 48, 49, 51, 116]
}

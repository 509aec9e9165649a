import Execution
internal import COpenSSL
import Glibc
import MQTT
import Telemetry

/// TLS as a transformation of bytes: what comes from the wire goes in at one end, what the broker
/// said comes out at the other. It touches no socket. Belongs to one thread.
final class SecureChannel {
    enum Opening: Hashable {
        case underWay
        case done
    }

    private let settings: MQTTConnectionSettings
    private let context: OpaquePointer
    private let connection: OpaquePointer
    /// What came from the wire and what goes there: owned by `connection`.
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// Reads the certificate files.
    init(_ settings: MQTTConnectionSettings, _ tls: TLSFiles) throws(UplinkFault) {
        for file in [tls.authority, tls.identity?.certificate, tls.identity?.key] {
            guard let path = file?.path, access(path, R_OK) != 0 else { continue }
            throw .certificate("\(path) cannot be read: \(SystemError.text(errno))")
        }
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_client_method()) else {
            throw .certificate("TLS is not available")
        }
        do throws(UplinkFault) {
            try Self.configure(context, tls)
        } catch {
            SSL_CTX_free(context)
            throw error
        }
        guard let connection = SSL_new(context) else {
            SSL_CTX_free(context)
            throw .certificate("TLS is not available")
        }
        guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
            fatalError("no memory for TLS")
        }
        SSL_set_bio(connection, incoming, outgoing)
        SSL_set_connect_state(connection)
        self.settings = settings
        self.context = context
        self.connection = connection
        self.incoming = incoming
        self.outgoing = outgoing
        // An address is a name of its own kind in a certificate, and none for SNI.
        let parameters = SSL_get0_param(connection)
        if X509_VERIFY_PARAM_set1_ip_asc(parameters, settings.host) != 1 {
            guard SSL_set1_host(connection, settings.host) == 1,
                linli_set_server_name(connection, settings.host) == 1
            else { throw .certificate("\(settings.host) cannot be the name of a broker") }
        }
        ERR_clear_error()
    }

    deinit {
        SSL_free(connection)
        SSL_CTX_free(context)
        ERR_clear_error()
    }

    private static func configure(
        _ context: OpaquePointer, _ tls: TLSFiles
    ) throws(UplinkFault) {
        guard linli_tls12_at_least(context) == 1 else {
            throw .certificate("TLS 1.2 is not available")
        }
        linli_set_modest(context)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        // A key with a pass phrase must not make OpenSSL ask at the terminal.
        SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in 0 }
        guard SSL_CTX_load_verify_locations(context, tls.authority.path, nil) == 1 else {
            throw .certificate("\(tls.authority.path) holds no certificate that can be used")
        }
        guard let identity = tls.identity else { return }
        let (certificate, key) = (identity.certificate.path, identity.key.path)
        guard SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
            throw .certificate("\(certificate) holds no certificate that can be used")
        }
        guard SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 else {
            throw TLSErrors.take().contains(.mismatch)
                ? .certificate("\(key) is not the key of \(certificate)")
                : .certificate(
                    "\(key) holds no key that can be used without a pass phrase")
        }
        guard SSL_CTX_check_private_key(context) == 1 else {
            throw .certificate("\(key) is not the key of \(certificate)")
        }
    }

    // MARK: - Bytes

    /// Takes bytes from the wire.
    func receive(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { _ = BIO_write(incoming, $0.baseAddress, CInt($0.count)) }
    }

    /// Goes on with the handshake.
    func open() throws(UplinkFault) -> Opening {
        ERR_clear_error()
        let status = SSL_do_handshake(connection)
        if status == 1 { return .done }
        guard SSL_get_error(connection, status) == SSL_ERROR_WANT_READ else {
            throw handshakeFault()
        }
        return .underWay
    }

    /// Reads what the broker said.
    ///
    /// - Returns: How many bytes; 0 where no more is there, `nil` where the broker has ended.
    func read(into buffer: inout [UInt8]) throws(UplinkFault) -> Int? {
        ERR_clear_error()
        let count = buffer.withUnsafeMutableBytes {
            SSL_read(connection, $0.baseAddress, CInt($0.count))
        }
        if count > 0 { return Int(count) }
        switch SSL_get_error(connection, count) {
        case SSL_ERROR_WANT_READ: return 0
        case SSL_ERROR_ZERO_RETURN: return nil
        default: throw fault(TLSErrors.take())
        }
    }

    func write(_ bytes: ArraySlice<UInt8>) throws(UplinkFault) {
        guard !bytes.isEmpty else { return }
        ERR_clear_error()
        let status = bytes.withUnsafeBytes {
            SSL_write(connection, $0.baseAddress, CInt($0.count))
        }
        // Memory takes everything: nothing less than all is ever written.
        guard status == CInt(bytes.count) else { throw fault(TLSErrors.take()) }
    }

    /// What is to be sent over the wire, up to the size of the buffer; 0 where nothing is.
    func takeOutput(into buffer: inout [UInt8]) -> Int {
        guard BIO_ctrl_pending(outgoing) > 0 else { return 0 }
        return buffer.withUnsafeMutableBytes {
            max(0, Int(BIO_read(outgoing, $0.baseAddress, CInt($0.count))))
        }
    }

    // MARK: - Faults

    private func handshakeFault() -> UplinkFault {
        let errors = TLSErrors.take()
        let result = SSL_get_verify_result(connection)
        guard errors.contains(.untrusted) || result != X509_V_OK else { return fault(errors) }
        let authority = settings.tls?.authority.path ?? ""
        switch CInt(result) {
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            return .certificate("the broker's certificate is not for the name \(settings.host)")
        case X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED:
            return .certificate(
                "the broker's certificate is not valid at the time of this machine's clock ("
                    + String(cString: X509_verify_cert_error_string(result)) + ")")
        default:
            return .certificate(
                "the broker's certificate is not signed by \(authority) ("
                    + String(cString: X509_verify_cert_error_string(result)) + ")")
        }
    }

    private func fault(_ errors: TLSErrors) -> UplinkFault {
        if let alert = errors.alert {
            guard errors.isAboutIdentity else {
                return .refused("\(settings.address) broke TLS off (\(alert))")
            }
            return .certificate(
                settings.tls?.identity == nil
                    ? "the broker asks for a certificate of the gateway, and none is set (\(alert))"
                    : "the broker does not accept the gateway's certificate (\(alert))")
        }
        if errors.contains(.foreign) {
            return .refused("\(settings.address) does not speak TLS")
        }
        return .certificate(errors.words.isEmpty ? "TLS failed" : errors.words)
    }
}

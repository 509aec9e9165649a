/// How one broker is reached, and as whom.
///
/// Files are named, not held: they are read anew for each connection, so that a renewed
/// certificate or password works without a restart.
package struct BrokerAccess: Hashable, Sendable {
    /// A name or an address, IPv6 without brackets. With TLS the broker's certificate must be for
    /// this name.
    package var host: String
    package var port: UInt16
    /// Present for `mqtts://`; without it nothing is encrypted.
    package var tls: TLSFiles?
    package var version: ProtocolVersion
    /// Unique on the broker: a second client of the same identifier throws out the first.
    package var clientID: String
    package var login: Login?
    /// Whole seconds, at least 5. A silent broker is noticed after at most twice this.
    package var keepAlive: Duration

    package init(
        host: String, port: UInt16, tls: TLSFiles? = nil, version: ProtocolVersion,
        clientID: String, login: Login? = nil, keepAlive: Duration = .seconds(30)
    ) {
        precondition(!clientID.isEmpty, "a session needs a client identifier")
        precondition(keepAlive >= .seconds(5), "a keep-alive below 5 s costs more than it finds")
        self.host = host
        self.port = port
        self.tls = tls
        self.version = version
        self.clientID = clientID
        self.login = login
        self.keepAlive = keepAlive
    }

    /// Host and port, as URLs and faults name them.
    package var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// A user, and the file whose first line is the password.
    package struct Login: Hashable, Sendable {
        package var user: String
        package var password: CredentialFile?

        package init(user: String, password: CredentialFile? = nil) {
            self.user = user
            self.password = password
        }
    }
}

/// The files of a TLS connection, all in PEM.
package struct TLSFiles: Hashable, Sendable {
    /// Who may have signed the broker's certificate.
    package var authority: CredentialFile
    /// The client's own certificate, with its chain, and its key, where the broker asks for them.
    package var identity: Identity?

    package init(authority: CredentialFile, identity: Identity? = nil) {
        self.authority = authority
        self.identity = identity
    }

    package struct Identity: Hashable, Sendable {
        package var certificate: CredentialFile
        package var key: CredentialFile

        package init(certificate: CredentialFile, key: CredentialFile) {
            self.certificate = certificate
            self.key = key
        }
    }
}

/// A file with a certificate, a key or a password.
package struct CredentialFile: Hashable, Sendable {
    package let path: String
    /// Tells a renewed file from the old one, so that a reload sees the change; 0 where nobody
    /// looked. Not for secrets to be recognised by: 64 bits, FNV-1a.
    package let fingerprint: UInt64

    package init(path: String, fingerprint: UInt64 = 0) {
        self.path = path
        self.fingerprint = fingerprint
    }
}

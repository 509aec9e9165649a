/// How an MQTT broker is reached.
package struct MQTTSettings: Hashable, Sendable {
    /// A name or an address, IPv6 without brackets.
    package let host: String
    package let port: UInt16
    /// Present for `mqtts://`; without it nothing is encrypted.
    package let tls: TLSFiles?
    package let version: ProtocolVersion
    /// Unique on the broker: a second client of the same identifier would throw out the first.
    package let clientID: String
    package let login: Login?
    /// Whole seconds.
    package let keepAlive: Duration
    /// How long a PUBACK may take before the connection is taken for dead.
    package let acknowledgeTimeout: Duration
    /// How soon a broker that does not answer is tried again, at the latest.
    package let reconnectWithin: Duration
    /// The most bytes of a payload, where the broker is known to take no more.
    package let largestMessage: Int?

    package init(
        host: String, port: UInt16, tls: TLSFiles? = nil, version: ProtocolVersion,
        clientID: String, login: Login? = nil, keepAlive: Duration, acknowledgeTimeout: Duration,
        reconnectWithin: Duration = .seconds(10), largestMessage: Int? = nil
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.version = version
        self.clientID = clientID
        self.login = login
        self.keepAlive = keepAlive
        self.acknowledgeTimeout = acknowledgeTimeout
        self.reconnectWithin = reconnectWithin
        self.largestMessage = largestMessage
    }

    package enum ProtocolVersion: String, CaseIterable, Hashable, Sendable {
        case v311 = "3.1.1"
        case v5 = "5"
    }

    /// A user, and the file whose first line is the password.
    package struct Login: Hashable, Sendable {
        package let user: String
        package let password: CredentialFile?

        package init(user: String, password: CredentialFile? = nil) {
            self.user = user
            self.password = password
        }
    }
}

/// The files of a TLS connection, all in PEM.
package struct TLSFiles: Hashable, Sendable {
    /// Who may have signed the broker's certificate.
    package let authority: CredentialFile
    /// The client's own certificate and key, where the broker asks for them.
    package let identity: Identity?

    package init(authority: CredentialFile, identity: Identity? = nil) {
        self.authority = authority
        self.identity = identity
    }

    package struct Identity: Hashable, Sendable {
        package let certificate: CredentialFile
        package let key: CredentialFile

        package init(certificate: CredentialFile, key: CredentialFile) {
            self.certificate = certificate
            self.key = key
        }
    }
}

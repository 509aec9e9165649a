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

    package enum ProtocolVersion: String, CaseIterable, Hashable, Sendable {
        case v311 = "3.1.1"
        case v5 = "5"
    }

    /// A user, and the file whose first line is the password.
    package struct Login: Hashable, Sendable {
        package let user: String
        package let password: CredentialFile?
    }
}

/// The files of a TLS connection, all in PEM.
package struct TLSFiles: Hashable, Sendable {
    /// Who may have signed the broker's certificate.
    package let authority: CredentialFile
    /// The client's own certificate and key, where the broker asks for them.
    package let identity: Identity?

    package struct Identity: Hashable, Sendable {
        package let certificate: CredentialFile
        package let key: CredentialFile
    }
}

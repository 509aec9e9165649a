/// How one broker is reached.
///
/// Files are named, not held: they are read anew for each connection, so that a renewed
/// certificate or password works without a restart.
package struct MQTTConnectionSettings: Hashable, Sendable {
    /// A name or an address, IPv6 without brackets. With TLS the broker's certificate must be for
    /// this name.
    package var host: String
    package var port: UInt16
    /// Present for `mqtts://`; without it nothing is encrypted.
    package var tls: TLS?
    package var version: ProtocolVersion
    /// Unique on the broker: a second client of the same identifier throws out the first.
    package var clientID: String
    package var login: Login?
    /// Whole seconds, at least 5. A silent broker is noticed after at most twice this.
    package var keepAlive: Duration
    /// How long a connection may take to be made, with TLS and all subscriptions. Does not bound
    /// the resolver, which has timeouts of its own (`resolv.conf`).
    package var connectTimeout: Duration
    /// How long the broker's machine may take to answer at all. Short, since a network that was
    /// cut lets the kernel ask again more and more seldom: a new attempt asks at once.
    package var reachTimeout: Duration
    /// How long the broker may take for each step from then on.
    package var answerTimeout: Duration
    /// Topic filters subscribed at QoS 1. All are acknowledged before the uplink is connected.
    package var subscriptions: [String]

    package init(
        host: String, port: UInt16, tls: TLS? = nil, version: ProtocolVersion, clientID: String,
        login: Login? = nil, keepAlive: Duration = .seconds(30),
        connectTimeout: Duration = .seconds(25), reachTimeout: Duration = .seconds(4),
        answerTimeout: Duration = .seconds(10), subscriptions: [String] = []
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
        self.connectTimeout = connectTimeout
        self.reachTimeout = reachTimeout
        self.answerTimeout = answerTimeout
        self.subscriptions = subscriptions
    }

    package enum ProtocolVersion: Hashable, Sendable, CaseIterable {
        case v311
        case v5
    }

    /// The paths of the PEM files of a TLS connection.
    package struct TLS: Hashable, Sendable {
        /// Who may have signed the broker's certificate.
        package var authority: String
        /// The client's own certificate and key, where the broker asks for them.
        package var identity: Identity?

        package init(authority: String, identity: Identity? = nil) {
            self.authority = authority
            self.identity = identity
        }
    }

    /// The paths of a client's certificate, with its chain, and of its key.
    package struct Identity: Hashable, Sendable {
        package var certificate: String
        package var key: String

        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// A user, and the path of the file whose first line is the password.
    package struct Login: Hashable, Sendable {
        package var user: String
        package var passwordFile: String?

        package init(user: String, passwordFile: String? = nil) {
            self.user = user
            self.passwordFile = passwordFile
        }
    }
}

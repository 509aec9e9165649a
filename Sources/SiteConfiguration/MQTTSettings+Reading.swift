import Documents
import MQTT

extension MQTTSettings {
    /// - Parameters:
    ///   - folder: What the paths of files are relative to.
    ///   - clientID: The identifier where the document has none.
    init?(_ node: DocumentNode, folder: String, clientID standardClientID: String?) {
        guard
            let fields = node.fields([
                "url", "certificate", "key", "authority", "user", "passwordFile", "clientID",
                "version", "keepAlive", "acknowledgeTimeout", "reconnectWithin", "largestMessage",
            ])
        else { return nil }
        let url = fields.required("url")?.brokerURL()
        let tls = TLSFiles.read(fields, folder: folder, isEncrypted: url?.isEncrypted)
        let version =
            fields.optional("version").map { $0.choice(of: ProtocolVersion.self) } ?? .v311
        let clientID = fields.optional("clientID").map { $0.clientID() } ?? standardClientID
        let login = BrokerAccess.Login.read(fields, folder: folder)
        let keepAlive =
            fields.optional("keepAlive").map {
                $0.wholeSeconds(in: .seconds(5)...(.seconds(3_600)))
            } ?? .seconds(30)
        let timeout =
            fields.optional("acknowledgeTimeout").map {
                $0.duration(in: .seconds(1)...(.seconds(600)))
            } ?? .seconds(30)
        let reconnect =
            fields.optional("reconnectWithin").map {
                $0.duration(in: .seconds(1)...(.seconds(3_600)))
            } ?? .seconds(10)
        let largestNode = fields.optional("largestMessage")
        let largest = largestNode?.byteCount(in: 1 << 10...256 << 20)
        guard let url, let tls, let version, let clientID, let login, let keepAlive, let timeout,
            let reconnect, (largestNode == nil) == (largest == nil)
        else { return nil }
        self.init(
            broker: BrokerAccess(
                host: url.endpoint.host, port: url.endpoint.port, tls: tls.files, version: version,
                clientID: clientID, login: login.login, keepAlive: keepAlive),
            acknowledgeTimeout: timeout, reconnectWithin: reconnect, largestMessage: largest)
    }
}

extension TLSFiles {
    /// - Parameter isEncrypted: What the URL says; `nil` where the URL has a fault.
    /// - Returns: `nil` after reporting a fault.
    fileprivate static func read(
        _ fields: DocumentFields, folder: String, isEncrypted: Bool?
    ) -> (files: TLSFiles?, Void)? {
        let authorityNode = fields.optional("authority")
        let certificateNode = fields.optional("certificate")
        let keyNode = fields.optional("key")
        // The files are looked at in any case, so that all faults come at once.
        let authority = authorityNode?.credentialFile(.certificate, folder: folder)
        let certificate = certificateNode?.credentialFile(.certificate, folder: folder)
        let key = keyNode?.credentialFile(.privateKey, folder: folder)
        if certificateNode != nil, keyNode == nil {
            fields.entry("certificate")?.key.fail("needs its key; add \"key\"")
            return nil
        }
        if keyNode != nil, certificateNode == nil {
            fields.entry("key")?.key.fail("needs its certificate; add \"certificate\"")
            return nil
        }
        guard let isEncrypted else { return nil }
        guard isEncrypted else {
            let given = ["certificate", "key", "authority"].compactMap(fields.entry)
            for entry in given { entry.key.fail("has no effect with mqtt://; write mqtts://") }
            return given.isEmpty ? (nil, ()) : nil
        }
        guard authorityNode != nil else {
            fields.node.fail(
                "\"authority\" is missing: the certificate that the broker's is signed by, "
                    + "such as /etc/ssl/certs/ca-certificates.crt")
            return nil
        }
        guard let authority, (certificateNode == nil) == (certificate == nil),
            (keyNode == nil) == (key == nil)
        else { return nil }
        let identity: Identity? =
            if let certificate, let key { Identity(certificate: certificate, key: key) } else {
                nil
            }
        return (TLSFiles(authority: authority, identity: identity), ())
    }
}

extension BrokerAccess.Login {
    /// - Returns: `nil` after reporting a fault.
    fileprivate static func read(
        _ fields: DocumentFields, folder: String
    ) -> (login: BrokerAccess.Login?, Void)? {
        let userNode = fields.optional("user")
        let passwordNode = fields.optional("passwordFile")
        let user = userNode?.label()
        let password = passwordNode?.credentialFile(.password, folder: folder)
        if passwordNode != nil, userNode == nil {
            fields.entry("passwordFile")?.key.fail("needs a user; add \"user\"")
            return nil
        }
        guard userNode != nil else { return (nil, ()) }
        guard let user, (passwordNode == nil) == (password == nil) else { return nil }
        return (BrokerAccess.Login(user: user, password: password), ())
    }
}

extension DocumentNode {
    /// `mqtt://host:port` or `mqtts://host:port`; the ports registered with IANA where none is
    /// given.
    fileprivate func brokerURL() -> (endpoint: Endpoint, isEncrypted: Bool)? {
        guard let text = text() else { return nil }
        let isEncrypted = text.hasPrefix("mqtts://")
        guard isEncrypted || text.hasPrefix("mqtt://") else {
            fail("must be a URL such as mqtts://platform.example:8883")
            return nil
        }
        let rest = text.dropFirst(isEncrypted ? 8 : 7)
        guard !rest.contains("@") else {
            fail("a user does not belong in the URL; write user and passwordFile")
            return nil
        }
        guard !rest.contains(where: { "/?#".contains($0) }) else {
            fail("must end after the port")
            return nil
        }
        do throws(EndpointError) {
            return (try Endpoint(rest, defaultPort: isEncrypted ? 8_883 : 1_883), isEncrypted)
        } catch {
            fail(error.description)
            return nil
        }
    }

    /// Any broker takes these. Source: MQTT 3.1.1, section 3.1.3.1, though most take more.
    fileprivate func clientID() -> String? {
        guard let text = text() else { return nil }
        let isPlain = text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_.:".utf8.contains($0) }
        guard isPlain, text.utf8.count <= 128 else {
            fail("must be 1 to 128 letters, digits, \"-\", \"_\", \".\" or \":\"")
            return nil
        }
        return text
    }

    fileprivate func wholeSeconds(in range: ClosedRange<Duration>) -> Duration? {
        guard let duration = duration(in: range) else { return nil }
        guard duration.components.attoseconds == 0 else {
            fail("must be whole seconds")
            return nil
        }
        return duration
    }
}

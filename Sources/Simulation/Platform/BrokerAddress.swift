/// Where a broker is: `mqtt://host:port` or `mqtts://host:port`, IPv6 in brackets.
package struct BrokerAddress: Hashable, Sendable {
    package let host: String
    package let port: UInt16
    package let isEncrypted: Bool

    /// - Returns: `nil` where the text is no such address. Without a port, 1883 or 8883.
    package init?(_ text: String) {
        let schemes = [("mqtts://", true), ("mqtt://", false)]
        guard let (scheme, isEncrypted) = schemes.first(where: { text.hasPrefix($0.0) }) else {
            return nil
        }
        var rest = text.dropFirst(scheme.count)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        var host = rest
        var port: UInt16? = isEncrypted ? 8_883 : 1_883
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[rest.index(after: rest.startIndex)..<end]
            let after = rest[rest.index(after: end)...]
            if !after.isEmpty {
                guard after.hasPrefix(":") else { return nil }
                port = UInt16(after.dropFirst())
            }
        } else if let colon = rest.lastIndex(of: ":") {
            host = rest[..<colon]
            port = UInt16(rest[rest.index(after: colon)...])
        }
        let isName = host.allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || "-._:".contains($0))
        }
        guard !host.isEmpty, isName, let port, port > 0 else { return nil }
        self.host = String(host)
        self.port = port
        self.isEncrypted = isEncrypted
    }
}

/// The files of a TLS connection, in PEM.
package struct BrokerFiles: Hashable, Sendable {
    package var authority: String
    /// The client's own, where the broker asks for one.
    package var certificate: String?
    package var key: String?

    package init(authority: String, certificate: String? = nil, key: String? = nil) {
        self.authority = authority
        self.certificate = certificate
        self.key = key
    }
}

import Glibc

/// A host and a port, as text such as `192.168.10.20:502`, `[fd00::30]:502` or `meters.lan`.
package struct Endpoint: Hashable {
    /// A name, an IPv4 address, or an IPv6 address without brackets; addresses in their
    /// canonical form and names in lower case, so that equal endpoints compare equal.
    package let host: String
    package let port: UInt16

    /// - Parameters:
    ///   - text: The host, and the port after a colon; an IPv6 address stands in brackets.
    ///   - defaultPort: The port where the text has none; `nil` where it must have one.
    package init(_ text: some StringProtocol, defaultPort: UInt16?) throws(EndpointError) {
        let hostText: String
        let rest: Substring
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { throw .bracket }
            hostText = String(text[text.index(after: text.startIndex)..<end])
            rest = Substring(text[text.index(after: end)...])
            guard rest.isEmpty || rest.first == ":" else { throw .bracket }
            guard let address = Self.canonicalIPv6(hostText) else { throw .ipv6(hostText) }
            host = address
        } else {
            guard text.count(where: { $0 == ":" }) <= 1 else { throw .unbracketedIPv6 }
            let colon = text.firstIndex(of: ":") ?? text.endIndex
            hostText = String(text[..<colon])
            rest = Substring(text[colon...])
            host = try Self.checkedHost(hostText)
        }
        if rest.isEmpty {
            guard let defaultPort else { throw .noPort }
            port = defaultPort
        } else {
            let digits = rest.dropFirst()
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                digits.first != "0", let number = UInt16(digits)
            else { throw .port(String(digits.prefix(16))) }
            port = number
        }
    }

    /// An IPv4 address or a host name. Source of the rule for names: RFC 1123, section 2.1.
    private static func checkedHost(_ text: String) throws(EndpointError) -> String {
        guard !text.isEmpty else { throw .noHost }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let isNumeric = labels.last?.utf8.allSatisfy { (0x30...0x39).contains($0) } == true
        if isNumeric {
            guard let address = canonicalIPv4(text) else { throw .ipv4(text) }
            return address
        }
        let isName =
            text.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
            }
        guard isName else { throw .name(text) }
        return text.lowercased()
    }

    private static func canonicalIPv4(_ text: String) -> String? {
        var address = in_addr()
        guard inet_pton(AF_INET, text, &address) == 1 else { return nil }
        var buffer = [CChar](repeating: 0, count: Int(INET_ADDRSTRLEN))
        guard inet_ntop(AF_INET, &address, &buffer, socklen_t(buffer.count)) != nil else {
            return nil
        }
        return text
    }

    /// The canonical text of an IPv6 address. Source: RFC 5952. A zone such as `%eth0` stays.
    private static func canonicalIPv6(_ text: String) -> String? {
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            // IFNAMSIZ bounds the name of an interface.
            let isZone =
                (1...15).contains(parts[1].utf8.count)
                && parts[1].utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_.".utf8.contains($0) }
            guard isZone else { return nil }
        }
        var address = in6_addr()
        guard inet_pton(AF_INET6, String(parts[0]), &address) == 1 else { return nil }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, &address, &buffer, socklen_t(buffer.count)) != nil else {
            return nil
        }
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let canonical = String(decoding: bytes, as: UTF8.self)
        return parts.count == 2 ? "\(canonical)%\(parts[1])" : canonical
    }
}

/// Why a text is no endpoint.
package enum EndpointError: Error, Hashable, CustomStringConvertible {
    case noHost
    case noPort
    case bracket
    case unbracketedIPv6
    case ipv4(String)
    case ipv6(String)
    case name(String)
    case port(String)

    package var description: String {
        switch self {
        case .noHost: "the host is missing"
        case .noPort: "the port is missing; write host:port"
        case .bracket: "write an IPv6 address as [address]:port"
        case .unbracketedIPv6: "write an IPv6 address in brackets, as in \"[fd00::1]:502\""
        case .ipv4(let text): "\"\(text.prefix(64))\" is not an IPv4 address"
        case .ipv6(let text): "\"\(text.prefix(64))\" is not an IPv6 address"
        case .name(let text): "\"\(text.prefix(64))\" is not a host name"
        case .port(let text): "\"\(text)\" is not a port; ports are 1...65535"
        }
    }
}

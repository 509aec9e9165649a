import Crypto
package import Execution
import FoundationEssentials

/// A pickup that the city has signed, verified without the city: what a courier's or resident's
/// application shows to the code reader.
///
/// `linli-pickup.PAYLOAD.SIGNATURE`, both in base64url without padding. The payload is JSON:
/// `site`, `bank`, `compartment`, `expires` (seconds since 1970) and `nonce` (1 to 64
/// characters); the signature is Ed25519 of `linli-pickup.PAYLOAD` as it stands.
package struct PickupToken: Hashable, Sendable {
    package let bank: String
    package let compartment: String
    package let expires: Timestamp
    package let nonce: String

    /// Why a token is not taken.
    package enum Fault: Error, Hashable, Sendable {
        case malformed
        case badSignature
        case otherPlace
        case expired
        /// It expires so late that it could not be remembered for as long as it is good.
        case tooLong
        /// The gateway does not know the time, so it cannot tell whether the token is still good.
        case timeUnknown
        case used
    }

    /// The word every token begins with.
    package static let prefix = "linli-pickup"
    /// The most a token may be good for: so long its nonce is remembered.
    package static let longest = Duration.seconds(31 * 86_400)

    private struct Payload: Codable {
        var site: String
        var bank: String
        var compartment: String
        var expires: Int64
        var nonce: String
    }

    /// Verifies a token for a bank of a site at a time.
    ///
    /// - Parameters:
    ///   - key: The Ed25519 public key, 32 bytes.
    ///   - now: The time of day, and whether it can be trusted.
    package init(
        verifying text: String, key: [UInt8], site: String, bank: String, at now: WallTime
    ) throws(Fault) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 1_024, parts.count == 3, parts[0] == Self.prefix,
            let payload = Data(base64URL: parts[1]), let signature = Data(base64URL: parts[2])
        else { throw .malformed }
        // A key that is none was refused with the document.
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: key),
            key.isValidSignature(signature, for: Data("\(parts[0]).\(parts[1])".utf8))
        else { throw .badSignature }
        // What is wrong with the JSON of a signed token is the signer's matter.
        guard let content = try? JSONDecoder().decode(Payload.self, from: payload),
            (1...64).contains(content.nonce.utf8.count),
            (0..<1 << 40).contains(content.expires)
        else { throw .malformed }
        guard content.site == site, content.bank == bank else { throw .otherPlace }
        guard now.isSynchronized else { throw .timeUnknown }
        let expires = Timestamp(milliseconds: content.expires * 1_000)
        guard now.timestamp < expires else { throw .expired }
        guard expires - now.timestamp <= Self.longest else { throw .tooLong }
        self.bank = content.bank
        compartment = content.compartment
        self.expires = expires
        nonce = content.nonce
    }
}

extension Data {
    /// Source: RFC 4648, section 5, without padding.
    fileprivate init?(base64URL text: Substring) {
        guard !text.contains("="), !text.contains("+"), !text.contains("/") else { return nil }
        let standard = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        self.init(base64Encoded: standard + padding)
    }
}

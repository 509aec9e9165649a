import Crypto
import FoundationEssentials

/// What is kept of a pickup code: never the code.
///
/// A code has few digits, so whoever has the hash and all that went into it finds the code in no
/// time, however slow the hash. So a secret of the gateway goes into it as well, which lies apart
/// from the parcels: a copy of their database alone gives no code away. HMAC-SHA-256 of salt and
/// code under that secret.
package struct PickupCodeHash: Hashable, Sendable, Codable {
    package let salt: [UInt8]
    package let hash: [UInt8]

    package init(_ code: String, salt: [UInt8], secret: [UInt8]) {
        self.salt = salt
        hash = Self.hash(code, salt: salt, secret: secret)
    }

    /// Whether this is the code. Takes as long for a wrong one as for the right one.
    package func matches(_ code: String, secret: [UInt8]) -> Bool {
        let other = Self.hash(code, salt: salt, secret: secret)
        return zip(hash, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
            && hash.count == other.count
    }

    private static func hash(_ code: String, salt: [UInt8], secret: [UInt8]) -> [UInt8] {
        Array(
            HMAC<SHA256>.authenticationCode(
                for: salt + Array(code.utf8), using: SymmetricKey(data: secret)))
    }
}

/// Draws codes.
package enum PickupCode {
    /// A code of so many digits, each as likely as the others.
    ///
    /// - Parameter random: From the system; a seed would make codes guessable.
    package static func draw(
        digits: Int, using random: inout some RandomNumberGenerator
    ) -> String {
        String((0..<digits).map { _ in Character("\(Int.random(in: 0...9, using: &random))") })
    }
}

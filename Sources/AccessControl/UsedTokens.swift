package import Execution

/// The tokens that were used at a bank, each for as long as it would have been good. Pure.
package struct UsedTokens: Hashable, Sendable {
    /// By nonce, in milliseconds since 1970.
    private var expiries: [String: Int64] = [:]

    package init() {}

    /// Takes up what was kept of a token; one that cannot be read is never forgotten.
    package mutating func restore(_ nonce: String, _ bytes: [UInt8]) {
        expiries[nonce] = Int64(String(decoding: bytes, as: UTF8.self)) ?? .max
    }

    package func contains(_ nonce: String) -> Bool { expiries[nonce] != nil }

    /// - Returns: What is kept of it.
    package mutating func use(_ token: PickupToken) -> [UInt8] {
        expiries[token.nonce] = token.expires.milliseconds
        return Array("\(token.expires.milliseconds)".utf8)
    }

    /// A token has opened nothing, and is good again.
    package mutating func forget(_ nonce: String) {
        expiries[nonce] = nil
    }

    /// Forgets those that are good no more, whoever shows them.
    ///
    /// - Returns: Their nonces, ascending.
    package mutating func removeExpired(at now: Timestamp) -> [String] {
        let expired = expiries.filter { $0.value < now.milliseconds }.keys.sorted()
        for nonce in expired { expiries[nonce] = nil }
        return expired
    }
}

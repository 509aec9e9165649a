/// What a platform sends when it has stored messages: their keys as text, one a line.
package enum Acknowledgement {
    /// The most keys that one acknowledgement may name.
    package static let limit = 1_000

    /// The keys in a payload; lines that are none are passed over.
    package static func keys(in payload: [UInt8]) -> [IdempotencyKey] {
        payload.split(separator: UInt8(ascii: "\n"), maxSplits: limit)
            .prefix(limit)
            .compactMap { IdempotencyKey(String(decoding: $0, as: UTF8.self)) }
    }

    /// The payload that acknowledges keys.
    package static func payload(_ keys: some Sequence<IdempotencyKey>) -> [UInt8] {
        Array(keys.map(\.description).joined(separator: "\n").utf8)
    }
}

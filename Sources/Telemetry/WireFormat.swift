internal import SwiftProtobuf

/// How a destination wants its messages. The raw value is the word of the site document.
package enum WireFormat: String, Hashable, Sendable, CaseIterable {
    /// Protobuf columns, compressed: `Schema/batch.proto`.
    case linli
    /// The same as readable JSON.
    case linliJSON = "linli-json"
    /// JSON as it was at first, for platforms that were written for it.
    case firstLinliJSON = "linli-json/1"
    /// The telemetry JSON of ThingsBoard's gateway API.
    case thingsBoard = "thingsboard"

    /// Whether the receiver says in a message of its own what it has stored.
    package var hasAcknowledgement: Bool { self != .thingsBoard }

    /// The payloads of a message: one, or for ThingsBoard several below its size limit; none
    /// where the format has nothing to say of this message.
    ///
    /// - Parameter limit: The most bytes of one payload. Only ThingsBoard's format can keep to it;
    ///   the others are cut into parts.
    package func encode(
        _ message: Message, limit: Int? = nil, devicePrefix: String = "", isDated: Bool = true
    ) -> [[UInt8]] {
        switch self {
        case .linli: [LinliFormat.encode(message)]
        case .linliJSON: [LinliJSON.encode(message)]
        case .firstLinliJSON: [FirstLinliJSON.encode(message)]
        case .thingsBoard:
            ThingsBoardJSON.encode(
                message.batch, limit: limit, devicePrefix: devicePrefix, isDated: isDated)
        }
    }

    /// Whether a message too large is sent in parts, each under a key of its own.
    package var hasParts: Bool { self != .thingsBoard }
}

/// The gateway's own format.
package enum LinliFormat {
    package static func encode(_ message: Message) -> [UInt8] {
        encode(message.key, batch: message.batch.encoded())
    }

    /// Encodes a message around an encoded batch as it is, without reading it.
    package static func encode(_ key: IdempotencyKey, batch: [UInt8]) -> [UInt8] {
        var bytes = BatchEncoder.bytes(of: envelope(for: key))
        // Field 7, length-delimited: an embedded message is nothing but its bytes.
        bytes.append(7 << 3 | 2)
        var length = UInt64(batch.count)
        while length >= 0x80 {
            bytes.append(UInt8(length & 0x7F) | 0x80)
            length >>= 7
        }
        bytes.append(UInt8(length))
        let start = bytes.count
        bytes.append(contentsOf: batch)
        return Zstandard.compress(batch: bytes, from: start)
    }

    /// Reads a message.
    package static func decode(_ payload: [UInt8]) throws(BatchError) -> Message {
        let bytes = try Zstandard.decompress(payload)
        let envelope: Linli_V1_Message
        do {
            envelope = try Linli_V1_Message(serializedBytes: bytes)
        } catch {
            throw .malformed
        }
        guard let lane = Lane(rawValue: envelope.lane), envelope.first >= 1,
            let first = Int64(exactly: envelope.first), let last = Int64(exactly: envelope.last),
            first <= last
        else { throw .malformed }
        let key = IdempotencyKey(
            site: envelope.site, destination: envelope.destination, epoch: envelope.epoch,
            lane: lane, sequences: first...last, part: try part(envelope))
        return Message(key: key, batch: try Batch(envelope.batch))
    }

    private static func part(_ envelope: Linli_V1_Message) throws(BatchError) -> MessagePart? {
        if envelope.part == 0, envelope.parts == 0 { return nil }
        guard let part = MessagePart(Int(envelope.part), of: Int(envelope.parts)) else {
            throw .malformed
        }
        return part
    }

    private static func envelope(for key: IdempotencyKey) -> Linli_V1_Message {
        var envelope = Linli_V1_Message()
        envelope.site = key.site
        envelope.destination = key.destination
        envelope.epoch = key.epoch
        envelope.lane = key.lane.rawValue
        envelope.first = UInt64(key.sequences.lowerBound)
        envelope.last = UInt64(key.sequences.upperBound)
        envelope.part = UInt32(key.part?.number ?? 0)
        envelope.parts = UInt32(key.part?.count ?? 0)
        return envelope
    }
}

internal import SwiftProtobuf

/// The gateway's own format: protobuf columns, compressed: `Schema/batch.proto`.
package struct LinliFormat: OwnFormat {
    package let address: DestinationAddress
    package let waitsForPlatform: Bool

    package init(_ address: DestinationAddress, waitsForPlatform: Bool) {
        self.address = address
        self.waitsForPlatform = waitsForPlatform
    }

    package var takesStored: Bool { true }

    package func encode(_ key: IdempotencyKey, batch: [UInt8]) -> OutgoingMessage? {
        outgoing(key, Self.encode(key, batch: batch))
    }

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

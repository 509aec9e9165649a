package import Execution
package import Telemetry

/// A message on its way: what it covers, and how far it has come.
package struct SentMessage: Hashable, Sendable {
    package let key: IdempotencyKey
    /// What is published: one message, or several under one key.
    package let outgoing: [OutgoingMessage]
    let readings: Int
    /// Where the lane was before it.
    let start: MessageComposer.Position
    /// Where the lane is once this message has arrived.
    package let position: MessageComposer.Position
    /// The tokens of the payloads that the broker has not accepted yet.
    package internal(set) var open: Set<UInt64> = []
    /// When it was sent at first, and when the last time.
    let firstSentAt: MonotonicTime
    package internal(set) var sentAt: MonotonicTime
    package internal(set) var attempts = 1
    package internal(set) var isAcknowledged = false
    /// Whether it is to be sent again, in its turn.
    package internal(set) var isWaiting = false

    package var lane: Lane { key.lane }
    package var byteCount: Int { outgoing.reduce(0) { $0 + $1.payload.count } }
    /// The bytes of its largest payload.
    var size: Int { outgoing.map(\.payload.count).max() ?? 0 }
    /// What a packet holds beside the payload: topic, key and headers. The key of a part may be
    /// longer than that of the whole.
    var overhead: Int {
        (outgoing.map { $0.topic.utf8.count + $0.key.utf8.count }.max() ?? 0) + 64
    }
    /// Whether it is sent, and has not arrived as far as anybody knows.
    var isUnderWay: Bool { !isWaiting && !isAcknowledged }
}

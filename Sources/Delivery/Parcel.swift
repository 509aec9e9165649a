package import Execution
package import Telemetry

/// A message on its way: what it covers, and how far it has come.
package struct Parcel: Hashable, Sendable {
    package let key: IdempotencyKey
    /// What is published: one payload, or several under one key.
    package let payloads: [[UInt8]]
    let readings: Int
    /// Where the lane was before it.
    let start: MessageComposer.Position
    /// Where the lane is once this parcel has arrived.
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
    package var byteCount: Int { payloads.reduce(0) { $0 + $1.count } }
    /// The bytes of its largest payload.
    var size: Int { payloads.map(\.count).max() ?? 0 }
    /// Whether it is sent, and has not arrived as far as anybody knows.
    var isUnderWay: Bool { !isWaiting && !isAcknowledged }
}

package import Execution
package import Telemetry

/// A message on its way: what it covers, and how far it has come.
package struct Parcel: Hashable, Sendable {
    package let key: IdempotencyKey
    /// What is published: one payload, or several under one key.
    package let payloads: [[UInt8]]
    /// Where the lane is once this parcel has arrived.
    package let position: MessageComposer.Position
    /// The tokens of the payloads that the broker has not accepted yet.
    package internal(set) var open: Set<UInt64> = []
    package internal(set) var sentAt: MonotonicTime
    package internal(set) var attempts = 1
    package internal(set) var isAcknowledged = false

    package var lane: Lane { key.lane }
    package var byteCount: Int { payloads.reduce(0) { $0 + $1.count } }
}

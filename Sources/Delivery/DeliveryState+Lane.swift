import Execution
import Telemetry

extension DeliveryState {
    /// One lane of a destination.
    struct LaneState: Hashable, Sendable {
        /// Everything up to here has arrived.
        var cursor: MessageComposer.Position
        /// Where the next message begins.
        var next: MessageComposer.Position
        /// The newest batch in the cache.
        var head: Int64 = 0
        /// How often each message that is not passed yet was refused.
        var refusals: [IdempotencyKey: Int] = [:]
        /// Nothing of this lane is sent before.
        var pausedUntil: MonotonicTime?

        /// How many batches wait before the newest.
        var backlog: Int64 { max(0, head - 1 - next.scanned) }
    }
}

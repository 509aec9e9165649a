package import Execution
package import Telemetry

/// One lane of a destination.
struct LaneState: Hashable, Sendable {
    /// Where the next message begins.
    var next: MessageComposer.Position
    /// The newest batch in the cache.
    var head: Int64 = 0
    /// What was sent and has not arrived, in order.
    var messages: [SentMessage] = []
    /// How many may be with the platform at once: one until it answers, then one more with each
    /// answer.
    var window = 1
    /// Nothing of this lane is sent before.
    var pausedUntil: MonotonicTime?
    /// The message that is refused, and that all others wait for.
    var standing: StandingMessage?
    /// How often in a row.
    var refusals = 0
    /// Since when batches wait that share nothing and that no message covers.
    var quietSince: MonotonicTime?

    init(at position: MessageComposer.Position) {
        next = position
    }

    /// How many batches wait before the newest.
    var backlog: Int64 { max(0, head - 1 - next.scanned) }

    /// Whether the broker has not taken over what was sent last: the next would overtake it where
    /// it is refused.
    var isWithBroker: Bool { messages.contains { $0.isUnderWay && !$0.open.isEmpty } }

    /// The oldest message that nobody has acknowledged.
    var lowest: SentMessage? { messages.first { !$0.isAcknowledged } }

    var underWay: Int { messages.count { $0.isUnderWay } }

    /// Everything that was sent, from a message on, is sent again: in order, one by one at first.
    mutating func goBack(to first: Int = 0) {
        for place in messages.indices[first...] where !messages[place].isAcknowledged {
            messages[place].isWaiting = true
            messages[place].open = []
        }
        window = 1
    }

    /// Forgets a message and all behind it: they are composed anew.
    mutating func forget(from place: Int) {
        next = messages[place].start
        messages.removeSubrange(place...)
        window = 1
    }
}

/// A message that its receiver does not take, with its lane standing behind it.
package struct StandingMessage: Hashable, Sendable {
    package let key: IdempotencyKey
    package var fault: UplinkFault
    package let since: MonotonicTime
    package var attempts = 1
    /// Whether it was told, as an event.
    var isTold = false
}

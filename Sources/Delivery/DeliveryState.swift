package import Execution
package import Telemetry

/// What one destination has, what is on its way to it, and what to do next. A pure state machine.
///
/// - A lane is delivered in order; the more urgent lane goes first.
/// - A message follows when the broker has taken over the one before it. Of those that it has, at
///   most a window waits for the platform, and none is added while the platform is late.
/// - The cursor of a lane passes a message when it and all before it are acknowledged.
/// - What is not acknowledged in time, is refused, or was under way on a connection that ended, is
///   sent again, and all behind it as well: in order, from the lowest that is not acknowledged.
/// - A message that is refused holds its lane up, however often: nothing is passed over.
/// - Messages older than the newest batch are backlog: at most so many a second, beside the live
///   ones.
package struct DeliveryState: Sendable {
    /// What to do next.
    package enum Action: Hashable, Sendable {
        case connect
        /// The connection is of no use any more.
        case disconnect(UplinkFault)
        /// Compose the next message of this lane from the cache and publish it.
        case send(Lane)
        /// Say of the batches that were looked at that nothing of them is shared.
        case cover(Lane)
        /// Publish this message once more, under new tokens.
        case resend(IdempotencyKey)
        /// The cursor of a lane has moved.
        case advance(Lane, through: Int64, epoch: String)
        /// A message is refused, and its lane stands behind it.
        case tellStanding(IdempotencyKey, UplinkFault)
        /// A message whose refusal was told has been taken.
        case tellGoingOn(IdempotencyKey, refusedFor: Duration)
    }

    enum Connection: Hashable, Sendable {
        case down(nextAttempt: MonotonicTime)
        case connecting(since: MonotonicTime)
        case up(since: MonotonicTime)
    }

    package let settings: DeliverySettings
    var connection: Connection
    var lanes: [Lane: LaneState] = [:]
    var actions: [Action] = []
    var reconnection: Reconnection
    var random: SeededRandom
    var sizeLimit = SizeLimit()
    /// The message whose sending a connection ended with, and how often in a row.
    var suspect: (key: IdempotencyKey, count: Int)?
    /// When the newest of the messages that the platform has acknowledged was sent.
    var answeredOf: MonotonicTime?
    /// When the newest alarm was appended.
    var alarmAt: MonotonicTime?
    private var nextToken: UInt64 = 1
    /// How many backlog messages may go now, and when that was counted.
    var allowance: Double
    var allowanceAt: MonotonicTime
    package internal(set) var report = DeliveryFigures()
    /// Where the lane of readings was after the last message up to the cursor.
    package internal(set) var arrived: MessageComposer.Position?

    /// - Parameters:
    ///   - cursors: What the destination has, by lane.
    package init(
        settings: DeliverySettings, cursors: [Lane: MessageComposer.Position],
        at now: MonotonicTime, seed: UInt64
    ) {
        self.settings = settings
        connection = .down(nextAttempt: now)
        reconnection = Reconnection(period: settings.reconnectWithin)
        random = SeededRandom(seed: seed)
        allowance = Double(settings.drainPerSecond)
        allowanceAt = now
        lanes = cursors.mapValues { LaneState(at: $0) }
    }

    // MARK: - What happens in the cache

    /// The cache holds batches of a lane up to `head`.
    package mutating func appended(_ lane: Lane, head: Int64, at now: MonotonicTime) {
        guard var state = lanes[lane], head > state.head else { return }
        let backlog = state.backlog
        state.head = head
        lanes[lane] = state
        if lane == .alarm, state.next.scanned < head { alarmAppended(at: now) }
        // What is appended while the backlog is drained goes beside it: it brings its own
        // allowance. What is appended while nothing can be sent is backlog itself.
        guard case .up = connection, lane != .alarm, state.standing == nil,
            !isStalled(state, at: now)
        else { return }
        allowance += Double(state.backlog - backlog)
    }

    /// The newest batch of a lane, as far as is known.
    package func head(of lane: Lane) -> Int64 { lanes[lane]?.head ?? 0 }

    /// The cache was replaced by a new one, in which numbers begin again.
    ///
    /// - Parameter cursors: What the destination has of the new one.
    package mutating func replaced(_ cursors: [Lane: MessageComposer.Position]) {
        lanes = cursors.mapValues { LaneState(at: $0) }
        arrived = nil
    }

    /// The next message of a lane was composed and is being published.
    ///
    /// - Returns: What to publish, each under a token of its own.
    package mutating func sent(
        _ composed: MessageComposer.Composed, at now: MonotonicTime
    ) -> [OutgoingMessage] {
        let lane = composed.key.lane
        guard var state = lanes[lane] else { return [] }
        var message = SentMessage(
            key: composed.key, outgoing: composed.messages, readings: composed.readings,
            start: state.next, position: composed.position,
            firstSentAt: now, sentAt: now)
        if composed.position.covered < state.head, lane != .alarm { allowance -= 1 }
        let outgoing = named(composed.messages)
        message.open = Set(outgoing.map(\.token))
        state.next = composed.position
        state.quietSince = nil
        state.messages.append(message)
        lanes[lane] = state
        // A format may have nothing to say of a message: then it has arrived.
        if outgoing.isEmpty { complete(state.messages.count - 1, in: lane) }
        return outgoing
    }

    /// Nothing of the batches up to here is shared, and no message is due.
    package mutating func scanned(
        _ position: MessageComposer.Position, in lane: Lane, at now: MonotonicTime
    ) {
        lanes[lane]?.next = position
        if position.scanned > position.covered, lanes[lane]?.quietSince == nil {
            lanes[lane]?.quietSince = now
        }
    }

    /// A message is being published once more.
    ///
    /// - Returns: What to publish, under new tokens; empty where it is no longer under way.
    package mutating func resent(
        _ key: IdempotencyKey, at now: MonotonicTime
    ) -> [OutgoingMessage] {
        let lane = key.lane
        guard let place = lanes[lane]?.messages.firstIndex(where: { $0.key == key }),
            var message = lanes[lane]?.messages[place]
        else { return [] }
        let outgoing = named(message.outgoing)
        message.open = Set(outgoing.map(\.token))
        message.isWaiting = false
        message.sentAt = now
        message.attempts += 1
        lanes[lane]?.messages[place] = message
        report.resent += 1
        return outgoing
    }

    /// There is no batch to send: it waits, or it is not in the cache any more. Other lanes go on.
    package mutating func foundNothing(in lane: Lane, at now: MonotonicTime) {
        lanes[lane]?.pausedUntil = now.advanced(by: .seconds(1))
    }

    /// The cache could not be read.
    package mutating func unreadable(at now: MonotonicTime) {
        for lane in lanes.keys {
            lanes[lane]?.pausedUntil = now.advanced(by: .seconds(5))
        }
    }

    /// The position at which the next message of a lane begins.
    package func position(of lane: Lane) -> MessageComposer.Position? { lanes[lane]?.next }

    /// The most bytes of a payload that is composed now; `nil` where there is no limit.
    package mutating func payloadLimit(at now: MonotonicTime) -> Int? {
        [settings.largestPayload, sizeLimit.bytes(at: now)].compactMap(\.self).min()
    }

    /// Messages under tokens that nothing else has.
    package mutating func named(_ messages: [OutgoingMessage]) -> [OutgoingMessage] {
        messages.map { message in
            defer { nextToken += 1 }
            var message = message
            message.token = nextToken
            return message
        }
    }
}

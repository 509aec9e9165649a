package import Execution
package import Telemetry

/// What one destination has, what is on its way to it, and what to do next. A pure state machine.
///
/// - A lane is delivered in order; the more urgent lane goes first.
/// - At most a window of messages is under way. The cursor of a lane passes a message when it and
///   all before it are acknowledged.
/// - After a lost connection, sending begins again at the lowest message not acknowledged.
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
        /// Publish this message once more, under new tokens.
        case resend(IdempotencyKey)
        /// The cursor of a lane has moved.
        case advance(Lane, through: Int64, epoch: String)
        /// The destination refuses this message for good; it is passed over.
        case abandon(IdempotencyKey, UplinkFault)
    }

    enum Connection: Hashable, Sendable {
        case down(nextAttempt: MonotonicTime)
        case connecting(since: MonotonicTime)
        case up(since: MonotonicTime)
    }

    package let settings: DeliverySettings
    private(set) var connection: Connection
    private var lanes: [Lane: LaneState] = [:]
    private(set) var parcels: [Parcel] = []
    private var actions: [Action] = []
    private var backoff: Backoff
    private var random: SeededRandom
    private var nextToken: UInt64 = 1
    /// How many backlog messages may go now, and when that was counted.
    private var allowance: Double
    private var allowanceAt: MonotonicTime
    package private(set) var report = DeliveryReport()

    /// How often a message is refused before it is passed over.
    package static let refusalLimit = 3
    /// The pause after a refusal.
    package static let refusalPause: Duration = .seconds(60)

    /// - Parameters:
    ///   - cursors: What the destination has, by lane.
    package init(
        settings: DeliverySettings, cursors: [Lane: MessageComposer.Position],
        at now: MonotonicTime,
        seed: UInt64
    ) {
        self.settings = settings
        connection = .down(nextAttempt: now)
        backoff = Backoff(
            initial: settings.pauses.lowerBound, maximum: settings.pauses.upperBound)
        random = SeededRandom(seed: seed)
        allowance = Double(settings.drainPerSecond)
        allowanceAt = now
        for (lane, position) in cursors {
            lanes[lane] = LaneState(cursor: position, next: position)
        }
    }

    // MARK: - What happens

    /// The cache holds batches of a lane up to `head`.
    package mutating func appended(_ lane: Lane, head: Int64) {
        guard var state = lanes[lane], head > state.head else { return }
        let backlog = state.backlog
        state.head = head
        lanes[lane] = state
        // What is appended while the backlog is drained goes beside it: it brings its own
        // allowance. What is appended while nothing can be sent is backlog itself.
        guard case .up = connection, state.refusals.isEmpty,
            parcels.count < settings.window || lane == .alarm
        else { return }
        allowance += Double(state.backlog - backlog)
    }

    /// The newest batch of a lane, as far as is known.
    package func head(of lane: Lane) -> Int64 { lanes[lane]?.head ?? 0 }

    /// The cache was replaced by a new one, in which numbers begin again.
    ///
    /// - Parameter cursors: What the destination has of the new one.
    package mutating func replaced(_ cursors: [Lane: MessageComposer.Position]) {
        parcels.removeAll()
        lanes = cursors.mapValues { LaneState(cursor: $0, next: $0) }
    }

    package mutating func connected(at now: MonotonicTime) {
        connection = .up(since: now)
        report.connectedSince = now
        report.connections += 1
        backoff.reset()
        rewind()
    }

    package mutating func disconnected(_ fault: UplinkFault, at now: MonotonicTime) {
        report.lastFault = fault
        report.connectedSince = nil
        if case .down = connection { return }
        connection = .down(nextAttempt: now.advanced(by: backoff.next(using: &random)))
        rewind()
    }

    /// The broker has taken a payload over.
    package mutating func accepted(_ token: UInt64, at now: MonotonicTime) {
        guard let place = parcels.firstIndex(where: { $0.open.contains(token) }) else { return }
        parcels[place].open.remove(token)
        report.accepted += 1
        if !settings.waitsForPlatform, parcels[place].open.isEmpty { complete(place) }
    }

    /// The destination has stored the message of a key.
    package mutating func acknowledged(_ key: IdempotencyKey, at now: MonotonicTime) {
        guard settings.waitsForPlatform, let place = parcels.firstIndex(where: { $0.key == key })
        else { return }
        complete(place)
    }

    /// The destination will not have a payload.
    package mutating func refused(_ token: UInt64, _ fault: UplinkFault, at now: MonotonicTime) {
        guard let place = parcels.firstIndex(where: { $0.open.contains(token) }) else { return }
        refuse(parcels[place].key, fault, at: now)
    }

    /// The next message of a lane was composed and is being published.
    ///
    /// - Returns: A token for each payload.
    package mutating func sent(
        _ composed: MessageComposer.Composed, at now: MonotonicTime
    ) -> [UInt64] {
        let lane = composed.key.lane
        var parcel = Parcel(
            key: composed.key, payloads: composed.payloads, position: composed.position,
            sentAt: now)
        let isBacklog = composed.position.covered < (lanes[lane]?.head ?? 0)
        if isBacklog { allowance -= 1 }
        lanes[lane]?.next = composed.position
        let tokens = takeTokens(composed.payloads.count)
        parcel.open = Set(tokens)
        parcels.append(parcel)
        report.messages += 1
        report.readings += UInt64(composed.readings)
        report.bytes += UInt64(parcel.byteCount)
        // A format may have nothing to say of a message: then it has arrived.
        if tokens.isEmpty { complete(parcels.count - 1) }
        return tokens
    }

    /// Nothing of the batches up to here is shared, and no message is due.
    package mutating func scanned(_ position: MessageComposer.Position, in lane: Lane) {
        lanes[lane]?.next = position
        // With nothing under way, what shares nothing need not be read again.
        guard !parcels.contains(where: { $0.lane == lane }) else { return }
        lanes[lane]?.cursor = position
    }

    /// A message is being published once more.
    ///
    /// - Returns: The payloads with new tokens; empty where the message is no longer under way.
    package mutating func resent(
        _ key: IdempotencyKey, at now: MonotonicTime
    ) -> [(token: UInt64, payload: [UInt8])] {
        guard let place = parcels.firstIndex(where: { $0.key == key }) else { return [] }
        let tokens = takeTokens(parcels[place].payloads.count)
        parcels[place].open = Set(tokens)
        parcels[place].sentAt = now
        parcels[place].attempts += 1
        report.resent += 1
        return zip(tokens, parcels[place].payloads).map { ($0, $1) }
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

    // MARK: - What to do

    /// The position at which the next message of a lane begins.
    package func position(of lane: Lane) -> MessageComposer.Position? { lanes[lane]?.next }

    /// What to do now; `nil` when there is nothing before the next event or the next second.
    package mutating func next(at now: MonotonicTime) -> Action? {
        if !actions.isEmpty { return actions.removeFirst() }
        refill(at: now)
        switch connection {
        case .down(let nextAttempt):
            guard now >= nextAttempt else { return nil }
            connection = .connecting(since: now)
            return .connect
        case .connecting(let since):
            guard since.duration(to: now) > settings.connectTimeout else { return nil }
            disconnected(.unreachable("no answer in time"), at: now)
            return .disconnect(.unreachable("no answer in time"))
        case .up:
            return nextWhileConnected(at: now)
        }
    }

    private mutating func nextWhileConnected(at now: MonotonicTime) -> Action? {
        if parcels.contains(where: {
            !$0.open.isEmpty && $0.sentAt.duration(to: now) > settings.acceptTimeout
        }) {
            let fault = UplinkFault.refused("the broker takes no messages any more")
            disconnected(fault, at: now)
            return .disconnect(fault)
        }
        if settings.waitsForPlatform,
            let late = parcels.first(where: { parcel in
                let patience =
                    settings.acknowledgeTimeout * min(1 << min(parcel.attempts - 1, 4), 10)
                return !parcel.isAcknowledged && parcel.open.isEmpty
                    && parcel.sentAt.duration(to: now) > patience
            })
        {
            return .resend(late.key)
        }
        guard parcels.count < settings.window else { return nil }
        for lane in Lane.allCases {
            guard let state = lanes[lane], state.next.scanned < state.head else { continue }
            if let until = state.pausedUntil, now < until { continue }
            // The newest batch is live; all before it wait for their allowance.
            if state.backlog > 0, allowance < 1 { continue }
            return .send(lane)
        }
        return nil
    }

    // MARK: - Private

    private mutating func complete(_ place: Int) {
        parcels[place].isAcknowledged = true
        parcels[place].open = []
        let lane = parcels[place].lane
        report.acknowledged += 1
        var arrived: Parcel?
        while let first = parcels.firstIndex(where: { $0.lane == lane }),
            parcels[first].isAcknowledged
        {
            let parcel = parcels.remove(at: first)
            lanes[lane]?.refusals[parcel.key] = nil
            arrived = parcel
        }
        guard let arrived else { return }
        lanes[lane]?.cursor = arrived.position
        actions.append(
            .advance(lane, through: arrived.position.covered, epoch: arrived.key.epoch))
    }

    /// Forgets what is under way: it is sent again, in order, from the cursor on.
    private mutating func rewind() {
        parcels.removeAll()
        for lane in lanes.keys {
            if let cursor = lanes[lane]?.cursor { lanes[lane]?.next = cursor }
        }
    }

    /// Notes a refusal: the lane waits and tries again; after some times the message is passed.
    package mutating func refuse(
        _ key: IdempotencyKey, _ fault: UplinkFault, at now: MonotonicTime
    ) {
        guard let place = parcels.firstIndex(where: { $0.key == key }) else { return }
        report.refusals += 1
        report.lastFault = fault
        let lane = key.lane
        lanes[lane]?.refusals[key, default: 0] += 1
        if let refusals = lanes[lane]?.refusals[key], refusals >= Self.refusalLimit {
            actions.append(.abandon(key, fault))
            complete(place)
            return
        }
        // Order is kept: those behind it wait as well. Those before it may still arrive.
        lanes[lane]?.pausedUntil = now.advanced(by: Self.refusalPause)
        let before = parcels[..<place].last { $0.lane == lane }
        parcels = parcels[..<place] + parcels[place...].filter { $0.lane != lane }
        if let next = before?.position ?? lanes[lane]?.cursor { lanes[lane]?.next = next }
    }

    private mutating func takeTokens(_ count: Int) -> [UInt64] {
        defer { nextToken += UInt64(count) }
        return (0..<UInt64(count)).map { nextToken + $0 }
    }

    private mutating func refill(at now: MonotonicTime) {
        let passed = allowanceAt.duration(to: now).inSeconds
        let rate = Double(settings.drainPerSecond)
        allowance = min(max(rate, allowance), allowance + passed * rate)
        allowanceAt = now
    }
}

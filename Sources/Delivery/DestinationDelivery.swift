package import Execution
import MQTT
import Synchronization
package import Telemetry

/// Delivers the cache to one destination, for as long as it runs: carries out what
/// ``DeliveryState`` decides.
package actor DestinationDelivery {
    private let settings: DeliverySettings
    let source: BatchSource
    private let uplink: any Uplink
    private let time: TimeSource
    private let seed: UInt64
    let filter: ShareFilter
    private let holdBack: @Sendable (StoredBatch) -> Bool
    private let onChange: @Sendable (DeliveryChange) -> Void
    private let composer: MessageComposer
    /// The format, as far as the session has come.
    private var format: any WireFormat
    /// What is said of the session on this connection, and not answered.
    private var said: Set<UInt64> = []
    /// Those who listen on the same connection.
    package nonisolated let listeners = TopicListeners()
    private var state: DeliveryState?
    private let published = Mutex(DeliveryFigures())
    /// The batch after which what the filter remembers was kept last.
    var kept: Int64 = 0

    /// - Parameters:
    ///   - filter: What the destination is entitled to.
    ///   - holdBack: Whether a batch waits, since its times may still be corrected.
    ///   - onChange: Takes what may be worth an event. Must not block.
    package init(
        settings: DeliverySettings, filter: ShareFilter, source: BatchSource, uplink: any Uplink,
        time: TimeSource, seed: UInt64,
        holdBack: @escaping @Sendable (StoredBatch) -> Bool = { _ in false },
        onChange: @escaping @Sendable (DeliveryChange) -> Void = { _ in }
    ) {
        self.settings = settings
        self.filter = filter
        self.source = source
        self.uplink = uplink
        self.time = time
        self.seed = seed
        self.holdBack = holdBack
        self.onChange = onChange
        composer = MessageComposer(settings: settings)
        format = settings.format
    }

    /// Counters and state. Never waits for the destination.
    package nonisolated var report: DeliveryFigures { published.withLock { $0 } }

    private enum Input: Sendable {
        case uplink(UplinkEvent)
        case appended
        case due(MonotonicTime)
    }

    /// Delivers until the task is cancelled; then ends the uplink politely.
    package func run() async {
        guard await start() else { return }
        // Bounded by what fills it: few sleepers, one signal, and the events of a window.
        let (inputs, inbox) = AsyncStream<Input>.makeStream(
            bufferingPolicy: .bufferingNewest(1_024))
        await withDiscardingTaskGroup { group in
            let (uplink, source) = (uplink, source)
            var wakeUps = WakeUps()
            let (listeners, subscriptions) = (listeners, format.subscriptions)
            group.addTask {
                for await event in uplink.events {
                    if case .received(let message) = event {
                        // What others are flooded with does not reach the delivery.
                        for fault in listeners.deliver(message) {
                            inbox.yield(.uplink(.ignored(fault)))
                        }
                        guard subscriptions.contains(where: { $0.matches(message.topic) }) else {
                            continue
                        }
                    }
                    inbox.yield(.uplink(event))
                }
            }
            group.addTask { for await _ in source.appended { inbox.yield(.appended) } }
            inbox.yield(.appended)
            for await input in inputs {
                if case .due(let moment) = input { wakeUps.woke(moment) }
                await take(input)
                await act()
                if let moment = wakeUps.arm(state?.nextLook(at: time.monotonic())) {
                    group.addTask { [time] in
                        await time.sleep(moment)
                        inbox.yield(.due(moment))
                    }
                }
            }
            group.cancelAll()
        }
        if let position = state?.arrived { await keep(position, isLast: true) }
        await uplink.close()
    }

    private func start() async -> Bool {
        while !Task.isCancelled {
            do {
                let cursors = try await cursors()
                state = DeliveryState(
                    settings: settings, cursors: cursors, at: time.monotonic(), seed: seed)
                await look()
                return true
            } catch {
                onChange(.cacheUnreadable)
                await time.sleep(time.monotonic().advanced(by: .seconds(5)))
            }
        }
        return false
    }

    private func take(_ input: Input) async {
        let now = time.monotonic()
        switch input {
        case .due, .appended: await look()
        case .uplink(.connected):
            state?.connected(at: now)
            said = []
            onChange(.connected)
            await carryOut(format.connected())
        case .uplink(.disconnected(let fault)):
            state?.disconnected(fault, at: now)
            onChange(.disconnected(fault))
        case .uplink(.accepted(let token)):
            said.remove(token)
            state?.accepted(token, at: now)
        case .uplink(.refused(let token, let fault)):
            if said.remove(token) != nil { onChange(.ignored(fault)) }
            state?.refused(token, fault, at: now)
        case .uplink(.received(let message)): await carryOut(format.received(message))
        case .uplink(.notSubscribed(_, let fault)): onChange(.ignored(fault))
        case .uplink(.ignored(let fault)): onChange(.ignored(fault))
        }
    }

    private func carryOut(_ actions: [FormatAction]) async {
        for action in actions {
            switch action {
            case .acknowledged(let keys):
                for key in keys { state?.acknowledged(key, at: time.monotonic()) }
            case .say(var message):
                message.kind = .session
                for message in state?.named([message]) ?? [] {
                    said.insert(message.token)
                    guard await publish(message, of: nil) else { return }
                }
            }
        }
    }

    /// Looks how far the cache has come.
    private func look() async {
        // A cache that cannot be read now is looked at again in a moment.
        guard let heads = try? await heads() else { return }
        if heads.contains(where: { lane, head in head < state?.head(of: lane) ?? 0 }) {
            // Numbers never go back within one cache: this is another.
            guard let cursors = try? await cursors() else { return }
            state?.replaced(cursors)
        }
        let now = time.monotonic()
        for (lane, head) in heads { state?.appended(lane, head: head, at: now) }
    }

    private func heads() async throws -> [Lane: Int64] {
        var heads: [Lane: Int64] = [:]
        for lane in Lane.allCases { heads[lane] = try await source.head(lane) }
        return heads
    }

    private func act() async {
        while !Task.isCancelled, let action = state?.next(at: time.monotonic()) {
            switch action {
            case .connect:
                await uplink.connect(
                    ConnectionTerms(
                        subscriptions: format.subscriptions.map { Subscription($0) }
                            + listeners.subscriptions, will: format.will))
            case .disconnect(let fault):
                onChange(.disconnected(fault))
                await uplink.disconnect()
            case .send(let lane):
                guard await send(lane) else { return publish() }
            case .cover(let lane): await cover(lane)
            case .resend(let key): await resend(key)
            case .advance(let lane, let through, let epoch):
                // Losing a cursor only makes some messages come again, under the same keys.
                try? await source.advance(lane, through, epoch)
                if lane == .reading, let position = state?.arrived { await keep(position) }
            case .tellStanding(let key, let fault): onChange(.standing(key, fault))
            case .tellGoingOn(let key, let duration): onChange(.goingOn(key, after: duration))
            }
        }
        publish()
    }

    private func publish() {
        guard let report = state?.status else { return }
        published.withLock { $0 = report }
    }

    /// Composes and publishes the next message of a lane.
    ///
    /// - Returns: Whether there may be more to send at once.
    private func send(_ lane: Lane) async -> Bool {
        guard var position = state?.position(of: lane) else { return false }
        let batches: [StoredBatch]
        do {
            let limit = filter.sharesEverything ? 1 : 32
            let found = try await source.batches(lane, position.scanned, limit)
            // From the first that has to wait, everything waits: order is kept.
            batches = Array(found.prefix { !holdBack($0) })
        } catch {
            onChange(.cacheUnreadable)
            state?.unreadable(at: time.monotonic())
            return false
        }
        guard !batches.isEmpty else {
            state?.foundNothing(in: lane, at: time.monotonic())
            return true
        }
        let limit = state?.payloadLimit(at: time.monotonic())
        let composed = composer.compose(batches, lane: lane, limit: limit, from: &position)
        guard let composed else {
            state?.scanned(position, in: lane, at: time.monotonic())
            return true
        }
        for sequence in composed.unreadable { onChange(.unreadable(lane, sequence)) }
        if composed.undated > 0 {
            onChange(.undated(lane, composed.key.sequences.upperBound, composed.undated))
        }
        await publish(composed.key, state?.sent(composed, at: time.monotonic()) ?? [])
        return true
    }

    /// Publishes that nothing is shared of what was looked at.
    private func cover(_ lane: Lane) async {
        // A cache that cannot be read now is asked again when a message is due the next time.
        guard var position = state?.position(of: lane),
            let last = try? await source.batches(lane, position.scanned - 1, 1).first,
            let composed = composer.cover(last, lane: lane, from: &position)
        else { return }
        await publish(composed.key, state?.sent(composed, at: time.monotonic()) ?? [])
    }

    private func resend(_ key: IdempotencyKey) async {
        await publish(key, state?.resent(key, at: time.monotonic()) ?? [])
    }

    private func publish(_ key: IdempotencyKey, _ messages: [OutgoingMessage]) async {
        for message in messages {
            guard await publish(message, of: key) else { return }
        }
    }

    /// - Parameter key: That of the message it is a part of; `nil` for what is said of the session.
    /// - Returns: Whether more can be published.
    private func publish(_ message: OutgoingMessage, of key: IdempotencyKey?) async -> Bool {
        do throws(UplinkFault) {
            try await uplink.publish(message)
            return true
        } catch {
            let now = time.monotonic()
            switch error {
            case .tooLarge, .notAuthorized, .unacceptable:
                guard let key else {
                    onChange(.ignored(error))
                    return true
                }
                state?.refuse(key, error, at: now)
            default:
                // The connection is gone or going; its end comes as an event, or is made here.
                state?.disconnected(error, at: now, isOwnWish: true)
                await uplink.disconnect()
            }
            return false
        }
    }
}

/// A change that someone may want to know of.
package enum DeliveryChange: Hashable, Sendable {
    case connected
    case disconnected(UplinkFault)
    /// Something was not taken, by the gateway or by the destination, and nothing waits for it.
    case ignored(UplinkFault)
    /// The destination does not take a message, and its lane waits behind it.
    case standing(IdempotencyKey, UplinkFault)
    /// It has taken the message, after so long.
    case goingOn(IdempotencyKey, after: Duration)
    /// A stored batch cannot be decoded; it is passed over.
    case unreadable(Lane, Int64)
    /// So many readings and events of a batch were left out: nobody knows when they were made.
    case undated(Lane, Int64, Int)
    case cacheUnreadable
}

package import Execution
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
    private var state: DeliveryState?
    private let published = Mutex(DeliveryReport())

    /// How often is looked whether something is due.
    private static let tick: Duration = .milliseconds(500)

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
    }

    /// Counters and state. Never waits for the destination.
    package nonisolated var report: DeliveryReport { published.withLock { $0 } }

    private enum Input: Sendable {
        case uplink(UplinkEvent)
        case appended
        case tick
    }

    /// Delivers until the task is cancelled; then ends the uplink politely.
    package func run() async {
        guard await start() else { return }
        // Bounded by what fills it: two ticks a second, one signal, and the events of a window.
        let (inputs, inbox) = AsyncStream<Input>.makeStream(
            bufferingPolicy: .bufferingNewest(1_024))
        await withDiscardingTaskGroup { group in
            let (uplink, source, time) = (uplink, source, time)
            group.addTask { for await event in uplink.events { inbox.yield(.uplink(event)) } }
            group.addTask { for await _ in source.appended { inbox.yield(.appended) } }
            group.addTask {
                while !Task.isCancelled {
                    inbox.yield(.tick)
                    await time.sleep(time.monotonic().advanced(by: Self.tick))
                }
            }
            for await input in inputs {
                await take(input)
                await act()
            }
            group.cancelAll()
        }
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
        case .tick: await look()
        case .appended: await look()
        case .uplink(.connected):
            state?.connected(at: now)
            onChange(.connected)
        case .uplink(.disconnected(let fault)):
            state?.disconnected(fault, at: now)
            onChange(.disconnected(fault))
        case .uplink(.accepted(let token)): state?.accepted(token, at: now)
        case .uplink(.refused(let token, let fault)): state?.refused(token, fault, at: now)
        case .uplink(.received(let topic, let payload)):
            guard topic == settings.acknowledgementTopic else { return }
            for key in Acknowledgement.keys(in: payload) { state?.acknowledged(key, at: now) }
        case .uplink(.ignored(let fault)): onChange(.ignored(fault))
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
            case .connect: await uplink.connect()
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
        let tokens = state?.sent(composed, at: time.monotonic()) ?? []
        await publish(composed.key, Array(zip(tokens, composed.payloads)))
        return true
    }

    /// Publishes that nothing is shared of what was looked at.
    private func cover(_ lane: Lane) async {
        // A cache that cannot be read now is asked again when a message is due the next time.
        guard var position = state?.position(of: lane),
            let last = try? await source.batches(lane, position.scanned - 1, 1).first,
            let composed = composer.cover(last, lane: lane, from: &position)
        else { return }
        let tokens = state?.sent(composed, at: time.monotonic()) ?? []
        await publish(composed.key, Array(zip(tokens, composed.payloads)))
    }

    private func resend(_ key: IdempotencyKey) async {
        let payloads = state?.resent(key, at: time.monotonic()) ?? []
        await publish(key, payloads.map { ($0.token, $0.payload) })
    }

    private func publish(_ key: IdempotencyKey, _ payloads: [(UInt64, [UInt8])]) async {
        for (token, payload) in payloads {
            let message = OutgoingMessage(
                token: token, topic: settings.topic(of: key.lane), payload: payload,
                key: key.description)
            do throws(UplinkFault) {
                try await uplink.publish(message)
            } catch {
                let now = time.monotonic()
                switch error {
                case .tooLarge, .notAuthorized, .unacceptable:
                    state?.refuse(key, error, at: now)
                default:
                    // The connection is gone or going; its end comes as an event, or is made here.
                    state?.disconnected(error, at: now, isOwnWish: true)
                    await uplink.disconnect()
                }
                return
            }
        }
    }
}

/// A change that someone may want to know of.
package enum DeliveryChange: Hashable, Sendable {
    case connected
    case disconnected(UplinkFault)
    /// Something that came from the destination was not taken.
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

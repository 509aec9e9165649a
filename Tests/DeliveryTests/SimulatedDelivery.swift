import Delivery
import Execution
import Metering
import Telemetry

/// A gateway's delivery to one destination in virtual time: a cache, the state machine under
/// test, and a ``SimulatedDestination``. Carries out actions as the service does.
struct SimulatedDelivery {
    /// A message sent, or sent again.
    struct Sent: Hashable {
        var key: IdempotencyKey
        var at: MonotonicTime
        var isResent = false
    }

    let settings: DeliverySettings
    let filter: ShareFilter
    private let composer: MessageComposer
    private var format: any WireFormat
    var destination: SimulatedDestination
    private(set) var state: DeliveryState
    private(set) var now = MonotonicTime(nanoseconds: 1_000_000_000)
    private var random: SeededRandom

    private(set) var cache: [Lane: [StoredBatch]] = [:]
    private(set) var heads: [Lane: Int64] = [:]
    private(set) var cursors: [Lane: Int64] = [:]
    /// The cursors as they are on the disk.
    private var savedCursors: [Lane: Int64] = [:]

    private(set) var sent: [Sent] = []
    private(set) var connects: [MonotonicTime] = []
    private(set) var appends: [(lane: Lane, at: MonotonicTime)] = []
    /// Messages whose refusal was told, and whose end was.
    private(set) var told: [IdempotencyKey] = []
    private(set) var goingOn: [IdempotencyKey] = []
    /// How often sending began again at a cursor.
    private(set) var rewinds = 0
    private(set) var wrongs: [String] = []

    init(
        _ settings: DeliverySettings, filter: ShareFilter = ShareFilter(nil), seed: UInt64 = 1
    ) {
        self.settings = settings
        self.filter = filter
        composer = MessageComposer(settings: settings)
        format = settings.format
        destination = SimulatedDestination(settings: settings, seed: seed &* 31)
        random = SeededRandom(seed: seed)
        state = DeliveryState(settings: settings, cursors: [:], at: now, seed: seed)
        restart()
    }

    // MARK: - The gateway

    /// Begins anew with the cursors that are on the disk.
    mutating func restart() {
        destination.disconnect()
        rewinds += 1
        cursors = savedCursors
        var positions: [Lane: MessageComposer.Position] = [:]
        for lane in Lane.allCases {
            let cursor = cursors[lane] ?? 0
            var filter = filter
            for stored in cache[lane] ?? [] where stored.sequence <= cursor {
                if let batch = try? stored.decoded() { _ = filter.shared(of: batch) }
            }
            positions[lane] = MessageComposer.Position(at: cursor, filter: filter)
        }
        state = DeliveryState(
            settings: settings, cursors: positions, at: now, seed: random.next())
        look()
    }

    mutating func append(_ batch: Batch, to lane: Lane) {
        let sequence = (heads[lane] ?? 0) + 1
        heads[lane] = sequence
        cache[lane, default: []].append(StoredContent.stored(batch, sequence, lane: lane))
        appends.append((lane, now))
    }

    /// The cache drops the oldest of a lane.
    mutating func drop(_ count: Int, from lane: Lane) {
        cache[lane] = Array((cache[lane] ?? []).dropFirst(count))
    }

    /// Cursors reach the disk.
    mutating func flush() { savedCursors = cursors }

    private mutating func look() {
        for lane in Lane.allCases { state.appended(lane, head: heads[lane] ?? 0, at: now) }
    }

    // MARK: - Time

    /// Lets time pass: what happens is handled when it happens, and every half second is a tick.
    mutating func run(for duration: Duration) {
        let end = now.advanced(by: duration)
        step()
        while now < end {
            let rest = 500_000_000 - now.nanoseconds % 500_000_000
            let tick = now.advanced(by: .nanoseconds(rest))
            now = max(now, min(end, min(tick, destination.next ?? end)))
            step()
        }
    }

    /// Runs until all has arrived that is to.
    mutating func finish(within limit: Duration) {
        let end = now.advanced(by: limit)
        while now < end, !isDone { run(for: .seconds(1)) }
    }

    /// Whether the destination has everything.
    var isDone: Bool {
        Lane.allCases.allSatisfy { lane in
            (state.position(of: lane)?.scanned ?? 0) >= (heads[lane] ?? 0)
        } && state.status.underWay == 0
    }

    private mutating func step() {
        look()
        for event in destination.happenings(until: now) {
            take(event)
            act()
        }
        act()
    }

    private mutating func take(_ event: UplinkEvent) {
        switch event {
        case .connected:
            rewinds += 1
            state.connected(at: now)
        case .disconnected(let fault):
            state.disconnected(fault, at: now)
        case .accepted(let token): state.accepted(token, at: now)
        case .refused(let token, let fault): state.refused(token, fault, at: now)
        case .received(let message):
            for action in format.received(message) {
                guard case .acknowledged(let keys) = action else { continue }
                for key in keys { state.acknowledged(key, at: now) }
            }
        case .ignored, .notSubscribed: break
        }
    }

    private mutating func act() {
        var count = 0
        while let action = state.next(at: now) {
            count += 1
            guard count < 5_000 else { return wrongs.append("busy without end, at \(action)") }
            switch action {
            case .connect:
                connects.append(now)
                destination.connect(at: now)
            case .disconnect: destination.disconnect()
            case .send(let lane): send(lane)
            case .cover(let lane): cover(lane)
            case .resend(let key):
                sent.append(Sent(key: key, at: now, isResent: true))
                publish(key, state.resent(key, at: now))
            case .advance(let lane, let through, let epoch): advance(lane, through, epoch)
            case .tellStanding(let key, _): told.append(key)
            case .tellGoingOn(let key, _): goingOn.append(key)
            }
        }
    }

    private mutating func send(_ lane: Lane) {
        guard var position = state.position(of: lane) else { return }
        let after = position.scanned
        let found = (cache[lane] ?? []).lazy.filter { $0.sequence > after }
            .prefix(filter.sharesEverything ? 1 : 32)
        guard !found.isEmpty else {
            return state.foundNothing(in: lane, at: now)
        }
        let limit = state.payloadLimit(at: now)
        let composed = composer.compose(Array(found), lane: lane, limit: limit, from: &position)
        guard let composed else { return state.scanned(position, in: lane, at: now) }
        publish(composed)
    }

    private mutating func cover(_ lane: Lane) {
        guard var position = state.position(of: lane),
            let last = cache[lane]?.first(where: { $0.sequence == position.scanned }),
            let composed = composer.cover(last, lane: lane, from: &position)
        else { return }
        publish(composed)
    }

    private mutating func publish(_ composed: MessageComposer.Composed) {
        sent.append(Sent(key: composed.key, at: now))
        let messages = state.sent(composed, at: now)
        if state.status.underWay > settings.window * Lane.allCases.count {
            wrongs.append("\(state.status.underWay) are under way")
        }
        publish(composed.key, messages)
    }

    private mutating func publish(
        _ key: IdempotencyKey, _ messages: [OutgoingMessage]
    ) {
        destination.publish(key, messages.map { ($0.token, $0.payload) }, at: now)
    }

    /// A cursor may only pass what has arrived, and what is not kept any more.
    private mutating func advance(_ lane: Lane, _ through: Int64, _ epoch: String) {
        let cursor = cursors[lane] ?? 0
        if through <= cursor { wrongs.append("\(lane): cursor from \(cursor) to \(through)") }
        if epoch != StoredContent.epoch { wrongs.append("epoch \(epoch)") }
        for stored in cache[lane] ?? [] where cursor < stored.sequence && stored.sequence <= through
        {
            // ThingsBoard has no word for a message without content.
            let isTold = settings.format.hasParts || filter.sharesEverything
            if isTold, destination.keyOfBatch[lane]?[stored.sequence] == nil {
                wrongs.append("\(lane): the cursor passed \(stored.sequence), which is not there")
            }
        }
        cursors[lane] = max(cursor, through)
    }
}

import Execution
import Telemetry

/// Which batches to drop when the cache is full or old: a pure decision, without I/O.
///
/// What every destination has goes first, oldest first, whatever its lane. Then the oldest
/// readings go, then the oldest events, and alarms last: an alarm that somebody still misses gives
/// way to alarms alone. Within a lane nothing is ever dropped before what is older.
struct RetentionPolicy: Hashable, Sendable {
    /// The age beyond which nothing is kept.
    var maximumAge: Duration

    /// How much earlier than it must a batch may be dropped because of its age: dropping many at
    /// once writes far fewer pages than dropping one with each append.
    var ageSlack: Duration { min(maximumAge / 128, .seconds(3_600)) }

    /// Decides.
    ///
    /// - Parameters:
    ///   - holdings: The oldest batches of each lane, in ascending order: not all, perhaps.
    ///   - delivered: How far each destination has everything.
    ///   - excess: How many bytes must go; from 0.
    ///   - lane: Of the batch that they make room for.
    ///   - cause: Why they must.
    ///   - now: The time of day, or `nil` where it is not known and nothing can be called old.
    func decide(
        _ holdings: PerLane<Window>, delivered: [DestinationCursor], excess: Int64,
        for lane: Lane, because cause: GapRecord.Reason = .size, now: Timestamp?
    ) -> [Drop] {
        let last: [Lane] = lane == .alarm ? [.reading, .event, .alarm] : [.reading, .event]
        var drops = Drops(delivered: delivered)
        var next = PerLane(repeating: 0)
        if let now {
            for lane in Lane.allCases {
                let count = expired(holdings[lane], lane: lane, at: now)
                for holding in holdings[lane].oldest[..<count] {
                    drops.append(holding, in: lane, because: .age)
                }
                next[lane] = count
            }
        }
        while drops.bytes < excess {
            guard let lane = nextLane(holdings, at: next, delivered: delivered, last)
            else { break }
            drops.append(holdings[lane].oldest[next[lane]], in: lane, because: cause)
            next[lane] += 1
        }
        return drops.drops
    }

    /// Whether a lane that begins with `oldest` has anything to drop for its age.
    func isExpired(_ oldest: Timestamp, at now: Timestamp) -> Bool {
        now - oldest > maximumAge
    }

    /// How many batches from the start are too old. A batch of unknown time goes with the first
    /// younger one in its lane that is too old.
    private func expired(_ window: Window, lane: Lane, at now: Timestamp) -> Int {
        guard let oldest = window.oldest.first(where: \.isTimeKnown),
            isExpired(oldest.lastTime, at: now)
        else { return 0 }
        let kept = maximumAge - ageSlack
        let last = window.oldest.lastIndex { $0.isTimeKnown && now - $0.lastTime > kept }
        return last.map { $0 + 1 } ?? 0
    }

    /// The lane to drop from next, or `nil` where there is none, or that cannot be told from what
    /// is in view.
    ///
    /// - Parameter last: The lanes that lose what somebody misses, in this order.
    private func nextLane(
        _ holdings: PerLane<Window>, at next: PerLane<Int>, delivered: [DestinationCursor],
        _ last: [Lane]
    ) -> Lane? {
        var oldestDelivered: (lane: Lane, time: Timestamp)?
        for lane in Lane.allCases {
            guard next[lane] < holdings[lane].oldest.count else {
                if holdings[lane].isComplete { continue }
                return nil
            }
            let holding = holdings[lane].oldest[next[lane]]
            guard delivered.allSatisfy({ $0.through[lane] >= holding.sequence }) else { continue }
            if oldestDelivered.map({ holding.lastTime < $0.time }) ?? true {
                oldestDelivered = (lane, holding.lastTime)
            }
        }
        if let oldestDelivered { return oldestDelivered.lane }
        return last.first { next[$0] < holdings[$0].oldest.count }
    }
}

extension RetentionPolicy {
    /// One batch in the cache, as the policy sees it.
    struct Holding: Hashable, Sendable {
        var sequence: Int64
        var readings: Int
        var payloadBytes: Int64
        /// What dropping it frees.
        var bytes: Int64
        var firstTime: Timestamp
        var lastTime: Timestamp
        /// Whether the times come from a clock that was right, or could be corrected.
        var isTimeKnown: Bool

        var times: ClosedRange<Timestamp> {
            min(firstTime, lastTime)...max(firstTime, lastTime)
        }
    }

    /// The oldest batches of one lane.
    struct Window: Hashable, Sendable {
        var oldest: [Holding] = []
        /// Whether the lane holds no others.
        var isComplete = true
    }

    /// How far a destination has everything.
    struct DestinationCursor: Hashable, Sendable {
        var name: String
        var through: PerLane<Int64>
    }

    /// Batches to drop that follow each other in one lane, for one reason, missed by the same.
    struct Drop: Hashable, Sendable {
        var lane: Lane
        var sequences: ClosedRange<Int64>
        var batches: Int
        var readings: Int
        var bytes: Int64
        var times: ClosedRange<Timestamp>
        var missedBy: [String]
        var reason: GapRecord.Reason

        /// The record of what somebody will now miss, or `nil` where all have it.
        var gap: GapRecord? {
            guard !missedBy.isEmpty else { return nil }
            return GapRecord(
                lane: lane, sequences: sequences, batches: batches, readings: readings,
                times: times, missedBy: missedBy, reason: reason)
        }
    }
}

/// Drops in the making: neighbours of one kind become one drop, and so one gap record.
private struct Drops {
    let delivered: [RetentionPolicy.DestinationCursor]
    private(set) var drops: [RetentionPolicy.Drop] = []
    private(set) var bytes: Int64 = 0

    init(delivered: [RetentionPolicy.DestinationCursor]) {
        self.delivered = delivered
    }

    mutating func append(
        _ holding: RetentionPolicy.Holding, in lane: Lane, because reason: GapRecord.Reason
    ) {
        bytes += holding.bytes
        let missedBy = delivered.filter { $0.through[lane] < holding.sequence }.map(\.name).sorted()
        if let last = drops.lastIndex(where: { $0.lane == lane }), drops[last].reason == reason,
            drops[last].missedBy == missedBy
        {
            drops[last].extend(by: holding)
        } else {
            drops.append(
                RetentionPolicy.Drop(
                    lane: lane, sequences: holding.sequence...holding.sequence, batches: 1,
                    readings: holding.readings, bytes: holding.bytes,
                    times: holding.times, missedBy: missedBy, reason: reason))
        }
    }
}

extension RetentionPolicy.Drop {
    fileprivate mutating func extend(by holding: RetentionPolicy.Holding) {
        sequences = sequences.lowerBound...holding.sequence
        batches += 1
        readings += holding.readings
        bytes += holding.bytes
        times = times.union(holding.times)
    }
}

extension ClosedRange<Timestamp> {
    /// The shortest range that holds both.
    func union(_ other: Self) -> Self {
        Swift.min(lowerBound, other.lowerBound)...Swift.max(upperBound, other.upperBound)
    }
}

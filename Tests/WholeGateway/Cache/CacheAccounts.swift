import Persistence
import Telemetry

/// What a cache was given and what it said, to hold against what it has.
struct CacheAccounts {
    private struct Key: Hashable {
        var lane: Lane
        var sequence: Int64
    }

    private struct Content: Hashable {
        var epoch: String
        var sum: UInt64
    }

    /// What was acknowledged, and is neither known to be delivered nor said to have gone.
    private var acknowledged: [Key: Content] = [:]
    private var attempted: Set<UInt64> = []
    private var told: Set<Key> = []
    private var deliveredThrough: [Lane: Int64] = [:]
    /// What happened, for whoever looks into a violation.
    private(set) var story: [String] = []
    private(set) var violations: [String] = []

    var toldCount: Int { told.count }

    mutating func tell(_ what: String) { story.append(what) }

    mutating func violate(_ what: String) {
        violations.append(what)
        tell("VIOLATION: \(what)")
    }

    mutating func willStore(_ batch: SealedBatch) { attempted.insert(Self.sum(batch.payload)) }

    mutating func stored(_ batch: SealedBatch, _ sequence: Int64, _ epoch: String) {
        let key = Key(lane: batch.lane, sequence: sequence)
        let content = Content(epoch: epoch, sum: Self.sum(batch.payload))
        if acknowledged.updateValue(content, forKey: key) != nil {
            violate("\(batch.lane) \(sequence) was given twice")
        }
    }

    mutating func delivered(_ lane: Lane, through sequence: Int64) {
        deliveredThrough[lane] = max(deliveredThrough[lane] ?? 0, sequence)
    }

    mutating func note(_ reports: [OutboxReport]) {
        for report in reports {
            switch report {
            case .gap(let gap):
                tell("\(gap.lane) \(gap.sequences) gone: \(gap.reason)")
                if gap.reason == .damaged { violate("\(gap.lane) \(gap.sequences) are damaged") }
                tell(gap.lane, gap.sequences)
            case .setAside(let file, let reason): violate("\(file) was set aside: \(reason)")
            }
        }
    }

    private mutating func tell(_ lane: Lane, _ sequences: ClosedRange<Int64>) {
        for sequence in sequences { told.insert(Key(lane: lane, sequence: sequence)) }
    }

    mutating func audit(_ kept: [StoredBatch]) {
        var present: Set<Key> = []
        for stored in kept {
            let key = Key(lane: stored.batch.lane, sequence: stored.sequence)
            present.insert(key)
            let content = Content(epoch: stored.epoch, sum: Self.sum(stored.batch.payload))
            if let known = acknowledged[key] {
                if known != content {
                    violate("\(key.lane) \(key.sequence) is another than it was")
                }
            } else if key.lane == .event {
                read(stored)
            } else if !attempted.contains(content.sum) {
                violate("\(key.lane) \(key.sequence) was never stored")
            }
        }
        if let both = present.intersection(told).first {
            violate("\(both.lane) \(both.sequence) is there, and said to have gone")
        }
        for key in acknowledged.keys where !present.contains(key) {
            let isDelivered = key.sequence <= deliveredThrough[key.lane] ?? 0
            if !isDelivered, !told.contains(key) {
                violate("\(key.lane) \(key.sequence) is gone without a word")
            }
            acknowledged[key] = nil
        }
    }

    /// What an event of the cache's own says has gone: in a cut its words are all there is.
    private mutating func read(_ stored: StoredBatch) {
        do {
            for event in try Batch(decoding: stored.batch.content()).events
            where event.kind == "cache.gap" {
                guard let lane = Lane(rawValue: event.subject),
                    let first = event.details["first"].flatMap(Int64.init),
                    let last = event.details["last"].flatMap(Int64.init), first <= last
                else { return violate("a gap of nothing: \(event)") }
                if event.details["reason"] == "damaged" {
                    violate("\(lane) \(first) to \(last) are damaged")
                }
                tell(lane, first...last)
            }
        } catch { violate("an event of the cache cannot be read: \(error)") }
    }

    private static func sum(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    }
}

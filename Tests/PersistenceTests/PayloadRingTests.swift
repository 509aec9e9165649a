import Execution
import Testing

@testable import Persistence

struct PayloadRingTests {
    /// Long lives with changing limits, beside a model that is a list of places: no payload ever
    /// lies over another that is kept, nor past the file's limit.
    @Test(arguments: UInt64(0)..<300)
    func noTwoKeptPayloadsEverOverlap(seed: UInt64) {
        var life = RingLife(seed: seed)
        for _ in 0..<600 { life.step() }
        #expect(life.added > 100)
    }

    /// With a fixed limit, what is dropped is used again: the file comes round many times and a
    /// new payload needs no more than its own length, and a bit at the wrap.
    @Test(arguments: UInt64(0)..<50)
    func comesRoundAndLosesLittleSpace(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let limit = PayloadPlace.start + Int64.random(in: 60_000...400_000, using: &random)
        let longest = (limit - PayloadPlace.start) / 8
        var ring = PayloadRing()
        var kept: [PayloadRing.Kept] = []
        var end = PayloadPlace.start
        var wraps = 0
        for sequence in 1...Int64(1_000) {
            let length = Int64.random(in: 1...longest, using: &random)
            while ring.place(for: length, end: end, limit: limit) == nil {
                let bytes = kept.reduce(0) { $0 + $1.place.length }
                #expect(bytes * 8 >= (limit - PayloadPlace.start - 2 * longest) * 6)
                kept.removeFirst()
                ring.drop(to: kept.first)
            }
            guard let place = ring.place(for: length, end: end, limit: limit) else { return }
            if place.offset == PayloadPlace.start { wraps += 1 }
            end = max(end, place.end)
            let batch = PayloadRing.Kept(sequence: sequence, place: place)
            ring.add(batch)
            kept.append(batch)
        }
        #expect(end <= limit)
        #expect(wraps > 10)
    }

    /// Where batches go because of their age, the file stops growing long before its limit.
    @Test func doesNotGrowWhereItsBeginningCanBeUsedAgain() {
        var ring = PayloadRing()
        var kept: [PayloadRing.Kept] = []
        var end = PayloadPlace.start
        for sequence in 1...Int64(20_000) {
            if kept.count == 100 {
                kept.removeFirst()
                ring.drop(to: kept.first)
            }
            guard let place = ring.place(for: 3_000, end: end, limit: 1 << 30) else {
                Issue.record("no place for \(sequence)")
                return
            }
            end = max(end, place.end)
            kept.append(PayloadRing.Kept(sequence: sequence, place: place))
            ring.add(kept[kept.count - 1])
        }
        #expect(end < 100 * 3_000 * 3 / 2)
    }

    /// A batch a minute, as the gateway seals them, costs one block of the disk, not two.
    @Test func startsWithABlockWhereThatSavesOne() {
        var ring = PayloadRing()
        for sequence in 1...Int64(50) {
            let place = ring.place(for: 3_645, end: 1 << 20, limit: 1 << 20)
            #expect(place?.offset == PayloadPlace.start + (sequence - 1) * 4_096)
            if let place { ring.add(PayloadRing.Kept(sequence: sequence, place: place)) }
        }
        // Small ones lie side by side.
        for sequence in 51...Int64(60) {
            let before = ring.newest?.place.end
            let place = ring.place(for: 40, end: 1 << 20, limit: 1 << 20)
            if sequence > 51 { #expect(place?.offset == before) }
            if let place { ring.add(PayloadRing.Kept(sequence: sequence, place: place)) }
        }
    }

    /// A row whose place was damaged frees nothing.
    @Test func believesNoPlaceThatIsNotAmongItsOwn() throws {
        func kept(_ sequence: Int64, _ offset: Int64) throws -> PayloadRing.Kept {
            PayloadRing.Kept(
                sequence: sequence, place: try #require(PayloadPlace(offset: offset, length: 100)))
        }
        var ring = PayloadRing(oldest: try kept(1, 50_000), newest: try kept(9, 90_000))
        for offset in [Int64(4_096), 49_999, 90_001, 1 << 39] {
            ring.drop(to: try kept(5, offset))
            #expect(ring.oldest?.sequence == 1)
        }
        ring.drop(to: try kept(5, 70_000))
        #expect(ring.oldest?.sequence == 5)
        // Two places that cannot both be: there is no room between them, and no trap.
        let long = try #require(PayloadPlace(offset: 40_000, length: 20_000))
        let torn = PayloadRing(
            oldest: try kept(1, 50_000), newest: PayloadRing.Kept(sequence: 9, place: long))
        #expect(torn.place(for: 1, end: 100_000, limit: 100_000) == nil)
        #expect(torn.free(end: 100_000).allSatisfy { $0.isEmpty })
        var wrapped = PayloadRing(oldest: try kept(1, 90_000), newest: try kept(9, 50_000))
        wrapped.drop(to: try kept(5, 60_000))
        #expect(wrapped.oldest?.sequence == 1)
        wrapped.drop(to: try kept(5, 40_000))
        #expect(wrapped.oldest?.sequence == 5)
    }

    @Test func aPlaceIsOneNumber() {
        for offset in [PayloadPlace.start, 123_456_789, PayloadPlace.farthest] {
            for length in [Int64(1), 3_645, PayloadPlace.longest] {
                let place = PayloadPlace(offset: offset, length: length)
                #expect(place != nil)
                #expect(place.flatMap { PayloadPlace(rawValue: $0.rawValue) } == place)
            }
        }
        for raw in [Int64.min, -1, 0, 1, 5_000 << 22, 100 << 22 | 7, .max] {
            #expect(PayloadPlace(rawValue: raw) == nil)
        }
    }
}

/// A ring, and all that it must keep.
private struct RingLife {
    var random: SeededRandom
    var ring = PayloadRing()
    var kept: [PayloadRing.Kept] = []
    var end = PayloadPlace.start
    var limit: Int64
    var added = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        limit = PayloadPlace.start + Int64.random(in: 10_000...200_000, using: &random)
    }

    mutating func step() {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<70: add()
        case 70..<85: drop(Int.random(in: 1...8, using: &random))
        case 85..<88: drop(kept.count)
        // Out of the middle: a batch that was found damaged.
        case 88..<91: if kept.count > 2 { kept.remove(at: kept.count / 2) }
        case 91..<95: reopen()
        default:
            limit = PayloadPlace.start + Int64.random(in: 10_000...200_000, using: &random)
        }
        #expect(ring.oldest == kept.first)
        for part in ring.free(end: end) {
            #expect(
                !kept.contains {
                    $0.place.offset < part.upperBound && part.lowerBound < $0.place.end
                })
        }
        let bytes = kept.reduce(0) { $0 + $1.place.length }
        #expect(ring.keptBytes(end: end) >= bytes)
        #expect(ring.keptBytes(end: end) <= max(end, ring.newest?.place.end ?? 0))
    }

    private mutating func add() {
        let longest = max(1, (limit - PayloadPlace.start) / 3)
        var length = Int64.random(in: 1...longest, using: &random)
        // What just fits, or just does not.
        let part = ring.free(end: limit).randomElement(using: &random)
        if let part, Bool.random(using: &random) {
            length = Int64(part.count) + Int64.random(in: -1...1, using: &random)
            length = min(max(1, length), longest)
        }
        guard let place = ring.place(for: length, end: end, limit: limit) else {
            // There was a reason.
            #expect(!kept.isEmpty)
            return drop(1)
        }
        added += 1
        #expect(place.length == length && place.offset >= PayloadPlace.start)
        #expect(place.end <= limit || (kept.map(\.place.end).max() ?? 0) > limit)
        #expect(
            !kept.contains { $0.place.offset < place.end && place.offset < $0.place.end })
        end = max(end, place.end)
        let batch = PayloadRing.Kept(sequence: Int64(added), place: place)
        ring.add(batch)
        kept.append(batch)
    }

    private mutating func drop(_ count: Int) {
        kept.removeFirst(min(count, kept.count))
        ring.drop(to: kept.first)
    }

    /// As after a restart: the rows alone are known.
    private mutating func reopen() {
        guard kept.last == ring.newest else { return }
        ring = PayloadRing(oldest: kept.first, newest: kept.last)
    }
}

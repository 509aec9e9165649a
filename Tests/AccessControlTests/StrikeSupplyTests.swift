import AccessControl
import Execution
import Testing

struct StrikeSupplyTests {
    @Test(arguments: 0..<200 as Range<UInt64>)
    func neverTooManyAtOnceAndAllInTurn(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let limit = Int.random(in: 1...4, using: &random)
        let waitingLimit = Int.random(in: 1...6, using: &random)
        var supply = StrikeSupply(strikesAtOnce: limit, waitingLimit: waitingLimit)
        var now = MonotonicTime(nanoseconds: 0)
        var turns: [Int] = []
        var active: Set<Int> = []
        for _ in 0..<300 {
            now = now.advanced(by: .milliseconds(Int64.random(in: 0...300, using: &random)))
            let place = Int.random(in: 0..<12, using: &random)
            if !active.contains(place) {
                switch supply.ask(place, at: now) {
                case .now:
                    #expect(turns.isEmpty)
                    active.insert(place)
                case .waiting:
                    #expect(!turns.contains(place))
                    turns.append(place)
                case .already: #expect(turns.contains(place))
                case .full: #expect(turns.count == waitingLimit)
                }
            }
            for one in active.sorted() where Bool.random(using: &random) {
                supply.released(one)
                active.remove(one)
            }
            while let next = supply.next(at: now) {
                #expect(turns.removeFirst() == next)
                active.insert(next)
            }
            #expect(active.count <= limit)
            #expect(Set(supply.taken.keys) == active)
            #expect(supply.waiting == turns)
        }
    }

    @Test func aStrikeThatIsNeverKnownToBeInactiveDoesNotLockUpTheOthers() {
        var supply = StrikeSupply(strikesAtOnce: 1, waitingLimit: 4)
        let start = MonotonicTime(nanoseconds: 0)
        #expect(supply.ask(0, at: start) == .now)
        #expect(supply.ask(1, at: start) == .waiting)
        #expect(supply.nextWakeUp == start.advanced(by: StrikeSupply.patience))
        #expect(supply.next(at: start.advanced(by: .seconds(9))) == nil)
        #expect(supply.next(at: start.advanced(by: .seconds(10))) == 1)
    }

    /// Who wakes for nothing is woken again at once, and so for ever.
    @Test func itWakesWhenTheFirstInTurnHasRoomAndNotBefore() {
        var supply = StrikeSupply(strikesAtOnce: 2, waitingLimit: 4)
        let start = MonotonicTime(nanoseconds: 0)
        let later = start.advanced(by: .seconds(1))
        #expect(supply.ask(0, at: start) == .now)
        #expect(supply.ask(1, at: later) == .now)
        #expect(supply.ask(1, at: later) == .waiting, "it may still be active")
        #expect(supply.nextWakeUp == later.advanced(by: StrikeSupply.patience))
        #expect(supply.next(at: start.advanced(by: StrikeSupply.patience)) == nil)
        #expect(supply.next(at: later.advanced(by: StrikeSupply.patience)) == 1)
    }
}

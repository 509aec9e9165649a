import Execution
import ModbusTransport
import Testing

@Suite struct ConnectionHabitsTests {
    private func second(_ number: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(number * 1e9))
    }

    @Test func aServerThatClosesWhatIsAskedTooEarlyIsLeftAloneLonger() {
        var habits = ConnectionHabits()
        var now = 0.0
        for _ in 0..<3 {
            habits.opened(at: second(now))
            now += habits.settle.inSeconds
            #expect(habits.closed(wasAsked: true, at: second(now)) == true)
        }
        #expect(habits.settle > .seconds(2))
        habits.opened(at: second(now))
        habits.answered(sentAt: second(now + 2.3))
        #expect(habits.learnedSettle == .milliseconds(2_300))
    }

    @Test func aServerThatAlwaysClosesIsNotWaitedForForEver() {
        var habits = ConnectionHabits()
        var longest = Duration.zero
        var waited = Duration.zero
        for number in 0..<200 {
            habits.opened(at: second(Double(number * 10)))
            longest = max(longest, habits.settle)
            waited += habits.settle
            _ = habits.closed(wasAsked: true, at: second(Double(number * 10 + 1)))
        }
        #expect(longest == .milliseconds(4_500))
        #expect(waited < .seconds(60))
    }

    @Test func learnsThePauseOfAServerThatSwallowsFromTwoConnections() {
        var habits = ConnectionHabits()
        for start in [0.0, 100.0] {
            #expect(habits.learnedSettle == nil)
            habits.opened(at: second(start))
            habits.silent()
            habits.answered(sentAt: second(start + 2.5))
            habits.mute(at: second(start + 50))
        }
        #expect(habits.learnedSettle == .milliseconds(2_500))
    }

    @Test func learnsAfterHowManyAnswersAConnectionIsSpent() {
        var habits = ConnectionHabits()
        for start in [0.0, 10.0] {
            habits.opened(at: second(start))
            #expect(!habits.isSpent)
            habits.answered(sentAt: second(start))
            _ = habits.closed(wasAsked: true, at: second(start + 1))
        }
        habits.opened(at: second(20))
        #expect(!habits.isSpent)
        habits.answered(sentAt: second(20))
        #expect(habits.isSpent)
        #expect(habits.answersPerConnection == 1)
    }

    @Test func aRefusalJustAfterAConnectionEndedMayMeanNotYet() {
        var habits = ConnectionHabits()
        #expect(!habits.mayReopenSoon(at: second(0)))
        habits.opened(at: second(0))
        habits.answered(sentAt: second(0))
        _ = habits.closed(wasAsked: true, at: second(1))
        #expect(habits.mayReopenSoon(at: second(2)))
        #expect(!habits.mayReopenSoon(at: second(4)))
    }
}

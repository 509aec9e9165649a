import Execution
import Modbus
import ModbusTransport
import Testing

@Suite struct ConnectionHealthTests {
    private let one = UnitIdentifier(1)
    private let two = UnitIdentifier(2)
    private let dead = UnitIdentifier(9)

    private func second(_ number: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(number * 1e9))
    }

    @Test func aConnectionThatFellMuteIsReplacedAfterTwoRequests() {
        var health = ConnectionHealth()
        health.opened(at: second(0))
        health.answered(one)
        #expect(health.silent(one, at: second(1)) == false)
        #expect(health.silent(two, at: second(2)) == true)
    }

    @Test func aNeighbourThatAnswersKeepsTheConnection() {
        var health = ConnectionHealth()
        health.opened(at: second(0))
        for round in 0..<100 {
            #expect(health.silent(dead, at: second(Double(round))) == false)
            health.answered(one)
        }
    }

    @Test func aNewConnectionIsGivenTimeForItsFirstAnswer() {
        var health = ConnectionHealth()
        health.opened(at: second(0))
        for tenth in 0..<50 { #expect(health.silent(one, at: second(Double(tenth) / 10)) == false) }
        #expect(health.silent(one, at: second(5)) == true)
    }

    /// The dead unit is asked much more often than the living one.
    @Test func aDeadUnitBehindALivingGatewayNeverMakesAStorm() {
        var health = ConnectionHealth()
        health.opened(at: second(0))
        var renewals = 0
        for now in 0..<3_600 {
            if now % 10 == 0 { health.answered(one) }
            if health.silent(dead, at: second(Double(now))) {
                renewals += 1
                health.opened(at: second(Double(now)))
            }
        }
        #expect((1...70).contains(renewals), "\(renewals) connections in an hour")
    }

    @Test func aNeighbourThatFallsSilentTooCountsAtOnce() {
        var health = ConnectionHealth()
        health.opened(at: second(0))
        health.answered(one)
        _ = health.silent(dead, at: second(1))
        #expect(health.silent(dead, at: second(2)) == true)
        health.opened(at: second(2))
        health.answered(one)
        for now in 3..<6 { #expect(health.silent(dead, at: second(Double(now))) == false) }
        #expect(health.silent(one, at: second(6)) == false)
        #expect(health.silent(one, at: second(7)) == true)
    }
}

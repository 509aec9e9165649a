import Delivery
import Execution
import Telemetry
import Testing

/// Which ends of connections become events.
@Suite struct FaultTellingTests {
    private func time(_ hours: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(hours) * 3_600_000_000_000)
    }

    @Test func aReasonIsToldOnceADay() {
        var telling = FaultTelling()
        let told = (0..<72).filter { telling.isNew(.takenOver, at: time($0)) }
        #expect(told == [0, 24, 48])
    }

    @Test func eachReasonIsToldForItself() {
        var telling = FaultTelling()
        let faults: [UplinkFault] = [.takenOver, .refused("a"), .refused("b"), .unreachable("a")]
        for fault in faults { #expect(telling.isNew(fault, at: time(1)) == true) }
        for fault in faults { #expect(telling.isNew(fault, at: time(2)) == false) }
    }

    @Test func whatTheGatewayEndsItselfIsNotTold() {
        var telling = FaultTelling()
        #expect(telling.isNew(.notConnected, at: time(1)) == false)
    }

    @Test func reasonsWithoutEndAreForgotten() {
        var telling = FaultTelling()
        for number in 0..<17 { _ = telling.isNew(.refused("\(number)"), at: time(1)) }
        #expect(telling.isNew(.refused("0"), at: time(2)) == true)
        #expect(telling.isNew(.refused("16"), at: time(2)) == false)
    }
}

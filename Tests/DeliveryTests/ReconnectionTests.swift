import Delivery
import Execution
import Telemetry
import Testing

/// Thousands of gateways that have lost one broker at one moment.
@Suite struct ReconnectionTests {
    /// When each of them comes back, after an outage of so long.
    private func returns(
        _ count: Int, outage: Duration, hasAlarm: Bool, fault: UplinkFault, attempt: Duration
    ) -> [MonotonicTime] {
        let lost = MonotonicTime(nanoseconds: 0)
        let back = lost.advanced(by: outage)
        return (0..<count).map { number in
            var random = SeededRandom(seed: UInt64(number))
            var reconnection = Reconnection(period: .seconds(10))
            var at = reconnection.next(
                after: fault, begin: lost.advanced(by: .seconds(-1_000)), wasUp: true,
                hasAlarm: hasAlarm, isSearching: false, at: lost, using: &random)
            while at < back {
                at = reconnection.next(
                    after: fault, begin: at, wasUp: false, hasAlarm: hasAlarm, isSearching: false,
                    at: at.advanced(by: attempt), using: &random)
            }
            return at
        }
    }

    /// The most that come within one second.
    private func peak(_ moments: [MonotonicTime]) -> Int {
        Dictionary(grouping: moments) { $0.nanoseconds / 1_000_000_000 }.values.map(\.count).max()
            ?? 0
    }

    @Test(arguments: [
        (Duration.seconds(1), Duration.milliseconds(20)), (.seconds(3), .milliseconds(20)),
        (.seconds(60), .milliseconds(20)), (.seconds(61), .seconds(4)),
        (.seconds(600), .seconds(4)), (.seconds(3_600), .milliseconds(20)),
    ])
    func fiveThousandGatewaysComeBackOverTenSeconds(outage: Duration, attempt: Duration) {
        let moments = returns(
            5_000, outage: outage, hasAlarm: false, fault: .unreachable("cut"), attempt: attempt)
        let back = MonotonicTime(nanoseconds: 0).advanced(by: outage)
        let latest = moments.max().map { back.duration(to: $0) } ?? .zero
        let peak = peak(moments)
        print(
            "5,000 gateways after \(outage.components.seconds) s: the last after",
            "\(latest.milliseconds) ms, at most \(peak) connections a second")
        #expect(latest <= .seconds(10))
        #expect(peak <= 1_200)
    }

    @Test func withAnAlarmEachTheyComeBackSooner() {
        let moments = returns(
            5_000, outage: .seconds(60), hasAlarm: true, fault: .unreachable("cut"),
            attempt: .milliseconds(20))
        let back = MonotonicTime(nanoseconds: 60_000_000_000)
        let latest = moments.max().map { back.duration(to: $0) } ?? .zero
        print(
            "5,000 gateways with an alarm each: the last after \(latest.milliseconds) ms,",
            "at most \(peak(moments)) connections a second")
        #expect(latest <= .milliseconds(2_500))
        #expect(peak(moments) <= 3_300)
    }

    /// A broker that answers and refuses is left alone for longer and longer.
    @Test func aBrokerThatRefusesIsAskedOnceAMinuteAtLast() {
        var random = SeededRandom(seed: 7)
        var reconnection = Reconnection(period: .seconds(10))
        var at = MonotonicTime(nanoseconds: 0)
        var pauses: [Duration] = []
        for _ in 0..<40 {
            let next = reconnection.next(
                after: .notAuthorized("no"), begin: at, wasUp: false, hasAlarm: false,
                isSearching: false, at: at, using: &random)
            pauses.append(at.duration(to: next))
            at = next
        }
        #expect(pauses[0] <= .seconds(10) && pauses[1] <= .seconds(20))
        #expect(pauses[5...].allSatisfy { $0 >= .seconds(27) && $0 <= .seconds(60) })
        reconnection.reset()
        let next = reconnection.next(
            after: .notAuthorized("no"), begin: at, wasUp: false, hasAlarm: false,
            isSearching: false, at: at, using: &random)
        #expect(at.duration(to: next) <= .seconds(10))
    }
}

import Delivery
import Execution
import Telemetry
import Testing

/// How fast a destination is served, and how patiently.
@Suite struct DeliveryPaceTests {
    private func delivery(
        drain: Int = 10, backlog: Int64 = 0, seed: UInt64 = 1
    ) -> SimulatedDelivery {
        var settings = DeliverySettings(
            site: "s1", destination: "city", format: .linli, waitsForPlatform: true)
        settings.drainPerSecond = drain
        var delivery = SimulatedDelivery(settings, seed: seed)
        delivery.destination.latency = .milliseconds(10)
        append(backlog, to: &delivery)
        return delivery
    }

    private func append(_ count: Int64, to delivery: inout SimulatedDelivery) {
        for value in 0..<count {
            delivery.append(
                StoredContent.readings(StoredContent.series("b1-u1/energy", [value])),
                to: .reading)
        }
    }

    /// A batch every second, delivered at once.
    private func live(_ seconds: Int, in delivery: inout SimulatedDelivery) {
        for _ in 0..<seconds {
            append(1, to: &delivery)
            delivery.run(for: .seconds(1))
        }
    }

    // MARK: - Backlog

    @Test(arguments: [1, 5, 20])
    func aBacklogIsDrainedAtItsRate(drain: Int) {
        var delivery = delivery(drain: drain, backlog: 600)
        delivery.run(for: .seconds(21))
        // One second's worth at once, and then so many a second.
        #expect((drain * 20...drain * 22).contains(delivery.sent.count))
    }

    @Test func liveBatchesGoBesideTheBacklog() {
        var delivery = delivery(drain: 5, backlog: 300)
        live(20, in: &delivery)
        #expect((115...130).contains(delivery.sent.count))
        live(50, in: &delivery)
        #expect(delivery.cursors[.reading] == 370)
    }

    /// A long quiet life and a long outage save up no allowance.
    @Test(arguments: [
        "after delivering for long", "while there is no connection", "while the platform is away",
        "while messages are refused",
    ])
    func aBacklogIsNeverDrainedAtOnce(when: String) {
        var delivery = delivery(drain: 5)
        switch when {
        case "while the platform is away": delivery.destination.acknowledges = false
        case "while messages are refused":
            delivery.destination.refuses = { _ in .notAuthorized("no") }
        default:
            if when == "after delivering for long" { live(400, in: &delivery) }
            delivery.destination.weather = [.refusesConnections]
            delivery.destination.drop(at: delivery.now)
        }
        live(400, in: &delivery)
        delivery.destination.weather = []
        delivery.destination.acknowledges = true
        delivery.destination.refuses = { _ in nil }
        let delivered = delivery.cursors[.reading] ?? 0
        // Pauses between attempts, and until a message is sent again, are long by now.
        for _ in 0..<3_600 where (delivery.cursors[.reading] ?? 0) == delivered {
            delivery.run(for: .seconds(1))
        }
        let before = delivery.sent.count
        delivery.run(for: .seconds(10))
        #expect(delivery.sent.count - before <= 5 * 11 + 6)
        delivery.finish(within: .seconds(600))
        #expect(delivery.isDone == true)
    }

    /// What is sent one at a time as it is appended is never held back by an old allowance.
    @Test func liveBatchesAloneAreSentAtOnce() {
        var delivery = delivery(drain: 1)
        live(1, in: &delivery)
        for _ in 0..<100 {
            append(1, to: &delivery)
            delivery.run(for: .milliseconds(200))
            #expect(delivery.isDone == true)
        }
    }

    // MARK: - Connecting again

    /// However long the network was away, and whatever the chance.
    @Test(arguments: 0..<100 as Range<UInt64>)
    func deliveryBeginsWithinTenSecondsOfTheNetwork(seed: UInt64) {
        var delivery = delivery(backlog: 1, seed: seed)
        delivery.run(for: .seconds(5))
        delivery.destination.weather = [.refusesConnections]
        delivery.destination.drop(at: delivery.now)
        append(1, to: &delivery)
        delivery.run(for: .seconds(Int64(30 + seed * 37)))
        delivery.destination.weather = []
        delivery.run(for: .seconds(10))
        #expect(delivery.cursors[.reading] == 2)
    }

    /// On a way that swallows packets an attempt is under way when the network is back.
    @Test(arguments: 0..<100 as Range<UInt64>, [false, true])
    func anAlarmIsToldWithinSecondsOfTheNetwork(seed: UInt64, isCut: Bool) {
        var delivery = delivery(backlog: 1, seed: seed)
        delivery.run(for: .seconds(5))
        delivery.destination.weather = [.refusesConnections]
        delivery.destination.drop(at: delivery.now)
        delivery.run(for: .seconds(Int64(30 + seed * 3)))
        if isCut { delivery.destination.weather = [.swallowsPackets] }
        delivery.run(for: .seconds(40))
        delivery.append(StoredContent.events("alarm.raised"), to: .alarm)
        delivery.run(for: .milliseconds(Int64(20_000 + seed * 137)))
        delivery.destination.weather = []
        // An attempt that began before is asked for no longer than it may take.
        delivery.run(for: isCut ? .seconds(32) : .seconds(3))
        #expect(delivery.cursors[.alarm] == 1)
    }

    @Test func anAttemptWithoutAnAnswerIsGivenUp() {
        var delivery = delivery()
        delivery.destination.weather = [.swallowsPackets]
        delivery.run(for: .seconds(600))
        #expect(delivery.connects.count >= 5)
        for (first, second) in zip(delivery.connects, delivery.connects.dropFirst()) {
            #expect(first.duration(to: second) > delivery.settings.connectTimeout)
        }
    }

    // MARK: - Patience

    /// A platform that is away for days is asked again, ever more seldom and never in a hurry.
    @Test func aPlatformThatIsAwayIsAskedAgainMorePatiently() {
        var delivery = delivery(backlog: 1)
        delivery.destination.acknowledges = false
        delivery.run(for: .seconds(86_400))
        let moments = delivery.sent.map(\.at)
        let pauses = zip(moments, moments.dropFirst()).map { $0.duration(to: $1) }
        let expected: [Int64] = [60] + Array(repeating: 120, count: 1_000)
        for (pause, seconds) in zip(pauses, expected) {
            #expect(pause > .seconds(seconds) && pause <= .seconds(seconds + 2))
        }
        #expect(pauses.count > 100)
        delivery.destination.acknowledges = true
        delivery.run(for: .seconds(700))
        #expect(delivery.cursors[.reading] == 1)
    }
}

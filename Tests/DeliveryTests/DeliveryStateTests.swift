import Delivery
import Execution
import Metering
import Telemetry
import Testing

@Suite struct DeliveryStateTests {
    private func city(_ change: (inout DeliverySettings) -> Void = { _ in }) -> DeliverySettings {
        var settings = DeliverySettings(
            site: "s1", destination: "city", format: .linli, waitsForPlatform: true)
        change(&settings)
        return settings
    }

    private func readings(_ value: Int64) -> Batch {
        StoredContent.readings(StoredContent.series("b1-u1/energy", [value]))
    }

    private func delivery(
        _ settings: DeliverySettings? = nil, backlog: Int64 = 0, seed: UInt64 = 1
    ) -> SimulatedDelivery {
        var delivery = SimulatedDelivery(settings ?? city(), seed: seed)
        for value in 0..<backlog { delivery.append(readings(value), to: .reading) }
        return delivery
    }

    private func sequences(_ keys: [IdempotencyKey]) -> [Int64] { keys.map(\.sequences.lowerBound) }

    // MARK: - Order, window, cursor

    @Test func deliversInOrderAndMovesTheCursor() {
        var delivery = delivery(backlog: 20)
        delivery.run(for: .seconds(10))
        #expect(sequences(delivery.destination.arrivals) == Array(1...20))
        #expect(delivery.cursors[.reading] == 20)
        #expect(delivery.wrongs + delivery.destination.wrongs == [])
        #expect(delivery.state.report.messages == 20)
    }

    @Test func sendsNoMoreThanTheWindowBeforeThePlatformAcknowledges() {
        var delivery = delivery(city { $0.window = 4 }, backlog: 200)
        delivery.run(for: .seconds(3))
        delivery.destination.acknowledges = false
        delivery.run(for: .seconds(20))
        #expect(delivery.state.status.underWay == 4)
        #expect(Int64(delivery.sent.count) == (delivery.cursors[.reading] ?? 0) + 4)
    }

    @Test func acceptanceByTheBrokerIsEnoughWhereThePlatformDoesNotAnswer() {
        let settings = DeliverySettings(
            site: "s1", destination: "tb", format: .thingsBoard, waitsForPlatform: false)
        var delivery = delivery(settings, backlog: 20)
        delivery.run(for: .seconds(10))
        #expect(delivery.cursors[.reading] == 20)
        #expect(delivery.wrongs == [])
    }

    @Test func acceptanceByTheBrokerMovesNoCursorWhereThePlatformAnswers() {
        var delivery = delivery(backlog: 3)
        delivery.destination.acknowledges = false
        delivery.run(for: .seconds(30))
        // Until the platform answers, there is nothing but the first.
        #expect(delivery.state.report.accepted == 1)
        #expect(delivery.state.report.messages == 0 && delivery.state.report.readings == 0)
        #expect(delivery.cursors[.reading] ?? 0 == 0)
    }

    @Test func afterConnectingItBeginsAtTheLowestUnacknowledged() {
        var delivery = delivery(backlog: 12)
        delivery.run(for: .milliseconds(80))
        // What is sent from now on stays without an answer.
        delivery.destination.acknowledges = false
        delivery.run(for: .seconds(5))
        let before = delivery.sent.count
        let cursor = delivery.cursors[.reading] ?? 0
        #expect(cursor == 1 && before > 2)
        delivery.destination.drop(at: delivery.now)
        delivery.destination.acknowledges = true
        delivery.run(for: .seconds(20))
        let again = sequences(delivery.sent[before...].map(\.key))
        #expect(again == Array(2...12))
        #expect(delivery.cursors[.reading] == 12)
    }

    @Test func aBrokerThatAcceptsNothingIsLeftAfterATime() {
        var delivery = delivery(backlog: 3)
        delivery.run(for: .seconds(2))
        delivery.destination.weather = [.swallowsPackets]
        delivery.append(readings(1), to: .reading)
        delivery.run(for: .seconds(25))
        #expect(delivery.state.report.connectedSince != nil)
        delivery.run(for: .seconds(10))
        #expect(delivery.state.report.connectedSince == nil)
        #expect(
            delivery.state.report.lastFault == .refused("the broker takes no messages any more"))
        delivery.destination.weather = []
        delivery.run(for: .seconds(300))
        #expect(delivery.cursors[.reading] == 4)
    }

    @Test func whatIsNotInTheCacheAnyMoreHoldsNothingUp() {
        var delivery = delivery()
        delivery.append(StoredContent.events("device.silent"), to: .event)
        delivery.drop(1, from: .event)
        for value in 0..<5 { delivery.append(readings(Int64(value)), to: .reading) }
        delivery.run(for: .seconds(10))
        #expect(delivery.cursors[.reading] == 5)
    }

    @Test func aNewCacheIsDeliveredFromItsOwnNumbers() {
        var state = DeliveryState(
            settings: city(), cursors: [.reading: .init(at: 7, filter: ShareFilter(nil))],
            at: MonotonicTime(nanoseconds: 0), seed: 1)
        state.appended(.reading, head: 9, at: MonotonicTime(nanoseconds: 0))
        #expect(state.head(of: .reading) == 9 && state.position(of: .reading)?.scanned == 7)
        state.replaced([.reading: .init(at: 0, filter: ShareFilter(nil))])
        state.appended(.reading, head: 1, at: MonotonicTime(nanoseconds: 0))
        #expect(state.head(of: .reading) == 1 && state.position(of: .reading)?.scanned == 0)
    }

    // MARK: - Alarms

    @Test func anAlarmIsTheNextMessageWhateverTheBacklog() {
        var delivery = delivery(city { $0.drainPerSecond = 100 }, backlog: 500)
        for round in 0..<10 {
            delivery.run(for: .milliseconds(230))
            let before = delivery.sent.count
            for _ in 0..<3 { delivery.append(StoredContent.events("door.forced"), to: .alarm) }
            delivery.append(StoredContent.events("device.silent"), to: .event)
            delivery.run(for: .milliseconds(300))
            #expect(delivery.sent[before...].first?.key.lane == .alarm, "round \(round)")
            #expect(delivery.destination.arrivals.count { $0.lane == .alarm } == 3 * (round + 1))
        }
        #expect((delivery.cursors[.reading] ?? 0) < 500)
    }

    /// A backlog that has used up its allowance leaves alarms theirs.
    @Test func anAlarmDoesNotWaitForTheBacklogsAllowance() {
        var delivery = delivery(city { $0.drainPerSecond = 1 }, backlog: 100)
        delivery.run(for: .milliseconds(10_500))
        for _ in 0..<5 { delivery.append(StoredContent.events("door.forced"), to: .alarm) }
        delivery.run(for: .milliseconds(600))
        #expect(delivery.destination.arrivals.count { $0.lane == .alarm } == 5)
    }
}

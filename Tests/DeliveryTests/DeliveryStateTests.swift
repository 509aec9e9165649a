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
        #expect(delivery.state.report.acknowledged == 20)
    }

    @Test func sendsNoMoreThanTheWindowBeforeThePlatformAcknowledges() {
        var delivery = delivery(city { $0.window = 4 }, backlog: 20)
        delivery.destination.latency = .seconds(20)
        delivery.run(for: .seconds(55))
        #expect(sequences(delivery.sent.map(\.key)) == [1, 2, 3, 4])
        #expect(delivery.cursors[.reading] ?? 0 == 0)
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
        #expect(delivery.state.report.accepted == 3)
        #expect(delivery.cursors[.reading] ?? 0 == 0)
    }

    @Test func afterConnectingItBeginsAtTheLowestUnacknowledged() {
        var delivery = delivery(backlog: 12)
        delivery.run(for: .milliseconds(80))
        // What is sent from now on stays without an answer.
        delivery.destination.acknowledges = false
        delivery.run(for: .seconds(5))
        let before = delivery.sent.count
        #expect(delivery.cursors[.reading] == 6)
        #expect(sequences(delivery.underWay) == Array(7...12))
        delivery.destination.drop(at: delivery.now)
        delivery.destination.acknowledges = true
        delivery.run(for: .seconds(20))
        let again = sequences(delivery.sent[before...].map(\.key))
        #expect(again == Array(7...12))
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
        state.appended(.reading, head: 9)
        #expect(state.head(of: .reading) == 9 && state.position(of: .reading)?.scanned == 7)
        state.replaced([.reading: .init(at: 0, filter: ShareFilter(nil))])
        state.appended(.reading, head: 1)
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
            let lanes = delivery.sent[before...].prefix(4).map(\.key.lane)
            #expect(lanes == [.alarm, .alarm, .alarm, .event], "round \(round)")
        }
        #expect((delivery.cursors[.reading] ?? 0) < 500)
    }

    /// A backlog that has used up its allowance leaves alarms theirs.
    @Test func anAlarmDoesNotWaitForTheBacklogsAllowance() {
        var delivery = delivery(city { $0.drainPerSecond = 1 }, backlog: 100)
        delivery.run(for: .milliseconds(10_500))
        for _ in 0..<5 { delivery.append(StoredContent.events("door.forced"), to: .alarm) }
        delivery.run(for: .milliseconds(200))
        #expect(delivery.destination.arrivals.count { $0.lane == .alarm } == 5)
    }

    // MARK: - Refusals

    @Test func aMessageRefusedTooOftenIsAbandonedAndTheRestGoesOn() {
        var delivery = delivery(backlog: 10)
        delivery.destination.refuses = { $0.sequences.lowerBound == 4 }
        delivery.run(for: .seconds(100))
        #expect(delivery.abandoned == [])
        delivery.run(for: .seconds(100))
        #expect(sequences(delivery.abandoned) == [4])
        #expect(delivery.sent.count { $0.key.sequences == 4...4 } == DeliveryState.refusalLimit)
        #expect(Set(sequences(delivery.destination.arrivals)) == Set(1...10).subtracting([4]))
        #expect(delivery.cursors[.reading] == 10)
        #expect(delivery.wrongs + delivery.destination.wrongs == [])
    }

    @Test func refusalsAreCountedForEachMessageByItself() {
        var delivery = delivery(backlog: 10)
        delivery.destination.refuses = { [3, 4, 5].contains($0.sequences.lowerBound) }
        delivery.run(for: .seconds(1_200))
        #expect(sequences(delivery.abandoned) == [3, 4, 5])
        for refused in delivery.abandoned {
            #expect(delivery.sent.count { $0.key == refused } >= DeliveryState.refusalLimit)
        }
        // What was before them has not been sent again.
        #expect(delivery.sent.count { $0.key.sequences.lowerBound < 3 } == 2)
        #expect(delivery.cursors[.reading] == 10)
    }

    /// A message refused at once, while those before it are still under way.
    @Test func anAbandonedMessageLendsItsRefusalsToNoOther() {
        let composer = MessageComposer(settings: city())
        let start = MonotonicTime(nanoseconds: 0)
        var position = MessageComposer.Position(at: 0, filter: ShareFilter(nil))
        var state = DeliveryState(
            settings: city(), cursors: [.reading: position], at: start, seed: 1)
        state.connected(at: start)
        let messages = (1...4).compactMap { sequence in
            composer.compose(
                [StoredContent.stored(readings(sequence), sequence)], lane: .reading,
                from: &position)
        }
        state.appended(.reading, head: 4)
        _ = state.sent(messages[0], at: start)
        for attempt in 1...DeliveryState.refusalLimit {
            let now = start.advanced(by: .seconds(attempt * 100))
            _ = state.sent(messages[1], at: now)
            state.refuse(messages[1].key, .tooLarge(limit: 9), at: now)
        }
        let now = start.advanced(by: .seconds(400))
        #expect(state.next(at: now) == .abandon(messages[1].key, .tooLarge(limit: 9)))
        _ = state.sent(messages[2], at: now)
        state.refuse(messages[2].key, .tooLarge(limit: 9), at: now)
        #expect(state.next(at: now) != .abandon(messages[2].key, .tooLarge(limit: 9)))
    }

    @Test func aRefusedLaneWaitsAndTheOthersGoOn() {
        var delivery = delivery(backlog: 10)
        delivery.destination.refuses = { $0.lane == .reading }
        delivery.run(for: .seconds(5))
        let tries = delivery.sent.count
        delivery.append(StoredContent.events("door.forced"), to: .alarm)
        delivery.run(for: .seconds(5))
        #expect(delivery.cursors[.alarm] == 1)
        #expect(delivery.sent.count == tries + 1)
    }
}

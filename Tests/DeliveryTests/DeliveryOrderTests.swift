import Delivery
import Execution
import Telemetry
import Testing

/// Within a lane messages come in order: also after what was not acknowledged.
@Suite struct DeliveryOrderTests {
    private func delivery(backlog: Int64 = 0, seed: UInt64 = 1) -> SimulatedDelivery {
        var delivery = SimulatedDelivery(
            DeliverySettings(
                site: "s1", destination: "city", format: .linli, waitsForPlatform: true),
            seed: seed)
        for _ in 0..<backlog { append(to: &delivery) }
        return delivery
    }

    private func append(to delivery: inout SimulatedDelivery) {
        let value = delivery.heads[.reading] ?? 0
        delivery.append(
            StoredContent.readings(StoredContent.series("b1-u1/energy", [value])), to: .reading)
    }

    private func first(_ delivery: SimulatedDelivery, from place: Int = 0) -> [Int64] {
        delivery.sent[place...].map(\.key.sequences.lowerBound)
    }

    /// A platform that loses what it is sent for a while, with a batch every few seconds.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func whatAPlatformLostComesBeforeWhatIsNew(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var delivery = delivery(backlog: 3, seed: seed)
        delivery.run(for: .seconds(30))
        delivery.destination.weather = [.platformAway]
        for _ in 0..<Int.random(in: 2...60, using: &random) {
            append(to: &delivery)
            delivery.run(for: .milliseconds(Int64.random(in: 3_000...9_000, using: &random)))
        }
        delivery.destination.weather = []
        for _ in 0..<60 {
            append(to: &delivery)
            delivery.run(for: .seconds(5))
        }
        delivery.finish(within: .seconds(600))
        let arrivals = delivery.destination.arrivals.map(\.sequences.lowerBound)
        #expect(arrivals == Array(1...(delivery.heads[.reading] ?? 0)))
    }

    @Test func fromTheLowestUnacknowledgedAllIsSentAgainInOrder() {
        var delivery = delivery(backlog: 40)
        delivery.run(for: .seconds(1))
        delivery.destination.acknowledges = false
        delivery.run(for: .seconds(50))
        let cursor = delivery.cursors[.reading] ?? 0
        let before = delivery.sent.count
        delivery.destination.acknowledges = true
        delivery.run(for: .seconds(300))
        #expect(first(delivery, from: before) == Array(cursor + 1...40))
        #expect(delivery.cursors[.reading] == 40)
    }

    @Test func whileThePlatformIsLateNothingNewIsSent() {
        var delivery = delivery(backlog: 20)
        delivery.run(for: .seconds(2))
        delivery.destination.acknowledges = false
        delivery.run(for: .seconds(5))
        let before = delivery.sent.count
        delivery.run(for: .seconds(40))
        #expect(delivery.sent.count == before)
    }

    /// What is acknowledged in another lane proves that the platform is there again.
    @Test func aPlatformThatIsThereAgainIsSentTheRestAtOnce() {
        var delivery = delivery(backlog: 5)
        delivery.destination.weather = [.platformAway]
        delivery.run(for: .seconds(200))
        #expect(delivery.cursors[.reading] ?? 0 == 0)
        delivery.destination.weather = []
        delivery.append(StoredContent.events("device.silent"), to: .event)
        delivery.run(for: .seconds(65))
        #expect(delivery.cursors[.event] == 1)
        #expect(delivery.cursors[.reading] == 5)
    }

    /// The broker has taken over one message before it gets the next of a lane.
    @Test func noMessageOvertakesOneThatIsRefused() {
        var delivery = delivery(backlog: 30)
        delivery.run(for: .seconds(1))
        for _ in 0..<20 {
            delivery.destination.weather = [.refusesMessages]
            delivery.run(for: .seconds(3))
        }
        delivery.destination.weather = []
        delivery.finish(within: .seconds(300))
        let arrivals = delivery.destination.arrivals.map(\.sequences.lowerBound)
        #expect(arrivals == Array(1...30))
    }

    @Test func aQuietLaneIsCoveredAfterAWhile() {
        let filter = ShareFilter(ShareFilter.Selection(kinds: ["heat-meter"]))
        var delivery = SimulatedDelivery(
            DeliverySettings(
                site: "s1", destination: "heat", format: .linliJSON, waitsForPlatform: true),
            filter: filter)
        for value in Int64(0)..<20 {
            let series = StoredContent.series("b1-u1/energy", kind: "gas-meter", [value])
            delivery.append(StoredContent.readings(series), to: .reading)
        }
        delivery.run(for: .seconds(500))
        #expect(delivery.sent.isEmpty)
        delivery.run(for: .seconds(200))
        #expect(delivery.sent.map(\.key.sequences) == [1...20])
        #expect(delivery.cursors[.reading] == 20)
        #expect(delivery.state.report.readings == 0)
        // And not again while there is nothing new.
        delivery.run(for: .seconds(5_000))
        #expect(delivery.sent.count == 1)
    }
}

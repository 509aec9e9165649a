import Delivery
import Execution
import Synchronization
import Telemetry
import Testing

/// A refusal is not one thing: some pass, some stay, some ask for smaller messages.
@Suite struct DeliveryRefusalTests {
    private func delivery(
        _ format: TestFormat = .linliJSON, batches: Int64, samples: Int64 = 1
    ) -> SimulatedDelivery {
        var delivery = SimulatedDelivery(
            DeliverySettings(
                site: "s1", destination: "city", format: format,
                waitsForPlatform: format.hasAcknowledgement))
        var random = SeededRandom(seed: 1)
        for _ in 0..<batches {
            let values = (0..<samples).map { _ in Int64.random(in: 0..<1 << 40, using: &random) }
            delivery.append(
                StoredContent.readings(StoredContent.series("b1-u1/energy", values)), to: .reading)
        }
        return delivery
    }

    private func arrivals(_ delivery: SimulatedDelivery) -> [Int64] {
        delivery.destination.arrivals.filter { $0.lane == .reading }.map(\.sequences.lowerBound)
    }

    /// The samples that have arrived, however they were cut.
    private func samples(_ delivery: SimulatedDelivery) throws -> Int {
        try delivery.destination.stored.values.reduce(0) { sum, payloads in
            try sum + payloads.reduce(0) { try $0 + LinliJSON.decode($1).batch.readingCount }
        }
    }

    // MARK: - What passes

    @Test(arguments: [UplinkFault.refused("Quota exceeded"), .notAuthorized("Not authorized")])
    func whatPassesByItselfIsWaitedForAndNothingIsPassedOver(fault: UplinkFault) {
        var delivery = delivery(batches: 10)
        delivery.destination.refuses = { $0.sequences.lowerBound == 4 ? fault : nil }
        delivery.run(for: .seconds(40_000))
        #expect(arrivals(delivery) == [1, 2, 3])
        #expect(delivery.cursors[.reading] == 3)
        // Told once, and asked again at bounded pauses.
        #expect(delivery.told.map(\.sequences) == [4...4])
        let tries = delivery.sent.filter { $0.key.sequences == 4...4 }.map(\.at)
        let pauses = zip(tries, tries.dropFirst()).map { $0.duration(to: $1) }
        #expect(pauses.allSatisfy { $0 <= .seconds(39) } && tries.count < 2_000)
        delivery.destination.refuses = { _ in nil }
        delivery.run(for: .seconds(40))
        #expect(arrivals(delivery) == Array(1...10))
        #expect(delivery.goingOn.map(\.sequences) == [4...4])
        #expect(delivery.state.status.standing.isEmpty)
    }

    @Test func aShortRefusalIsNotWorthAnEvent() {
        var delivery = delivery(batches: 3)
        delivery.destination.refuses = { _ in .refused("Server busy") }
        delivery.run(for: .seconds(20))
        delivery.destination.refuses = { _ in nil }
        delivery.run(for: .seconds(40))
        #expect(arrivals(delivery) == [1, 2, 3])
        #expect(delivery.told.isEmpty && delivery.goingOn.isEmpty)
    }

    // MARK: - What stays

    @Test func whatIsRefusedForGoodIsToldAndKeptWithItsLane() {
        var delivery = delivery(batches: 5)
        delivery.destination.refuses = {
            $0.sequences.lowerBound == 2 && $0.lane == .reading ? .unacceptable("format") : nil
        }
        delivery.run(for: .seconds(5))
        #expect(delivery.told.map(\.sequences) == [2...2])
        #expect(delivery.state.status.standing.map(\.fault) == [.unacceptable("format")])
        // Days later, after a restart, it is still there, and the other lanes go on.
        delivery.run(for: .seconds(200_000))
        delivery.flush()
        delivery.restart()
        delivery.append(StoredContent.events("door.forced"), to: .alarm)
        delivery.run(for: .seconds(1_000))
        #expect(delivery.cursors[.alarm] == 1)
        #expect(delivery.cursors[.reading] == 1)
        delivery.destination.refuses = { _ in nil }
        delivery.run(for: .seconds(200))
        #expect(arrivals(delivery) == [1, 2, 3, 4, 5])
        #expect(delivery.wrongs + delivery.destination.wrongs == [])
    }

    // MARK: - What is too large

    @Test(arguments: [TestFormat.linli, .linliJSON], [true, false])
    func whatIsTooLargeIsHalvedAndAllOfItArrives(format: TestFormat, isTold: Bool) throws {
        var delivery = delivery(format, batches: 12, samples: 400)
        delivery.destination.largest = 1_200
        delivery.destination.tellsLargest = isTold
        delivery.finish(within: .seconds(600))
        #expect(delivery.isDone == true)
        #expect(delivery.wrongs + delivery.destination.wrongs == [])
        if format == .linliJSON { #expect(try samples(delivery) == 12 * 400) }
        #expect(delivery.state.report.readings == 12 * 400)
        // It is learnt once, not for each message.
        #expect(isTold ? delivery.connects.count == 1 : delivery.destination.hangUps <= 8)
        #expect(delivery.told.isEmpty)
    }

    @Test func theLearntLimitOutlivesAConnectionAndIsTriedAnewMuchLater() {
        var delivery = delivery(batches: 3, samples: 400)
        delivery.destination.largest = 2_000
        delivery.finish(within: .seconds(300))
        let hangUps = delivery.destination.hangUps
        delivery.destination.drop(at: delivery.now)
        let series = StoredContent.series("b1-u1/energy", Array(0..<400))
        delivery.append(StoredContent.readings(series), to: .reading)
        delivery.run(for: .seconds(300))
        #expect(delivery.isDone == true && delivery.destination.hangUps == hangUps)
        // The broker takes more by now: messages grow again until they are whole.
        delivery.destination.largest = nil
        let before = delivery.sent.count
        for _ in 0..<48 {
            delivery.run(for: .seconds(3_600))
            delivery.append(StoredContent.readings(series), to: .reading)
        }
        delivery.run(for: .seconds(60))
        #expect(delivery.sent.last?.key.part == nil)
        #expect(delivery.sent.count - before < 48 * 4)
    }

    @Test func oneEventThatIsTooLargeIsKeptAndTold() {
        var delivery = delivery(batches: 2)
        delivery.destination.largest = 900
        var event = StoredContent.events("a.b")
        event.events[0].details = ["words": String(repeating: "x", count: 2_000)]
        delivery.append(event, to: .event)
        delivery.run(for: .seconds(4_000))
        #expect(delivery.cursors[.reading] == 2)
        #expect(delivery.cursors[.event] ?? 0 == 0)
        #expect(delivery.told.map(\.lane) == [.event])
        #expect(delivery.connects.count < 120)
        delivery.destination.largest = nil
        delivery.run(for: .seconds(300))
        #expect(delivery.cursors[.event] == 1)
    }

    /// A broker that hangs up whatever it is sent is not asked without end, nor without a pause.
    @Test func aBrokerThatHangsUpAtEverythingIsLeftInPeace() {
        var delivery = delivery(batches: 4, samples: 100)
        delivery.destination.largest = 0
        delivery.run(for: .seconds(3_600))
        #expect(delivery.connects.count < 150)
        #expect(delivery.told.count == 1)
        delivery.destination.largest = nil
        delivery.run(for: .seconds(600))
        #expect(delivery.isDone == true)
        #expect(delivery.state.status.sizeLimit == nil)
    }

    /// Connections that end for other reasons make no message smaller.
    @Test(arguments: 0..<30 as Range<UInt64>)
    func aPoorConnectionMakesNothingSmaller(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var delivery = delivery(batches: 60, samples: 50)
        for _ in 0..<40 {
            delivery.run(for: .milliseconds(Int64.random(in: 1...20_000, using: &random)))
            delivery.destination.drop(at: delivery.now)
        }
        delivery.finish(within: .seconds(900))
        #expect(delivery.sent.allSatisfy { $0.key.part == nil })
    }
}

import Execution
import Metering
import Receiving
import Telemetry
import Testing

@Suite struct PlatformDeskTests {
    static let now = Timestamp(milliseconds: 1_790_000_000_000)

    static func message(
        _ sequences: ClosedRange<Int64>, lane: Lane = .reading, site: String = "s",
        destination: String = "city", epoch: String = "e1", events: [Event] = []
    ) throws -> Message {
        let point = try #require(PointIdentifier("d1/energy"))
        let series = Series(
            point: PointDescription(identifier: point),
            samples: [
                Sample(time: now - .seconds(3), value: .number(ScaledInteger(1))),
                Sample(time: now - .seconds(2), value: nil, quality: .missing(.timeout)),
            ])
        let clock = BatchClock(
            boot: "00112233aabbccdd", wallMinusMonotonicMilliseconds: 0, isSynchronized: true)
        return Message(
            key: IdempotencyKey(
                site: site, destination: destination, epoch: epoch, lane: lane,
                sequences: sequences),
            batch: Batch(clock: clock, series: [series], events: events))
    }

    static func receive(_ desk: inout PlatformDesk, _ message: Message) -> PlatformDesk.Verdict {
        desk.receive(message, lane: message.key.lane.rawValue, size: 100, at: now)
    }

    @Test func countsWhatIsNewOnce() throws {
        var desk = PlatformDesk(site: "s", destination: "city")
        let gap = Event("cache.gap", of: "reading", at: Self.now)
        let message = try Self.message(1...4, events: [gap])
        let verdicts = [Self.receive(&desk, message), Self.receive(&desk, message)]
        #expect(verdicts == [.store, .acknowledge])
        #expect(desk.tally.messages == 1)
        #expect(desk.tally.batches == 4)
        #expect(desk.tally.readings == 2)
        #expect(desk.tally.missingReadings == 1)
        #expect(desk.tally.events == 1)
        #expect(desk.tally.gapRecords == 1)
        #expect(desk.tally.duplicates == 1)
        #expect(desk.tally.latency.maximum == .seconds(2))
        #expect(!desk.tally.isBroken)
    }

    @Test func aBatchUnderTwoKeysBreaksThePromise() throws {
        var desk = PlatformDesk(site: "s", destination: "city")
        _ = Self.receive(&desk, try Self.message(1...4))
        let verdict = Self.receive(&desk, try Self.message(4...5))
        #expect(verdict == .double(with: 1...4))
        #expect(desk.tally.isBroken)
        #expect(desk.tally.messages == 1)
    }

    @Test func lanesAndEpochsCountApart() throws {
        var desk = PlatformDesk(site: "s", destination: "city")
        let messages = [
            try Self.message(1...4), try Self.message(1...4, lane: .event),
            try Self.message(1...4, epoch: "e2"),
        ]
        for message in messages {
            let verdict = Self.receive(&desk, message)
            #expect(verdict == .store)
        }
        #expect(!desk.tally.isBroken)
    }

    @Test func numbersGoOnFromOneEpochToTheNext() throws {
        var desk = PlatformDesk(site: "s", destination: "city")
        for message in [
            try Self.message(1...4), try Self.message(5...6, epoch: "e2"),
            // An older copy of the cache was put back: other content under other keys.
            try Self.message(3...9, epoch: "e3"),
        ] {
            _ = Self.receive(&desk, message)
        }
        #expect(!desk.tally.isBroken)
        _ = Self.receive(&desk, try Self.message(12...12, epoch: "e4"))
        #expect(desk.tally.missingBatches == 2)
    }

    @Test func aMissingBatchBreaksThePromiseUntilItComes() throws {
        var desk = PlatformDesk(site: "s", destination: "city")
        _ = Self.receive(&desk, try Self.message(1...2))
        _ = Self.receive(&desk, try Self.message(5...5))
        #expect(desk.tally.missingBatches == 2)
        #expect(desk.gaps == ["e1/reading/3-4"])
        _ = Self.receive(&desk, try Self.message(3...4))
        #expect(desk.tally.missingBatches == 0)
        #expect(desk.tally.outOfOrder == 1)
    }

    @Test func whatAStoreHoldsIsADuplicate() throws {
        var desk = PlatformDesk(site: "s", destination: "city")
        let message = try Self.message(7...9)
        desk.remember(message.key)
        let verdict = Self.receive(&desk, message)
        #expect(verdict == .acknowledge)
        #expect(desk.tally.messages == 0)
    }

    @Test func whatIsForSomeoneElseIsRefused() throws {
        var desk = PlatformDesk(site: "s", destination: "city")
        let verdicts = [
            Self.receive(&desk, try Self.message(1...1, site: "other")),
            Self.receive(&desk, try Self.message(1...1, destination: "gas")),
            desk.receive(try Self.message(1...1), lane: "alarm", size: 1, at: Self.now),
        ]
        #expect(
            verdicts == [
                .refuse(.foreignSite), .refuse(.foreignDestination), .refuse(.wrongLane),
            ])
        #expect(desk.tally.refused == 3)
        #expect(desk.tally.messages == 0)
    }

    @Test func aTimeThatCannotBeIsCounted() throws {
        var desk = PlatformDesk(site: "s", destination: "city")
        let message = try Self.message(1...1)
        _ = desk.receive(message, lane: "reading", size: 1, at: Timestamp(milliseconds: 0))
        #expect(desk.tally.implausibleTimes == 2)
    }
}

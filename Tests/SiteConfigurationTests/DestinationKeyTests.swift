import SiteConfiguration
import Testing

/// What destinations get, and how, where the document says nothing or something else.
@Suite struct DestinationKeyTests {
    private func destinations(
        _ old: String = "version: 7", _ new: String = "version: 7"
    ) throws -> [DestinationConfiguration] {
        let fixture = try SiteFixture()
        let text = SiteFixture.valid.replacing(old, with: new, maxReplacements: 1)
        return try fixture.read(text).destinations
    }

    private func mqtt(_ destination: DestinationConfiguration) -> MQTTSettings {
        switch destination.transport {
        case .mqtt(let settings): settings
        }
    }

    @Test func aNewDestinationGetsEverythingUnlessItSaysOtherwise() throws {
        #expect(try destinations().map(\.from) == [.everything, .everything, .everything])
        let words: [(String, DestinationConfiguration.Start?)] = [
            ("now", .now),
            ("2026-12-01", CalendarDate(year: 2026, month: 12, day: 1).map { .date($0) }),
        ]
        for (word, start) in words {
            let found = try destinations("format: linli\n", "format: linli\n    from: \(word)\n")
            #expect(found.first?.from == start)
        }
    }

    /// ThingsBoard has one name for a device among all sites, and believes every time.
    @Test func thingsBoardHoldsTheUndatedAndNamesTheSite() throws {
        let found = try destinations()
        #expect(found.map(\.undated) == [.send, .send, .hold])
        #expect(found.map(\.devicePrefix) == ["", "", "jn-lixia-0042/"])
        let own = try destinations(
            "format: thingsboard", "format: thingsboard\n    devicePrefix: \"\"\n    undated: send")
        #expect(own[2].devicePrefix.isEmpty && own[2].undated == .send)
    }

    @Test func pausesAndSizesAreSetWithTheBroker() throws {
        let found = try destinations("keepAlive: 1m", "reconnectWithin: 2m, largestMessage: 100KiB")
        #expect(
            found.map { mqtt($0).reconnectWithin } == [.seconds(10), .seconds(120), .seconds(10)])
        #expect(found.map { mqtt($0).largestMessage } == [nil, 102_400, nil])
    }
}

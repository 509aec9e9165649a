import Delivery
import Execution
import Metering
import Telemetry
import Testing

@Suite struct ShareFilterTests {
    private let batch = Batch(
        clock: StoredContent.clock,
        series: [
            StoredContent.series("b1-u1/energy", kind: "electricity-meter", [1, 2]),
            StoredContent.series("b1-u1/power", kind: "electricity-meter", [3]),
            StoredContent.series("b1-u2/energy", kind: "heat-meter", [4]),
        ],
        events: [
            Event("device.silent", of: "b1-u1", at: StoredContent.start),
            Event("device.silent", of: "b1-u2", at: StoredContent.start),
            Event("cache.gap", of: "reading", at: StoredContent.start),
        ])

    private func points(_ shared: Batch?) -> [String] {
        shared?.series.map(\.point.identifier.description) ?? []
    }

    @Test func withoutASelectionABatchPassesAsItIs() {
        var filter = ShareFilter(nil)
        #expect(filter.sharesEverything && filter.intervals == nil)
        #expect(filter.shared(of: batch) == batch)
    }

    @Test(arguments: [
        (ShareFilter.Selection(kinds: ["heat-meter"]), ["b1-u2/energy"]),
        (ShareFilter.Selection(points: [PointName("energy")!]), ["b1-u1/energy", "b1-u2/energy"]),
        (
            ShareFilter.Selection(devices: [DeviceIdentifier("b1-u1")!]),
            ["b1-u1/energy", "b1-u1/power"]
        ),
        (
            ShareFilter.Selection(
                kinds: ["electricity-meter"], points: [PointName("energy")!],
                devices: [DeviceIdentifier("b1-u1")!, DeviceIdentifier("b1-u2")!]),
            ["b1-u1/energy"]
        ),
        (ShareFilter.Selection(kinds: []), []),
        (ShareFilter.Selection(), ["b1-u1/energy", "b1-u1/power", "b1-u2/energy"]),
    ])
    func sharesWhatIsSelectedAlone(selection: ShareFilter.Selection, expected: [String]) {
        var filter = ShareFilter(selection)
        #expect(!filter.sharesEverything)
        let shared = filter.shared(of: batch)
        #expect(points(shared) == expected)
        // Whole series: nothing of them is thinned or changed.
        #expect(shared?.series == batch.series.filter { points(shared).contains($0.name) })
    }

    @Test func aPointWithoutAKindIsOfNoSelectedKind() {
        let nameless = Series(
            point: PointDescription(identifier: PointIdentifier("b1-u9/energy")!),
            samples: StoredContent.series("b1-u9/energy", [1]).samples)
        var filter = ShareFilter(ShareFilter.Selection(kinds: ["heat-meter"]))
        #expect(filter.shared(of: StoredContent.readings(nameless)) == nil)
    }

    @Test func eventsAreSharedOfSubjectsAndGapsWithEverybody() {
        var filter = ShareFilter(ShareFilter.Selection(kinds: [], subjects: ["b1-u2"]))
        let events = filter.shared(of: batch)?.events ?? []
        #expect(events.map(\.subject) == ["b1-u2", "reading"])
    }

    @Test func whereNothingIsSharedThereIsNoBatch() {
        var filter = ShareFilter(ShareFilter.Selection(kinds: ["gas-meter"]))
        let silent = StoredContent.readings(StoredContent.series("b1-u1/energy", [1]))
        #expect(filter.shared(of: silent) == nil)
    }

    // MARK: - Thinning

    /// Intervals are those of the clock, not counted from the first reading.
    @Test func everyIntervalGivesItsFirstValue() {
        var filter = ShareFilter(ShareFilter.Selection(every: LocalIntervals(every: .seconds(60))))
        #expect(filter.intervals != nil)
        let series = StoredContent.series(
            "b1-u1/energy", Array(0..<30), from: .seconds(55), step: .seconds(10))
        let shared = filter.shared(of: StoredContent.readings(series))
        // 55 s, 65 s (first after 60 s), 125 s, 185 s, 245 s, 305 s.
        #expect(shared?.series.first?.values == [0, 1, 7, 13, 19, 25])
    }

    @Test func anIntervalThatBeganInAnEarlierBatchIsNotSharedTwice() {
        var filter = ShareFilter(ShareFilter.Selection(every: LocalIntervals(every: .seconds(60))))
        func share(_ value: Int64, at seconds: Int64) -> [Int64] {
            let series = StoredContent.series("b1-u1/energy", [value], from: .seconds(seconds))
            return filter.shared(of: StoredContent.readings(series))?.series.first?.values ?? []
        }
        #expect(share(1, at: 0) == [1])
        #expect(share(2, at: 30) == [])
        #expect(share(3, at: 59) == [])
        #expect(share(4, at: 61) == [4])
        #expect(share(5, at: 600) == [5])
    }

    @Test func pointsAreThinnedEachByItself() {
        var filter = ShareFilter(ShareFilter.Selection(every: LocalIntervals(every: .seconds(60))))
        let shared = filter.shared(
            of: StoredContent.readings(
                StoredContent.series("b1-u1/energy", [1, 2], from: .seconds(10)),
                StoredContent.series("b1-u1/power", [3, 4], from: .seconds(20))))
        #expect(shared?.series.map(\.values) == [[1], [3]])
    }

    @Test func aMissingReadingDoesNotUseUpItsInterval() {
        var filter = ShareFilter(ShareFilter.Selection(every: LocalIntervals(every: .seconds(60))))
        var series = StoredContent.series("b1-u1/energy", [1, 2, 3])
        series.samples[0].value = nil
        series.samples[0].quality = .missing(.timeout)
        #expect(filter.shared(of: StoredContent.readings(series))?.series.first?.values == [2])
    }

    /// Cutting the same readings into batches in any way shares the same values.
    @Test(arguments: 0..<100 as Range<UInt64>)
    func howReadingsAreCutIntoBatchesDoesNotMatter(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let step = Duration.seconds(Int64.random(in: 1...40, using: &random))
        let whole = StoredContent.series("b1-u1/energy", Array(0..<200), step: step)
        let selection = ShareFilter.Selection(
            every: LocalIntervals(every: .seconds(Int64.random(in: 1...300, using: &random))))
        var filter = ShareFilter(selection)
        let expected = filter.shared(of: StoredContent.readings(whole))?.series.first?.values
        filter = ShareFilter(selection)
        var found: [Int64] = []
        var rest = whole.samples[...]
        while !rest.isEmpty {
            let part = rest.prefix(Int.random(in: 1...20, using: &random))
            rest = rest.dropFirst(part.count)
            let series = Series(point: whole.point, samples: Array(part))
            let shared = filter.shared(of: StoredContent.readings(series))
            found += shared?.series.first?.values ?? []
        }
        #expect(found == expected)
    }
}

extension Series {
    fileprivate var name: String { point.identifier.description }
    fileprivate var values: [Int64] { samples.compactMap { $0.value?.number?.mantissa } }
}

import Execution
import Metering
import Telemetry
import Testing

/// The texts of the wire, letter by letter.
@Suite struct WireFormatTests {
    static let batch = Batch(
        clock: BatchClock(
            boot: "00f1e2d3c4b5a697", wallMinusMonotonicMilliseconds: 1_795_000_000_000,
            isSynchronized: true),
        series: [
            Series(
                point: PointDescription(
                    identifier: PointIdentifier("m1/voltage.l1")!, kind: "electricity-meter",
                    unit: "V", obis: "1-0:32.7.0*255"),
                samples: [
                    Sample(
                        time: Timestamp(milliseconds: 1_000),
                        value: .number(ScaledInteger(2_304, exponent: -1))),
                    Sample(
                        time: Timestamp(milliseconds: 2_500), value: nil,
                        quality: .missing(.timeout)),
                ]),
            Series(
                point: PointDescription(identifier: PointIdentifier("m1/info.serial")!),
                samples: [Sample(time: Timestamp(milliseconds: 1_000), value: .text("A\"7"))]),
        ],
        events: [
            Event(
                "device.silent", of: "m2", at: Timestamp(milliseconds: 3_000), severity: .warning,
                details: ["after": "9 s"])
        ])
    static let key = IdempotencyKey(
        site: "s", destination: "city", epoch: "0011", lane: .reading, sequences: 3...4)

    @Test func linliJSONIsReadable() {
        let text = String(
            decoding: LinliJSON.encode(Message(key: Self.key, batch: Self.batch)), as: UTF8.self)
        #expect(
            text == """
                {"clock":{"boot":"00f1e2d3c4b5a697","isCorrected":false,"isSynchronized":true,\
                "wallMinusMonotonicMilliseconds":1795000000000},\
                "events":[{"details":{"after":"9 s"},"kind":"device.silent","severity":1,\
                "subject":"m2","time":3000}],\
                "format":"linli-json/1","key":"s/city/0011/reading/3-4",\
                "series":[{"kind":"electricity-meter","obis":"1-0:32.7.0*255",\
                "point":"m1/voltage.l1","qualities":[[0,1],[256,1]],"times":[1000,1500],\
                "unit":"V","values":["230.4",null]},\
                {"point":"m1/info.serial","texts":[0],"times":[1000],"values":["A\\"7"]}]}
                """)
    }

    @Test func thingsBoardGetsTelemetryWithoutTheMissing() {
        let payloads = ThingsBoardJSON.encode(Self.batch).map {
            String(decoding: $0, as: UTF8.self)
        }
        #expect(
            payloads == [
                """
                {"gateway":[{"ts":3000,"values":{"event.device.silent":"m2 after=9 s"}}],\
                "m1":[{"ts":1000,"values":{"voltage.l1":230.4,"info.serial":"A\\"7"}}]}
                """
            ])
        #expect(ThingsBoardJSON.encode(Batch(clock: Self.batch.clock)).isEmpty)
    }

    @Test func aLargeBatchIsSeveralThingsBoardPayloads() {
        var batch = Batch(clock: Self.batch.clock)
        for device in 0..<40 {
            batch.series.append(
                Series(
                    point: PointDescription(identifier: PointIdentifier("m\(device)/p")!),
                    samples: (0..<100).map {
                        Sample(
                            time: Timestamp(milliseconds: 1_795_000_000_000 + Int64($0)),
                            value: .number(ScaledInteger(Int64($0), exponent: -2)))
                    }))
        }
        let payloads = ThingsBoardJSON.encode(batch)
        #expect(payloads.count > 1)
        #expect(payloads.allSatisfy { $0.count <= ThingsBoardJSON.largestPayload })
        let values = payloads.reduce(0) { sum, payload in
            sum + String(decoding: payload, as: UTF8.self).components(of: "\"ts\":")
        }
        #expect(values == 4_000)
    }

    @Test func aKeyIsATextAndBack() {
        let text = "s/city/0011/reading/3-4"
        #expect(Self.key.description == text)
        #expect(IdempotencyKey(text) == Self.key)
    }

    @Test(arguments: [
        "", "s/city/0011/reading", "s/city/0011/readings/3-4", "s/city/0011/reading/4-3",
        "s/city/0011/reading/0-4", "s/city/0011/reading/3", "/city/0011/reading/3-4",
        "s/city/0011/reading/3-4/5", "s/city/0011/reading/3-x",
    ])
    func whatIsNoKeyIsRefused(text: String) {
        #expect(IdempotencyKey(text) == nil)
    }

    @Test func anAcknowledgementNamesItsKeysLineByLine() {
        let other = IdempotencyKey(
            site: "s", destination: "city", epoch: "0011", lane: .alarm, sequences: 1...1)
        let payload = Acknowledgement.payload([Self.key, other])
        #expect(String(decoding: payload, as: UTF8.self) == "\(Self.key)\n\(other)")
        #expect(Acknowledgement.keys(in: payload) == [Self.key, other])
        #expect(Acknowledgement.keys(in: Array("nonsense\n\(other)\n\n".utf8)) == [other])
        #expect(Acknowledgement.keys(in: [0xFF, 0x0A, 0xFE]).isEmpty)
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of text: String) -> Int {
        var count = 0
        var rest = self[...]
        while let place = rest.range(of: text) {
            count += 1
            rest = rest[place.upperBound...]
        }
        return count
    }

}

extension Substring {
    fileprivate func range(of text: String) -> Range<Index>? {
        var place = startIndex
        while place < endIndex {
            if self[place...].hasPrefix(text) {
                return place..<index(place, offsetBy: text.count)
            }
            place = index(after: place)
        }
        return nil
    }
}

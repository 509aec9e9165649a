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

    /// Byte by byte as BatchFormat.md tells it, not as the encoder writes it.
    @Test func linliIsReadAsDescribed() throws {
        let lines: (String) -> [UInt8] = { [UInt8(clamping: $0.utf8.count)] + Array($0.utf8) }
        let bytes: [UInt8] =
            [0x0A, 11, 0x09, 0x97, 0xA6, 0xB5, 0xC4, 0xD3, 0xE2, 0xF1, 0x00, 0x18, 1]
            + [0x12, 8, 0x0A] + lines("k") + [0x12] + lines("a\nb")
            + [0x1A] + lines("x\tV\t\ny\t\t\nz\t\t")
            // One poll of each, at 1000 ms and 5 ms later: 5 + 995, 5 + 0 in 10 bits.
            + [0x22, 2, 0x08, 2] + [0x2A, 9, 0x08, 10, 0x10, 10, 0x1A, 3, 0xE3, 0x03, 0x00]
            // Of x two series, of y and z one.
            + [0x32, 7, 0x08, 2, 0x10, 1, 0x1A, 1, 0b001]
            // x of a and b; y of b, one further than where x has begun; z of a, one back.
            + [0x3A, 7, 0x08, 1, 0x10, 2, 0x1A, 1, 0b00_10_01_01]
            // x in tenths.
            + [0x42, 7, 0x08, 1, 0x10, 1, 0x1A, 1, 0b110]
            + [0x5A, 2, 0x08, 2] + [0x68, 1] + [0x7A, 2, 0x08, 8]
            // 2304 and 2310 in 3 bits; 7; -3.
            + [0xF2, 0x01, 8, 0x80, 0x24, 0x06, 0b110_000, 14, 0, 5, 0]
        let batch = try Batch(decoding: bytes)
        func series(
            _ point: String, _ unit: String?, _ value: ScaledInteger, at time: Int64
        )
            -> Series
        {
            Series(
                point: PointDescription(
                    identifier: PointIdentifier(point)!, kind: "k", unit: unit),
                samples: [Sample(time: Timestamp(milliseconds: time), value: .number(value))])
        }
        #expect(
            batch.series == [
                series("a/x", "V", ScaledInteger(2_304, exponent: -1), at: 1_000),
                series("b/x", "V", ScaledInteger(2_310, exponent: -1), at: 1_005),
                series("b/y", nil, ScaledInteger(7, exponent: 0), at: 1_005),
                series("a/z", nil, ScaledInteger(-3, exponent: 0), at: 1_000),
            ])
        #expect(batch.clock.boot == "00f1e2d3c4b5a697")
        #expect(batch.clock.isSynchronized)
    }

    @Test func linliJSONIsReadable() {
        let text = String(
            decoding: LinliJSON.encode(Message(key: Self.key, batch: Self.batch)), as: UTF8.self)
        #expect(
            text == """
                {"format":"linli-json/2","key":"s/city/0011/reading/3-4",\
                "clock":{"boot":"00f1e2d3c4b5a697","wallMinusMonotonicMilliseconds":1795000000000,\
                "isSynchronized":true,"isCorrected":false},\
                "points":[["voltage.l1","V","1-0:32.7.0*255"],["info.serial"]],\
                "tables":[{"kind":"electricity-meter","columns":[0],\
                "devices":{"m1":[[1000,230.4],[1500,[null,256]]]}},\
                {"columns":[1],"devices":{"m1":[[1000,"A\\"7"]]}}],\
                "events":[{"time":3000,"kind":"device.silent","subject":"m2","severity":1,\
                "details":{"after":"9 s"}}]}
                """)
    }

    /// A device stands in a table once; a second series of a point is not lost for it.
    @Test func aPointThatComesTwiceStaysTwice() throws {
        var batch = Batch(clock: Self.batch.clock, series: [Self.batch.series[0]])
        batch.series.append(batch.series[0])
        batch.series.append(batch.series[0])
        batch.series[2].samples[1].time = Timestamp(milliseconds: 9_000)
        batch.series.append(batch.series[2])
        let payload = LinliJSON.encode(Message(key: Self.key, batch: batch))
        #expect(try LinliJSON.decode(payload).batch == batch)
    }

    @Test func theFirstJSONIsAsItWas() {
        let text = String(
            decoding: FirstLinliJSON.encode(Message(key: Self.key, batch: Self.batch)),
            as: UTF8.self)
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

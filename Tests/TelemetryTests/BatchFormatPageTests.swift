import Execution
import Foundation
import Metering
import Telemetry
import Testing

/// The page that platforms are written from, held against the code.
@Suite struct BatchFormatPageTests {
    private static let root =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    private let page: String

    init() throws {
        page = try String(
            contentsOfFile: Self.root + "/Sources/Gateway/Gateway.docc/BatchFormat.md",
            encoding: .utf8)
    }

    /// What stands in the block of a language, the first after a heading.
    private func block(_ language: String, after heading: String) throws -> String {
        let part = try #require(page.firstRange(of: heading))
        let start = try #require(page[part.upperBound...].firstRange(of: "```\(language)\n"))
        let end = try #require(page[start.upperBound...].firstRange(of: "```"))
        return String(page[start.upperBound..<end.lowerBound])
    }

    /// The message of the page's samples.
    private var sample: Message {
        let start = Timestamp(milliseconds: 1_795_766_400_000)
        func series(_ name: String, _ kind: String, _ values: [Int64?], room: String) -> Series {
            Series(
                point: PointDescription(
                    identifier: PointIdentifier(name)!, kind: kind, unit: "kWh",
                    obis: kind == "electricity-meter" ? "1-0:1.8.0*255" : nil,
                    place: ["building": "1", "room": room]),
                samples: values.enumerated().map { number, value in
                    Sample(
                        time: start + .seconds(60 * number),
                        value: value.map { .number(ScaledInteger($0, exponent: -2)) },
                        quality: value == nil ? .missing(.timeout) : .good)
                })
        }
        return Message(
            key: IdempotencyKey(
                site: "jn-lixia-0042", destination: "city", epoch: "9c5a0e1f00d1b2c3",
                lane: .reading, sequences: 11...12),
            batch: Batch(
                clock: BatchClock(
                    boot: "00a1b2c3d4e5f607", wallMinusMonotonicMilliseconds: 1_795_760_000_000,
                    isSynchronized: true),
                series: [
                    series(
                        "b1-u101-elec/energy.active.import.total", "electricity-meter",
                        [512_345, 512_351, nil], room: "101"),
                    series("b1-heat/energy.heat.total", "heat-meter", [88_210], room: "cellar"),
                ]))
    }

    private func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }

    @Test func theSampleOfTheColumnsIsReadAsThePageSays() throws {
        let text = try block("hex", after: "## `linli`")
        let decoded = try? LinliFormat.decode(bytes(text))
        let should = LinliFormat.encode(sample).map { String(format: "%02x", $0) }.joined()
        #expect(decoded?.key == sample.key, "\(should)")
        #expect(decoded?.batch.clock == sample.batch.clock)
        #expect(decoded.map { Set($0.batch.series) } == Set(sample.batch.series))
    }

    @Test func theSampleOfTheReadableFormatIsTheSame() throws {
        let text = try block("json", after: "## `linli-json/2`")
        let decoded = try? LinliJSON.decode(Array(text.utf8))
        let should = String(decoding: LinliJSON.encode(sample), as: UTF8.self)
        #expect(decoded == sample, "\(should)")
        #expect(text.filter { !$0.isWhitespace } == should)
    }

    @Test func theSampleOfTheFirstReadableFormIsTheSame() throws {
        let text = try block("json", after: "### `linli-json`")
        #expect(try FirstLinliJSON.decode(Array(text.utf8)) == sample)
    }

    @Test func theSampleForThingsBoardIsWhatIsSent() throws {
        let text = try block("json", after: "## `thingsboard`")
        let payload = TestFormat.thingsBoard.encode(sample, devicePrefix: "jn-lixia-0042/")
        let sent = try JSONSerialization.jsonObject(with: Data(payload[0])) as? NSDictionary
        let shown = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary
        #expect(payload.count == 1)
        #expect(sent == shown, "\(String(decoding: payload[0], as: UTF8.self))")
    }

    @Test func anEntryWithoutAKnownTimeSaysNone() throws {
        let payload = TestFormat.thingsBoard.encode(sample, isDated: false)
        let text = String(decoding: payload[0], as: UTF8.self)
        #expect(text.hasPrefix(#"{"b1-heat":[{"energy.heat.total":882.10}]"#))
        #expect(!text.contains("\"ts\""))
    }

    // MARK: - Events

    /// Kinds that are put together: a prefix, and the cases of an enumeration of reports.
    private static let composed = [
        ("compartment", "AccessControl/CompartmentState.swift"),
        ("door", "AccessControl/DoorState.swift"),
    ]

    /// The kinds of events that the sources name.
    private func kinds() throws -> Set<String> {
        let folders = [
            "AccessControl", "Alarms", "Charging", "Delivery", "DevicePolling", "FieldLines",
            "Gateway", "Lighting", "Metering", "Persistence", "Recording",
        ]
        // Words of logs are followed by a colon.
        let word = try Regex(#""([a-z]+)\.([a-zA-Z-]+)"(?!:)"#)
        let families: Set<Substring> = [
            "access", "alarm", "audit", "bus", "cache", "charger", "charging", "circuit", "clock",
            "compartment", "counter", "delivery", "device", "door", "lamp", "line", "meter",
            "parcel", "pickup", "reader", "strike", "valve",
        ]
        // A deed that was undone is told by its word.
        var kinds: Set<String> = ["parcel.notCollected", "parcel.notDeposited"]
        for folder in folders {
            let path = Self.root + "/Sources/" + folder
            let files = FileManager.default.enumerator(atPath: path)
            while let file = files?.nextObject() as? String {
                guard file.hasSuffix(".swift") else { continue }
                let text = try String(contentsOfFile: path + "/" + file, encoding: .utf8)
                for match in text.matches(of: word) {
                    guard let family = match.output[1].substring,
                        let rest = match.output[2].substring, families.contains(family),
                        !["db", "db-wal", "json"].contains(rest)
                    else { continue }
                    kinds.insert("\(family).\(rest)")
                }
            }
        }
        for (prefix, file) in Self.composed {
            let text = try String(
                contentsOfFile: Self.root + "/Sources/" + file, encoding: .utf8)
            let start = try #require(text.firstRange(of: "enum Report: String"))
            let end = try #require(text[start.upperBound...].firstRange(of: "}"))
            for line in text[start.upperBound..<end.lowerBound].split(separator: "\n") {
                let words = line.split(separator: " ")
                if words.first == "case", words.count == 2 { kinds.insert("\(prefix).\(words[1])") }
            }
        }
        return kinds
    }

    @Test func everyKindOfEventHasItsRow() throws {
        let heading = try #require(page.firstRange(of: "## Events"))
        var rows: Set<String> = []
        for line in page[heading.upperBound...].split(separator: "\n")
        where line.hasPrefix("| `") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            rows.insert(cells[1].trimmingCharacters(in: CharacterSet(charactersIn: "`")))
            #expect(cells.count == 7 && !cells[2].isEmpty && !cells[3].isEmpty, "\(line)")
            #expect(cells[5].hasPrefix("`"), "an example: \(line)")
        }
        let kinds = try kinds()
        #expect(kinds.count > 60)
        #expect(kinds.subtracting(rows) == [], "without a row in BatchFormat.md")
        #expect(rows.subtracting(kinds) == [], "in BatchFormat.md, and nowhere else")
    }
}

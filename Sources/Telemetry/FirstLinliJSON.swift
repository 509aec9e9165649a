import Execution
import FoundationEssentials
import Metering

/// The first readable form, `linli-json/1`, for platforms that were written for it: a list of
/// series, each with all that is known of its point, a list of times and a list of values.
package struct FirstLinliJSON: OwnFormat {
    package let address: DestinationAddress
    package let waitsForPlatform: Bool

    package init(_ address: DestinationAddress, waitsForPlatform: Bool) {
        self.address = address
        self.waitsForPlatform = waitsForPlatform
    }

    private struct Document: Codable {
        var format = FirstLinliJSON.format
        var key: String
        var clock: Clock
        /// Where devices stand, as far as that is said.
        var places: [String: [String: String]]?
        var series: [SeriesColumns]
        var events: [EventObject]
    }

    private struct Clock: Codable {
        var boot: String
        var wallMinusMonotonicMilliseconds: Int64
        var isSynchronized: Bool
        var isCorrected: Bool
    }

    private struct SeriesColumns: Codable {
        var point: String
        var kind: String?
        var unit: String?
        var obis: String?
        /// Milliseconds since 1970; the first absolute, the others since the one before.
        var times: [Int64]
        /// Decimal digits as text, exact; texts of texts; null where missing.
        var values: [String?]
        /// The places of values that are texts, where there are any.
        var texts: [Int]?
        /// Runs of (code, length), where not all are good.
        var qualities: [[Int64]]?
    }

    private struct EventObject: Codable {
        var time: Int64
        var kind: String
        var subject: String
        var severity: UInt8
        var details: [String: String]
    }

    static let format = "linli-json/1"

    package static func encode(_ message: Message) -> [UInt8] {
        let clock = message.batch.clock
        let document = Document(
            key: message.key.description,
            clock: Clock(
                boot: clock.boot,
                wallMinusMonotonicMilliseconds: clock.wallMinusMonotonicMilliseconds,
                isSynchronized: clock.isSynchronized, isCorrected: clock.isCorrected),
            places: places(of: message.batch), series: message.batch.series.map(columns),
            events: message.batch.events.map {
                EventObject(
                    time: $0.time.milliseconds, kind: $0.kind, subject: $0.subject,
                    severity: $0.severity.rawValue, details: $0.details)
            })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(document))
        } catch {
            preconditionFailure("texts and whole numbers always encode: \(error)")
        }
    }

    /// Reads a message.
    package static func decode(_ payload: [UInt8]) throws(BatchError) -> Message {
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(payload))
        } catch {
            throw .malformed
        }
        guard document.format == format, let key = IdempotencyKey(document.key) else {
            throw .malformed
        }
        let clock = BatchClock(
            boot: document.clock.boot,
            wallMinusMonotonicMilliseconds: document.clock.wallMinusMonotonicMilliseconds,
            isSynchronized: document.clock.isSynchronized,
            isCorrected: document.clock.isCorrected)
        var batch = Batch(clock: clock)
        for columns in document.series {
            batch.series.append(try series(columns, document.places ?? [:]))
        }
        for event in document.events {
            guard let severity = Event.Severity(rawValue: event.severity) else { throw .malformed }
            batch.events.append(
                Event(
                    event.kind, of: event.subject, at: Timestamp(milliseconds: event.time),
                    severity: severity, details: event.details))
        }
        return Message(key: key, batch: batch)
    }

    /// Once for each device, however many series it has.
    private static func places(of batch: Batch) -> [String: [String: String]]? {
        var places: [String: [String: String]] = [:]
        for series in batch.series where !series.point.place.isEmpty {
            places[series.point.identifier.device.description] = series.point.place
        }
        return places.isEmpty ? nil : places
    }

    private static func columns(_ series: Series) -> SeriesColumns {
        var columns = SeriesColumns(
            point: series.point.identifier.description, kind: series.point.kind,
            unit: series.point.unit, obis: series.point.obis, times: [], values: [])
        var last: Int64 = 0
        var texts: [Int] = []
        var runs: [[Int64]] = []
        for (place, sample) in series.samples.enumerated() {
            columns.times.append(sample.time.milliseconds &- last)
            last = sample.time.milliseconds
            columns.values.append(sample.value?.description)
            if case .text = sample.value { texts.append(place) }
            let code = QualityCode.code(of: sample.quality)
            if runs.last?[0] == code {
                runs[runs.endIndex - 1][1] += 1
            } else {
                runs.append([code, 1])
            }
        }
        if !texts.isEmpty { columns.texts = texts }
        if runs != [[0, Int64(series.samples.count)]] { columns.qualities = runs }
        return columns
    }

    private static func series(
        _ columns: SeriesColumns, _ places: [String: [String: String]]
    ) throws(BatchError) -> Series {
        guard let identifier = PointIdentifier(columns.point),
            columns.times.count == columns.values.count
        else { throw .malformed }
        let codes = try codes(columns)
        let texts = Set(columns.texts ?? [])
        var time: Int64 = 0
        var samples: [Sample] = []
        for (place, text) in columns.values.enumerated() {
            time = time &+ columns.times[place]
            guard let quality = QualityCode.quality(of: codes[place]),
                (text == nil) == QualityCode.isMissing(codes[place])
            else { throw .malformed }
            var value: MeasuredValue?
            if let text, texts.contains(place) {
                value = .text(text)
            } else if let text {
                guard let number = ScaledInteger(text) else { throw .malformed }
                value = .number(number)
            }
            samples.append(
                Sample(time: Timestamp(milliseconds: time), value: value, quality: quality))
        }
        return Series(
            point: PointDescription(
                identifier: identifier, kind: columns.kind, unit: columns.unit,
                obis: columns.obis, place: places[identifier.device.description] ?? [:]),
            samples: samples)
    }

    private static func codes(_ columns: SeriesColumns) throws(BatchError) -> [Int64] {
        guard let runs = columns.qualities else {
            return [Int64](repeating: 0, count: columns.values.count)
        }
        var codes: [Int64] = []
        for run in runs {
            guard run.count == 2, run[1] > 0, run[1] <= columns.values.count - codes.count else {
                throw .malformed
            }
            codes.append(contentsOf: repeatElement(run[0], count: Int(run[1])))
        }
        guard codes.count == columns.values.count else { throw .malformed }
        return codes
    }
}

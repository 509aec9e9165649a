import Execution
import FoundationEssentials
import Metering

extension LinliJSON {
    /// Reads a message, of this version or the first.
    package static func decode(_ payload: [UInt8]) throws(BatchError) -> Message {
        let data = Data(payload)
        do {
            switch try JSONDecoder().decode(Heading.self, from: data).format {
            case format: return try JSONDecoder().decode(TableDocument.self, from: data).message()
            case FirstLinliJSON.format: return try FirstLinliJSON.decode(payload)
            default: throw BatchError.malformed
            }
        } catch {
            throw .malformed
        }
    }

    private struct Heading: Decodable {
        var format: String
    }

    fileprivate struct ClockObject: Decodable {
        var boot: String
        var wallMinusMonotonicMilliseconds: Int64
        var isSynchronized: Bool
        var isCorrected: Bool

        var clock: BatchClock {
            BatchClock(
                boot: boot, wallMinusMonotonicMilliseconds: wallMinusMonotonicMilliseconds,
                isSynchronized: isSynchronized, isCorrected: isCorrected)
        }
    }

    fileprivate struct EventObject: Decodable {
        var time: Int64
        var kind: String
        var subject: String
        var severity: UInt8
        var details: [String: String]?

        func event() throws(BatchError) -> Event {
            guard let severity = Event.Severity(rawValue: severity) else { throw .malformed }
            return Event(
                kind, of: subject, at: Timestamp(milliseconds: time), severity: severity,
                details: details ?? [:])
        }
    }
}

/// `linli-json/2` as it is parsed.
private struct TableDocument: Decodable {
    var key: String
    var clock: LinliJSON.ClockObject
    var places: [String: [String: String]]?
    var points: [[String?]]?
    var tables: [Table]?
    var events: [LinliJSON.EventObject]?

    struct Table: Decodable {
        var kind: String?
        var columns: [Int]
        var devices: [String: [[TableCell]]]
    }

    func message() throws(BatchError) -> Message {
        guard let key = IdempotencyKey(key) else { throw .malformed }
        var batch = Batch(clock: clock.clock)
        for table in tables ?? [] {
            for (device, rows) in table.devices.sorted(by: { $0.key < $1.key }) {
                batch.series += try series(device, rows, of: table)
            }
        }
        for event in events ?? [] { batch.events.append(try event.event()) }
        return Message(key: key, batch: batch)
    }

    private func series(
        _ device: String, _ rows: [[TableCell]], of table: Table
    ) throws(BatchError) -> [Series] {
        var series: [Series] = []
        for column in table.columns {
            series.append(Series(point: try point(column, of: device, table.kind), samples: []))
        }
        var time: Int64 = 0
        for row in rows {
            guard row.count == series.count + 1, let step = row[0].wholeNumber else {
                throw .malformed
            }
            time = time &+ step
            for place in series.indices {
                series[place].samples.append(
                    try row[place + 1].sample(at: Timestamp(milliseconds: time)))
            }
        }
        return series
    }

    private func point(
        _ column: Int, of device: String, _ kind: String?
    ) throws(BatchError) -> PointDescription {
        guard let points, points.indices.contains(column), (1...3).contains(points[column].count),
            let name = points[column][0], let identifier = PointIdentifier("\(device)/\(name)")
        else { throw .malformed }
        return PointDescription(
            identifier: identifier, kind: kind, unit: points[column].dropFirst().first ?? nil,
            obis: points[column].dropFirst(2).first ?? nil, place: places?[device] ?? [:])
    }
}

/// One place of a row: a number or a text, or either or null with a quality.
private struct TableCell: Decodable {
    var value: MeasuredValue?
    var code: Int64 = 0

    init(from decoder: any Decoder) throws {
        // What is no list is a value by itself.
        guard var list = try? decoder.unkeyedContainer() else {
            value = try decoder.singleValueContainer().decode(CellValue.self).value
            return
        }
        value = try list.decodeIfPresent(CellValue.self)?.value
        code = try list.decode(Int64.self)
        guard list.isAtEnd else { throw BatchError.malformed }
    }

    var wholeNumber: Int64? {
        guard code == 0, case .number(let number) = value else { return nil }
        return number.rescaled(to: 0)?.mantissa
    }

    func sample(at time: Timestamp) throws(BatchError) -> Sample {
        guard let quality = QualityCode.quality(of: code),
            (value == nil) == QualityCode.isMissing(code)
        else { throw .malformed }
        return Sample(time: time, value: value, quality: quality)
    }
}

private struct CellValue: Decodable {
    let value: MeasuredValue

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // A text is no number, and a number beyond what `Decimal` holds is a double.
        if let decimal = try? container.decode(Decimal.self),
            let number = ScaledInteger(decimal.description)
        {
            value = .number(number)
        } else if let text = try? container.decode(String.self) {
            value = .text(text)
        } else if let number = ScaledInteger(shortest: try container.decode(Double.self)) {
            value = .number(number)
        } else {
            throw BatchError.malformed
        }
    }
}

import Execution
package import Metering
internal import SwiftProtobuf

/// Encodes readings into the columns of `Schema/batch.proto`.
///
/// Made once for a catalog; encoding itself touches no names.
package struct BatchEncoder: Sendable {
    private let tables: NameTables
    /// The names that ``seal(_:clock:)`` takes for known.
    package let names: BatchNames
    /// For each point of the catalog, its number as a device and as a point.
    private let places: [(device: Int32, point: Int32)]

    package init(catalog: PointCatalog) {
        let tables = NameTables(catalog.points)
        places = catalog.points.map { tables.places(of: $0) }
        names = tables.names
        self.tables = tables
    }

    /// Encodes a batch of readings, not compressed.
    ///
    /// - Complexity: O(*n* log *n*) in the number of readings.
    package func encode(_ readings: [Reading], clock: BatchClock) -> [UInt8] {
        let entries = readings.map { reading in
            let place = places[Int(reading.point.rawValue)]
            return ColumnWriter.Entry(
                device: place.device, point: place.point, time: reading.time.milliseconds,
                value: reading.value, quality: QualityCode.code(of: reading.quality))
        }
        let writer = ColumnWriter(names: tables, entries: entries)
        return Self.bytes(of: writer.message(clock: clock))
    }

    /// Encodes and compresses a batch of readings, as it is kept beside ``names``.
    package func seal(_ readings: [Reading], clock: BatchClock) -> [UInt8] {
        Zstandard.compress(batch: encode(readings, clock: clock), names: names)
    }

    static func bytes(of message: some SwiftProtobuf.Message) -> [UInt8] {
        do {
            return try message.serializedBytes()
        } catch {
            preconditionFailure("a message without required fields always encodes: \(error)")
        }
    }
}

extension Batch {
    /// This batch in the columns of `Schema/batch.proto`, not compressed.
    package func encoded() -> [UInt8] { BatchEncoder.bytes(of: message) }

    /// This batch encoded and compressed, as it is kept.
    package func sealed() -> [UInt8] { Zstandard.compress(batch: encoded()) }

    var message: Linli_V1_Batch {
        let names = NameTables(series.map(\.point))
        var entries: [ColumnWriter.Entry] = []
        entries.reserveCapacity(readingCount)
        for series in series {
            let place = names.places(of: series.point)
            for sample in series.samples {
                entries.append(
                    ColumnWriter.Entry(
                        device: place.device, point: place.point, time: sample.time.milliseconds,
                        value: sample.value, quality: QualityCode.code(of: sample.quality)))
            }
        }
        let writer = ColumnWriter(names: names, entries: entries)
        var message = writer.message(clock: clock)
        message.event = events.map(Linli_V1_Event.init)
        return message
    }
}

extension Linli_V1_Event {
    init(_ event: Event) {
        self.init()
        timeMs = event.time.milliseconds
        kind = event.kind
        subject = event.subject
        severity = UInt32(event.severity.rawValue)
        details = event.details
    }
}

extension Linli_V1_Clock {
    init(_ clock: BatchClock) {
        self.init()
        boot = UInt64(clock.boot, radix: 16) ?? 0
        wallMinusMonotonicMs = clock.wallMinusMonotonicMilliseconds
        isSynchronized = clock.isSynchronized
        isCorrected = clock.isCorrected
    }
}

extension Zstandard {
    /// Compresses an encoded batch, or a message that ends with one.
    ///
    /// - Parameter start: Where the batch begins.
    static func compress(
        batch bytes: [UInt8], from start: Int = 0, names: BatchNames = .none
    ) -> [UInt8] {
        compress(
            bytes, boundary: ProtobufFields.place(of: 30, in: bytes, from: start), names: names)
    }
}

/// The fields of an encoded message, as far as compression wants to know them.
enum ProtobufFields {
    /// Where the first field with this number, or a later one, begins.
    ///
    /// - Returns: `nil` where there is none.
    static func place(of number: UInt64, in bytes: [UInt8], from start: Int) -> Int? {
        var place = start
        func varint() -> UInt64? {
            guard place < bytes.count, let (value, length) = Varint.first(in: bytes[place...])
            else { return nil }
            place += length
            return value
        }
        while place < bytes.count {
            let field = place
            guard let tag = varint() else { return nil }
            if tag >> 3 >= number { return field }
            switch tag & 7 {
            case 0: guard varint() != nil else { return nil }
            case 1: place += 8
            case 2:
                guard let length = varint(), length <= UInt64(bytes.count - place) else {
                    return nil
                }
                place += Int(length)
            case 5: place += 4
            default: return nil
            }
        }
        return nil
    }
}

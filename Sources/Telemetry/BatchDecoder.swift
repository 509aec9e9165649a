import Execution
import Metering
internal import SwiftProtobuf

extension Batch {
    /// Reads a batch, not compressed.
    ///
    /// - Throws: `.malformed`, or `.tooLarge`; never more room is taken than the bytes warrant.
    package init(decoding bytes: [UInt8]) throws(BatchError) {
        let message: Linli_V1_Batch
        do {
            message = try Linli_V1_Batch(serializedBytes: bytes)
        } catch {
            throw .malformed
        }
        try self.init(message)
    }

    init(_ message: Linli_V1_Batch) throws(BatchError) {
        clock = BatchClock(message.clock)
        var reader = try ColumnReader(message)
        series = try reader.series()
        events = try message.event.map { (event) throws(BatchError) in try Event(event) }
    }
}

/// Turns the columns of a batch into series.
private struct ColumnReader {
    /// The most readings a batch may hold: some hundred times what is ever sealed.
    static let limit = 4_000_000

    private let message: Linli_V1_Batch
    private let devices: [(device: DeviceIdentifier, kind: String?, place: [String: String])]
    private let points: [(name: PointName, unit: String?, obis: String?)]
    private var pollTimes: [[Int64]] = []

    init(_ message: Linli_V1_Batch) throws(BatchError) {
        self.message = message
        var devices: [(device: DeviceIdentifier, kind: String?, place: [String: String])] = []
        for group in message.devices {
            let kind = group.kind.isEmpty ? nil : group.kind
            let names = group.names.split(separator: "\n", omittingEmptySubsequences: false)
            let places = group.places.split(separator: "\n", omittingEmptySubsequences: false)
            guard group.places.isEmpty || places.count == names.count else { throw .malformed }
            for (number, name) in names.enumerated() {
                guard let identifier = DeviceIdentifier(String(name)),
                    let place = PlaceLine.place(group.places.isEmpty ? "" : places[number])
                else { throw .malformed }
                devices.append((identifier, kind, place))
            }
        }
        self.devices = devices
        points = try Self.points(message.points)
        let counts = try Self.counts(message.pollCount, of: devices.count)
        let (total, polled) = (counts.reduce(0, +), counts.count { $0 > 0 })
        var first = try message.pollFirst.numbers(count: polled).makeIterator()
        var next = try message.pollNext.numbers(count: total - polled).makeIterator()
        var time: Int64 = 0
        for count in counts {
            pollTimes.append(
                (0..<count).map { place in
                    time = time &+ ((place == 0 ? first.next() : next.next()) ?? 0)
                    return time
                })
        }
    }

    mutating func series() throws(BatchError) -> [Series] {
        let seriesCounts = try Self.counts(message.seriesCount, of: points.count)
        let total = seriesCounts.reduce(0, +)
        let deviceSteps = try message.seriesDevice.numbers(count: total)
        let exponents = try message.seriesExponent.numbers(count: total)
        let isText = try message.seriesIsText.numbers(count: total)
        let sampleCounts = try Self.counts(message.sampleCount, of: total)
        let sampleTotal = sampleCounts.reduce(0, +)
        let polls = try message.samplePoll.numbers(count: sampleTotal)
        let qualities = try qualityCodes(count: sampleTotal)

        var result: [Series] = []
        var places: [PointIdentifier: Int] = [:]
        var texts = message.text.makeIterator()
        let pointExponents = try message.pointExponent.numbers(count: points.count)
        var series = 0
        var sample = 0
        var numbers = NumberReader(Array(message.numbers))
        var firstDevice: Int64 = 0
        for (number, point) in points.enumerated() {
            var values = try ValueReader(
                &numbers,
                sampleCounts: sampleCounts[series..<series + seriesCounts[number]],
                isText: isText[series..<series + seriesCounts[number]],
                qualities: qualities[sample...])
            var device = firstDevice &- 1
            for place in 0..<seriesCounts[number] {
                device = device &+ deviceSteps[series] &+ 1
                if place == 0 { firstDevice = device }
                let exponent = pointExponents[number] &+ exponents[series]
                guard device >= 0, device < devices.count, (-400...400).contains(exponent) else {
                    throw .malformed
                }
                let owner = devices[Int(device)]
                let description = PointDescription(
                    identifier: PointIdentifier(device: owner.device, point: point.name),
                    kind: owner.kind, unit: point.unit, obis: point.obis, place: owner.place)
                var samples: [Sample] = []
                values.beginSeries()
                for _ in 0..<sampleCounts[series] {
                    guard let quality = QualityCode.quality(of: qualities[sample]),
                        let time = time(of: polls[sample], device: Int(device))
                    else { throw .malformed }
                    var value: MeasuredValue?
                    if !QualityCode.isMissing(qualities[sample]) {
                        if isText[series] == 1 {
                            guard let text = texts.next() else { throw .malformed }
                            value = .text(text)
                        } else {
                            let mantissa = try values.next()
                            value = .number(
                                ScaledInteger(mantissa, exponent: Int(exponent)))
                        }
                    }
                    samples.append(Sample(time: time, value: value, quality: quality))
                    sample += 1
                }
                // Numbers too far apart are written as two series of one point.
                if let known = places[description.identifier] {
                    result[known].samples += samples
                    result[known].samples.sort { $0.time < $1.time }
                } else {
                    places[description.identifier] = result.count
                    result.append(Series(point: description, samples: samples))
                }
                series += 1
            }
        }
        guard numbers.isAtEnd else { throw .malformed }
        return result
    }

    /// The lines that describe points.
    private static func points(
        _ lines: String
    ) throws(BatchError) -> [(name: PointName, unit: String?, obis: String?)] {
        var points: [(name: PointName, unit: String?, obis: String?)] = []
        for line in lines.split(separator: "\n") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count == 3, let name = PointName(String(fields[0])) else {
                throw .malformed
            }
            points.append(
                (
                    name, fields[1].isEmpty ? nil : String(fields[1]),
                    fields[2].isEmpty ? nil : String(fields[2])
                ))
        }
        return points
    }

    private func time(of poll: Int64, device: Int) -> Timestamp? {
        guard let place = Int(exactly: poll), pollTimes[device].indices.contains(place) else {
            return nil
        }
        return Timestamp(milliseconds: pollTimes[device][place])
    }

    private func qualityCodes(count: Int) throws(BatchError) -> [Int64] {
        let runs = Int(message.qualityRuns)
        guard runs <= count else { throw .malformed }
        let codes = try message.qualityCode.numbers(count: runs)
        let lengths = try Self.counts(message.qualityLength, of: runs)
        guard lengths.reduce(0, +) == count else { throw .malformed }
        var result: [Int64] = []
        result.reserveCapacity(count)
        for (code, length) in zip(codes, lengths) {
            result.append(contentsOf: repeatElement(code, count: length))
        }
        return result
    }

    /// A column that counts things, with a sum that is within bounds.
    private static func counts(
        _ column: Linli_V1_Column, of length: Int
    ) throws(BatchError) -> [Int] {
        var total: Int64 = 0
        var result: [Int] = []
        for count in try column.numbers(count: length) {
            guard count >= 0, count <= Self.limit else { throw .malformed }
            total += count
            guard total <= Self.limit else { throw .tooLarge }
            result.append(Int(count))
        }
        return result
    }
}

/// Hands out the numbers of one point, series by series.
private struct ValueReader {
    private var first: ArraySlice<Int64>
    private var rest: ArraySlice<Int64>
    private var last: Int64?

    init(
        _ numbers: inout NumberReader, sampleCounts: ArraySlice<Int>, isText: ArraySlice<Int64>,
        qualities: ArraySlice<Int64>
    ) throws(BatchError) {
        var firstCount = 0
        var restCount = 0
        var place = qualities.startIndex
        for (count, isText) in zip(sampleCounts, isText) {
            guard place + count <= qualities.endIndex else { throw .malformed }
            let valued = qualities[place..<place + count].count { !QualityCode.isMissing($0) }
            place += count
            guard isText == 0, valued > 0 else { continue }
            firstCount += 1
            restCount += valued - 1
        }
        first = try numbers.next(count: firstCount)[...]
        rest = try numbers.next(count: restCount)[...]
    }

    mutating func beginSeries() { last = nil }

    mutating func next() throws(BatchError) -> Int64 {
        let value: Int64
        if let last {
            guard let step = rest.popFirst() else { throw .malformed }
            value = last &+ step
        } else {
            guard let start = first.popFirst() else { throw .malformed }
            value = start
        }
        last = value
        return value
    }
}

extension BatchClock {
    init(_ clock: Linli_V1_Clock) {
        let digits = String(clock.boot, radix: 16)
        self.init(
            boot: String(repeating: "0", count: 16 - digits.count) + digits,
            wallMinusMonotonicMilliseconds: clock.wallMinusMonotonicMs,
            isSynchronized: clock.isSynchronized, isCorrected: clock.isCorrected)
    }
}

extension Event {
    init(_ event: Linli_V1_Event) throws(BatchError) {
        guard let severity = UInt8(exactly: event.severity).flatMap(Severity.init) else {
            throw .malformed
        }
        self.init(
            event.kind, of: event.subject, at: Timestamp(milliseconds: event.timeMs),
            severity: severity, details: event.details)
    }
}

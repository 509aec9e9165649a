import FoundationEssentials
import Metering

/// Turns readings into the columns of a batch: sorts them into series, point by point, and
/// splits them into times, qualities and values.
struct ColumnWriter {
    /// One reading, with numbers for names.
    struct Entry {
        var device: Int32
        var point: Int32
        var time: Int64
        var value: MeasuredValue?
        var quality: Int64
    }

    private let names: NameTables
    private let entries: [Entry]

    init(names: NameTables, entries: [Entry]) {
        self.names = names
        self.entries = entries
    }

    func message(clock: BatchClock) -> Linli_V1_Batch {
        var batch = Linli_V1_Batch()
        batch.clock = Linli_V1_Clock(clock)
        guard !entries.isEmpty else { return batch }
        let devices = devicesThatOccur()
        let polls = PollTable(entries, places: devices.places)
        batch.devices = names.groups(of: devices.order)
        batch.pollCount = Linli_V1_Column(polls.counts)
        batch.pollFirst = Linli_V1_Column(polls.first)
        batch.pollNext = Linli_V1_Column(polls.next)

        var columns = SeriesColumns()
        var points: [String] = []
        let order = sortedOrder(devicePlaces: devices.places)
        var start = 0
        while start < order.count {
            let point = entries[order[start]].point
            var end = start
            while end < order.count, entries[order[end]].point == point { end += 1 }
            points.append(names.line(of: Int(point)))
            columns.beginPoint()
            addSeries(order[start..<end], devices.places, polls, to: &columns)
            columns.endPoint()
            start = end
        }
        batch.points = points.joined(separator: "\n")
        columns.write(to: &batch)
        return batch
    }

    /// The devices that occur, in the order of the table, and the place of each.
    private func devicesThatOccur() -> (order: [Int], places: [Int32]) {
        var places = [Int32](repeating: -1, count: names.devices.count)
        for entry in entries { places[Int(entry.device)] = 0 }
        let order = places.indices.filter { places[$0] == 0 }
        for (place, device) in order.enumerated() { places[device] = Int32(place) }
        return (order, places)
    }

    /// The entries by point, device, kind of value, and arrival.
    private func sortedOrder(devicePlaces: [Int32]) -> [Int] {
        // One number to compare: 16 bits of point, 20 of device, 1 for text, 27 of arrival.
        precondition(entries.count < 1 << 27 && names.devices.count < 1 << 20, "a batch is bounded")
        precondition(names.points.count < 1 << 16, "points have a bounded number of meanings")
        var keys = entries.enumerated().map { arrival, entry in
            var isText: UInt64 = 0
            if case .text = entry.value { isText = 1 }
            return UInt64(entry.point) << 48 | UInt64(devicePlaces[Int(entry.device)]) << 28
                | isText << 27 | UInt64(arrival)
        }
        keys.sort()
        return keys.map { Int($0 & ((1 << 27) - 1)) }
    }

    private func addSeries(
        _ order: ArraySlice<Int>, _ devicePlaces: [Int32], _ polls: PollTable,
        to columns: inout SeriesColumns
    ) {
        let common = commonExponent(of: order)
        var start = order.startIndex
        while start < order.endIndex {
            let device = entries[order[start]].device
            let isText = Self.isText(entries[order[start]])
            var exponent = common ?? Int.max
            var end = start
            while end < order.endIndex, entries[order[end]].device == device,
                Self.isText(entries[order[end]]) == isText
            {
                if common == nil, let number = entries[order[end]].value?.number {
                    let lower = min(exponent, number.exponent)
                    // Numbers too far apart for 64 bits go into a series of their own.
                    if exponent != .max, number.exponent != exponent,
                        !fit(order[start...end], exponent: lower)
                    {
                        break
                    }
                    exponent = lower
                }
                end += 1
            }
            columns.beginSeries(
                device: devicePlaces[Int(device)], isText: isText,
                exponent: exponent == .max ? 0 : exponent)
            for place in order[start..<end] {
                let entry = entries[place]
                columns.add(entry, poll: polls.place(of: place), exponent: exponent)
            }
            start = end
        }
    }

    /// The exponent that all numbers of a point can be counted in: a value that happens to end in
    /// a zero is then no different from its neighbours, and no series has an exponent of its own.
    ///
    /// - Returns: `nil` where the numbers are too far apart for 64 bits.
    private func commonExponent(of order: ArraySlice<Int>) -> Int? {
        let exponents = order.lazy.compactMap { self.entries[$0].value?.number?.exponent }
        guard let lowest = exponents.min() else { return 0 }
        return fit(order, exponent: lowest) ? lowest : nil
    }

    private func fit(_ order: ArraySlice<Int>, exponent: Int) -> Bool {
        order.allSatisfy { place in
            guard let number = entries[place].value?.number, number.exponent != exponent else {
                return true
            }
            return number.rescaled(to: exponent) != nil
        }
    }

    private static func isText(_ entry: Entry) -> Bool {
        if case .text = entry.value { true } else { false }
    }
}

/// The moments at which each device answered.
private struct PollTable {
    /// How many polls each device has.
    private(set) var counts: [Int64]
    /// The time since the poll before, of the first poll of each device, and of the others: from
    /// device to device it is another than from answer to answer of one.
    private(set) var first: [Int64] = []
    private(set) var next: [Int64] = []
    private var placeOfEntry: [Int32]

    init(_ entries: [ColumnWriter.Entry], places: [Int32]) {
        let deviceCount = Int(places.max() ?? -1) + 1
        var polls = [[Int64]](repeating: [], count: deviceCount)
        placeOfEntry = []
        placeOfEntry.reserveCapacity(entries.count)
        for entry in entries {
            let device = Int(places[Int(entry.device)])
            // All points of an answer share its time, so it is mostly the last one.
            if let place = polls[device].lastIndex(of: entry.time) {
                placeOfEntry.append(Int32(place))
            } else {
                placeOfEntry.append(Int32(polls[device].count))
                polls[device].append(entry.time)
            }
        }
        counts = polls.map { Int64($0.count) }
        var last: Int64 = 0
        for times in polls {
            for (place, time) in times.enumerated() {
                if place == 0 { first.append(time &- last) } else { next.append(time &- last) }
                last = time
            }
        }
    }

    func place(of entry: Int) -> Int64 { Int64(placeOfEntry[entry]) }
}

/// The columns as they grow.
private struct SeriesColumns {
    private var seriesCount: [Int64] = []
    /// Devices follow one another within a point, and a point mostly starts with the device that
    /// the point before has started with, so that hardly any is skipped.
    private var deviceSteps: [Int64] = []
    private var nextDevice: Int32 = 0
    private var firstDevice: Int32 = 0
    private var pointExponent: [Int64] = []
    private var exponent: [Int64] = []
    private var isText: [Int64] = []
    private var sampleCount: [Int64] = []
    private var poll: [Int64] = []
    private var quality: [(code: Int64, length: Int64)] = []
    private var numbers = NumberWriter()
    private var texts: [String] = []
    private var firstOfPoint: [Int64] = []
    private var restOfPoint: [Int64] = []
    private var lastOfSeries: Int64?

    mutating func beginPoint() {
        seriesCount.append(0)
        nextDevice = firstDevice
        firstOfPoint.removeAll(keepingCapacity: true)
        restOfPoint.removeAll(keepingCapacity: true)
    }

    mutating func endPoint() {
        numbers.append(firstOfPoint)
        numbers.append(restOfPoint)
    }

    mutating func beginSeries(device: Int32, isText: Bool, exponent: Int) {
        if seriesCount[seriesCount.endIndex - 1] == 0 { firstDevice = device }
        seriesCount[seriesCount.endIndex - 1] += 1
        deviceSteps.append(Int64(device - nextDevice))
        nextDevice = device + 1
        self.isText.append(isText ? 1 : 0)
        if pointExponent.count < seriesCount.count { pointExponent.append(Int64(exponent)) }
        self.exponent.append(Int64(exponent) - pointExponent[pointExponent.endIndex - 1])
        sampleCount.append(0)
        lastOfSeries = nil
    }

    mutating func add(_ entry: ColumnWriter.Entry, poll: Int64, exponent: Int) {
        sampleCount[sampleCount.endIndex - 1] += 1
        self.poll.append(poll)
        if quality.last?.code == entry.quality {
            quality[quality.endIndex - 1].length += 1
        } else {
            quality.append((entry.quality, 1))
        }
        guard !QualityCode.isMissing(entry.quality) else { return }
        switch entry.value {
        case .number(let number):
            let mantissa =
                number.exponent == exponent
                ? number.mantissa : number.rescaled(to: exponent)?.mantissa ?? 0
            if let last = lastOfSeries {
                restOfPoint.append(mantissa &- last)
            } else {
                firstOfPoint.append(mantissa)
            }
            lastOfSeries = mantissa
        case .text(let text): texts.append(text)
        case nil: break
        }
    }

    func write(to batch: inout Linli_V1_Batch) {
        batch.seriesCount = Linli_V1_Column(seriesCount)
        batch.seriesDevice = Linli_V1_Column(deviceSteps)
        batch.pointExponent = Linli_V1_Column(pointExponent)
        batch.seriesExponent = Linli_V1_Column(exponent)
        batch.seriesIsText = Linli_V1_Column(isText)
        batch.sampleCount = Linli_V1_Column(sampleCount)
        batch.samplePoll = Linli_V1_Column(poll)
        batch.qualityRuns = UInt32(quality.count)
        batch.qualityCode = Linli_V1_Column(quality.map(\.code))
        batch.qualityLength = Linli_V1_Column(quality.map(\.length))
        batch.numbers = Data(numbers.bytes)
        batch.text = texts
    }
}

import MaintenanceAPI

/// The numbers of a history: unbroken runs of them, and what they come to.
struct HistoryCurve: Hashable {
    /// Where readings follow each other without a gap; none is empty.
    private(set) var runs: [[Dot]] = []
    private(set) var missing = 0
    /// Readings whose value is no number.
    private(set) var texts = 0

    struct Dot: Hashable {
        /// In milliseconds since 1970.
        let time: Int64
        let value: Double
        /// As the meter gave it.
        let digits: String
    }

    /// A gap is where readings are missing, or where none came for 2.5 times the usual interval.
    init(_ samples: [HistorySample]) {
        let limit = Self.usualInterval(of: samples) * 5 / 2
        var run: [Dot] = []
        for sample in samples {
            guard let digits = sample.value else {
                missing += 1
                end(&run)
                continue
            }
            guard let value = Double(digits), value.isFinite else {
                texts += 1
                end(&run)
                continue
            }
            if let last = run.last, sample.time - last.time > limit { end(&run) }
            run.append(Dot(time: sample.time, value: value, digits: digits))
        }
        end(&run)
    }

    var count: Int { runs.reduce(0) { $0 + $1.count } }
    var minimum: Dot? { runs.joined().min { $0.value < $1.value } }
    var maximum: Dot? { runs.joined().max { $0.value < $1.value } }

    /// Of the readings, each counted once.
    var mean: Double? {
        count == 0 ? nil : runs.joined().reduce(0) { $0 + $1.value / Double(count) }
    }

    private mutating func end(_ run: inout [Dot]) {
        if !run.isEmpty { runs.append(run) }
        run = []
    }

    /// The median of the times between readings.
    private static func usualInterval(of samples: [HistorySample]) -> Int64 {
        let intervals = zip(samples.dropFirst(), samples).map { $0.time - $1.time }.sorted()
        return intervals.isEmpty ? 0 : intervals[intervals.count / 2]
    }
}

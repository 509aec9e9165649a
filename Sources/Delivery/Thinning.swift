import Execution
import Metering
import Telemetry

/// One reading of a point in each interval: the first with a value. Where an interval has none, its
/// first missing reading, once the next interval has begun.
struct Thinning: Hashable, Sendable {
    /// What is known of a point's newest interval.
    private struct Memory: Hashable, Sendable {
        var interval: Int64
        /// Its first missing reading, until there is one with a value.
        var missing: Sample?
    }

    let intervals: LocalIntervals
    private var memories: [PointIdentifier: Memory] = [:]

    init(to intervals: LocalIntervals) {
        self.intervals = intervals
    }

    mutating func leave(of batch: inout Batch) {
        var offset: LocalIntervals.Offset?
        for place in batch.series.indices {
            batch.series[place].samples = thinned(batch.series[place], &offset)
        }
    }

    private mutating func thinned(
        _ series: Series, _ offset: inout LocalIntervals.Offset?
    ) -> [Sample] {
        var memory = memories[series.point.identifier]
        defer { memories[series.point.identifier] = memory }
        var kept: [Sample] = []
        for sample in series.samples {
            let interval = intervals.interval(of: sample.time, known: &offset)
            if let known = memory, known.interval == interval {
                guard known.missing != nil, sample.value != nil else { continue }
                kept.append(sample)
                memory?.missing = nil
                continue
            }
            if let missing = memory?.missing { kept.append(missing) }
            memory = Memory(interval: interval, missing: sample.value == nil ? sample : nil)
            if sample.value != nil { kept.append(sample) }
        }
        return kept
    }
}

/// The memory as bytes: a line for the version and the intervals, then one for each point with its
/// interval, and the time and quality of its missing reading; compressed.
extension Thinning {
    /// More is not kept: it is found again in the batches.
    static let mostPoints = 50_000

    private var heading: Substring { "1 \(intervals.length) \(intervals.zone)" }

    var memory: [UInt8]? {
        guard memories.count <= Self.mostPoints else { return nil }
        let lines = memories.map { point, memory in
            let missing = memory.missing.map {
                " \($0.time.milliseconds) \(QualityCode.code(of: $0.quality))"
            }
            return "\(point) \(memory.interval)\(missing ?? "")"
        }
        let text = ([String(heading)] + lines.sorted()).joined(separator: "\n")
        return Zstandard.compress(Array(text.utf8))
    }

    mutating func recall(_ bytes: [UInt8]) -> Bool {
        // Whatever is wrong with it, the answer is the same.
        guard let text = try? Zstandard.decompress(bytes) else { return false }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        guard lines.first == heading, lines.count <= Self.mostPoints + 1 else { return false }
        var memories: [PointIdentifier: Memory] = [:]
        for line in lines.dropFirst() {
            let words = line.split(separator: " ")
            guard words.count == 2 || words.count == 4,
                let point = PointIdentifier(String(words[0])), let interval = Int64(words[1])
            else { return false }
            var memory = Memory(interval: interval)
            if words.count == 4 {
                guard let time = Int64(words[2]), let code = Int64(words[3]),
                    let quality = QualityCode.quality(of: code)
                else { return false }
                memory.missing = Sample(
                    time: Timestamp(milliseconds: time), value: nil, quality: quality)
            }
            memories[point] = memory
        }
        self.memories = memories
        return true
    }
}

package import Execution
package import Metering
package import Telemetry

/// What of a batch a destination is entitled to.
///
/// A value with a memory: thinning to a coarser interval keeps the first reading of each interval,
/// so it remembers in which interval each point was last shared. Given the same batches in the
/// same order it always shares the same.
package struct ShareFilter: Hashable, Sendable {
    /// Which records are shared; what is `nil` is not looked at.
    package struct Selection: Hashable, Sendable {
        package var kinds: Set<String>?
        package var points: Set<PointName>?
        package var devices: Set<DeviceIdentifier>?
        /// One reading of a point in each of these intervals.
        package var every: LocalIntervals?
        /// The subjects whose events are shared: the devices that are; `nil` for all.
        package var subjects: Set<String>?
        /// Nothing from before is shared.
        package var from: Timestamp?

        package init(
            kinds: Set<String>? = nil, points: Set<PointName>? = nil,
            devices: Set<DeviceIdentifier>? = nil, every: LocalIntervals? = nil,
            subjects: Set<String>? = [], from: Timestamp? = nil
        ) {
            self.kinds = kinds
            self.points = points
            self.devices = devices
            self.every = every
            self.subjects = subjects
            self.from = from
        }
    }

    /// What is known of a point's newest interval.
    private struct Memory: Hashable, Sendable {
        var interval: Int64
        /// Its first missing reading, until there is one with a value.
        var missing: Sample?
    }

    private let selection: Selection?
    private var memories: [PointIdentifier: Memory] = [:]

    /// - Parameter selection: `nil` shares everything.
    package init(_ selection: Selection?) {
        self.selection = selection
    }

    /// Whether batches pass as they are.
    package var sharesEverything: Bool { selection == nil }

    /// The intervals that readings are thinned to; what is shared depends on what was before then.
    package var intervals: LocalIntervals? { selection?.every }

    /// The shared part of a batch.
    ///
    /// - Returns: `nil` where nothing is shared.
    package mutating func shared(of batch: Batch) -> Batch? {
        guard let selection else { return batch }
        var shared = Batch(clock: batch.clock)
        var offset: LocalIntervals.Offset?
        for series in batch.series where selection.includes(series.point) {
            var kept = series
            if let from = selection.from { kept.samples.removeAll { $0.time < from } }
            if let every = selection.every { kept.samples = thinned(kept, to: every, &offset) }
            if !kept.samples.isEmpty { shared.series.append(kept) }
        }
        shared.events = batch.events.filter { event in
            if let from = selection.from, event.time < from { return false }
            // A gap in the record concerns everybody.
            return event.kind == "cache.gap" || selection.subjects?.contains(event.subject) ?? true
        }
        return shared.series.isEmpty && shared.events.isEmpty ? nil : shared
    }

    /// The first reading with a value of each interval. Where an interval has none, its first
    /// missing reading, once the next interval has begun.
    private mutating func thinned(
        _ series: Series, to intervals: LocalIntervals, _ offset: inout LocalIntervals.Offset?
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

extension ShareFilter.Selection {
    fileprivate func includes(_ point: PointDescription) -> Bool {
        if let kinds, !kinds.contains(point.kind ?? "") { return false }
        if let devices, !devices.contains(point.identifier.device) { return false }
        if let points, !points.contains(point.identifier.point) { return false }
        return true
    }
}

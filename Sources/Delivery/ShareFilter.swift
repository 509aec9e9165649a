import Execution
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
        /// At most one reading of a point in each interval of this length.
        package var every: Duration?
        /// The subjects whose events are shared: the devices that are.
        package var subjects: Set<String>

        package init(
            kinds: Set<String>? = nil, points: Set<PointName>? = nil,
            devices: Set<DeviceIdentifier>? = nil, every: Duration? = nil,
            subjects: Set<String> = []
        ) {
            self.kinds = kinds
            self.points = points
            self.devices = devices
            self.every = every
            self.subjects = subjects
        }
    }

    private let selection: Selection?
    private var lastInterval: [PointIdentifier: Int64] = [:]

    /// - Parameter selection: `nil` shares everything.
    package init(_ selection: Selection?) {
        self.selection = selection
    }

    /// Whether batches pass as they are.
    package var sharesEverything: Bool { selection == nil }

    /// Whether what is shared depends on what was shared before.
    package var hasMemory: Bool { selection?.every != nil }

    /// The shared part of a batch.
    ///
    /// - Returns: `nil` where nothing is shared.
    package mutating func shared(of batch: Batch) -> Batch? {
        guard let selection else { return batch }
        var shared = Batch(clock: batch.clock)
        for series in batch.series where selection.includes(series.point) {
            var kept = series
            if let every = selection.every { kept.samples = thinned(series, every: every) }
            if !kept.samples.isEmpty { shared.series.append(kept) }
        }
        // A gap in the record concerns everybody.
        shared.events = batch.events.filter {
            $0.kind == "cache.gap" || selection.subjects.contains($0.subject)
        }
        return shared.series.isEmpty && shared.events.isEmpty ? nil : shared
    }

    private mutating func thinned(_ series: Series, every: Duration) -> [Sample] {
        let length = max(1, every.milliseconds)
        var last = lastInterval[series.point.identifier]
        defer { lastInterval[series.point.identifier] = last }
        return series.samples.filter { sample in
            // A missing reading does not use up its interval: a later one may have a value.
            let interval = sample.time.milliseconds / length
            guard interval != last else { return false }
            if sample.value != nil { last = interval }
            return sample.value != nil
        }
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

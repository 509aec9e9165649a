import Execution
import Metering
import Telemetry

/// Which devices and points a destination may know of, and whose events.
struct Entitlement: Hashable, Sendable {
    private let kinds: Set<String>?
    private let points: Set<PointName>?
    private let devices: Set<DeviceIdentifier>?
    private let subjects: Set<String>?

    init(_ selection: ShareFilter.Selection) {
        kinds = selection.kinds
        points = selection.points
        devices = selection.devices
        subjects = selection.subjects
    }

    func leave(of batch: inout Batch) {
        batch.series.removeAll { !includes($0.point) }
        guard let subjects else { return }
        // A gap in the record concerns everybody.
        batch.events.removeAll { $0.kind != "cache.gap" && !subjects.contains($0.subject) }
    }

    private func includes(_ point: PointDescription) -> Bool {
        if let kinds, !kinds.contains(point.kind ?? "") { return false }
        if let devices, !devices.contains(point.identifier.device) { return false }
        if let points, !points.contains(point.identifier.point) { return false }
        return true
    }
}

/// Nothing from before a moment is shared.
struct StartCut: Hashable, Sendable {
    let from: Timestamp

    func leave(of batch: inout Batch) {
        for place in batch.series.indices {
            batch.series[place].samples.removeAll { $0.time < from }
        }
        batch.events.removeAll { $0.time < from }
    }
}

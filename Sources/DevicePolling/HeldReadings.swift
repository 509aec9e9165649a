package import Execution
package import Metering
package import Modbus

/// Readings that count only if nothing arrives unasked from their device for a while.
///
/// What is measured is held back until its line has shown that no answer was taken for another;
/// see ``Provisional``. The readings of one device stay in order. A pure value.
package struct HeldReadings: Sendable {
    private struct Group: Sendable {
        let unit: UnitIdentifier
        let mark: UInt64
        var until: MonotonicTime
        var readings: [Reading]
    }

    /// By the device's place in the schedule.
    private var groups: [Int: Group] = [:]

    package init() {}

    /// When somebody has to look next whether something has arrived.
    package var nextLook: MonotonicTime? { groups.values.map(\.until).min() }

    /// Holds readings of a device back where their answer is provisional, or others of it wait.
    package mutating func hold(
        _ readings: inout [Reading], of read: PollRead, on provisional: Provisional?
    ) {
        guard !readings.isEmpty else { return }
        let device = read.device
        if var group = groups.removeValue(forKey: device) {
            group.readings += readings
            group.until = max(group.until, provisional?.until ?? group.until)
            groups[device] = group
        } else if let provisional {
            groups[device] = Group(
                unit: read.call.unit, mark: provisional.mark, until: provisional.until,
                readings: readings)
        } else {
            return
        }
        readings.removeAll(keepingCapacity: true)
    }

    /// The devices whose readings are to be looked into now, with their units.
    package func due(at now: MonotonicTime) -> [(device: Int, unit: UnitIdentifier)] {
        groups.filter { $0.value.until <= now }
            .map { (device: $0.key, unit: $0.value.unit) }
            .sorted { $0.device < $1.device }
    }

    /// Gives the readings of a device out: as they are, or as missing where something came
    /// unasked since they were asked for.
    ///
    /// - Returns: Whether they count.
    package mutating func release(
        _ device: Int, unasked: UInt64, into readings: inout [Reading]
    ) -> Bool {
        guard let group = groups.removeValue(forKey: device) else { return true }
        let isSound = unasked == group.mark
        readings += group.readings.map { reading in
            guard !isSound, reading.value != nil else { return reading }
            return Reading(reading.point, at: reading.time, missing: .corrupt)
        }
        return isSound
    }
}

import Execution
import Metering
import Modbus

/// What answers that could be something else mean to the schedule.
extension BusSchedule {
    /// How often one read of a turn is put off before its points count as missing.
    private static let restLimit = 8

    /// Something may come that could be taken for the answer to `read`: it is asked when nothing
    /// of the kind is to be expected any more. Others have the bus meanwhile.
    mutating func rest(
        _ read: PollRead, until: MonotonicTime, at now: Moment, into readings: inout [Reading]
    ) -> [PollChange] {
        if case .probe = read.purpose {
            devices[read.device].health.postponeProbe(until: until)
            return []
        }
        let rests = (devices[read.device].turn?.rests ?? 0) + 1
        guard rests <= Self.restLimit else {
            return outcome(of: read, .corrupt(.unasked), at: now, into: &readings)
        }
        devices[read.device].turn?.rests = rests
        devices[read.device].turn?.resumeAt = until
        active = nil
        return []
    }
}

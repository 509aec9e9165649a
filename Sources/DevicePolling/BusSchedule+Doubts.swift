package import Execution
import Modbus

/// What answers that nobody asked for mean to the schedule.
extension BusSchedule {
    /// The soonest that a turn whose readings did not count is done again.
    private static let repeatPause: Duration = .seconds(1)

    /// The device still owes an answer that could be taken for that of `read`: it is asked when
    /// none is to be expected any more. Nothing was learnt about it; others have the bus meanwhile.
    mutating func rest(_ read: PollRead, until: MonotonicTime) -> [PollChange] {
        if case .probe = read.purpose {
            devices[read.device].health.postponeProbe(until: until)
        } else {
            devices[read.device].turn?.resumeAt = until
            active = nil
        }
        return []
    }

    /// The last turn's readings did not count, since others' answers were among them: the device
    /// is read again soon.
    package mutating func voided(_ device: Int, at now: Moment) {
        devices[device].counters.corrupt += 1
        devices[device].counters.lastFault = .corrupt(.unasked)
        let soon = now.wall.timestamp + Self.repeatPause
        devices[device].due = min(devices[device].due, soon)
    }
}

import Execution
import Metering
import Modbus

/// What answers that could be something else mean to the schedule.
extension BusSchedule {
    /// How often in a row one read is put off before that counts as silence.
    private static let restLimit = 8

    /// Something may come that could be taken for the answer to `read`: it is asked when nothing
    /// of the kind is to be expected any more. The device's other reads go on.
    mutating func rest(
        _ read: PollRead, until: MonotonicTime, at now: Moment, into readings: inout [Reading]
    ) -> [PollChange] {
        let device = read.device
        if case .probe = read.purpose {
            devices[device].health.postponeProbe(until: until)
            return []
        }
        guard case .asking(var attempt, var tally) = devices[device].turn else { return [] }
        attempt.rests += 1
        guard attempt.rests <= Self.restLimit else {
            return outcome(of: read, .corrupt(.unasked), at: now, into: &readings)
        }
        devices[device].putOff(attempt, &tally, until: until, at: now, into: &readings)
        return judge(device, by: tally, at: now.monotonic)
    }
}

import Execution

/// Why a command to the alarms was not carried out.
package enum AlarmRefusal: CommandRefusal, Hashable, Sendable {
    case unknownAlarm(String)
    case unknownValve(String)
    /// There is nothing to acknowledge.
    case notActive(String)
    /// These alarms hold the valve shut.
    case heldClosed(valve: String, by: [String])
    /// A test would be no test: the alarm is active.
    case alarmActive(String)
    /// One test at a time; this alarm is being tested.
    case testUnderWay(String)
    /// The alarms are not running.
    case stopped
}

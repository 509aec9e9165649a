import Alarms
import Execution
import FieldLines
import GPIO
import SiteConfiguration

/// An alarm that shuts a valve, of which nobody hears: brings the code that alarms need into RAM.
///
/// Code that is not used leaves RAM sooner or later, and an alarm may be the first in years. Where
/// its code has to be fetched from the disk page by page, it is late: after everything was dropped
/// from RAM that could be, from gas to valve took 32 ms with a disk at rest, and takes 7 ms with
/// this.
enum AlarmRehearsal {
    /// Raises the alarm and waits until the valve is told, for 10 s at most.
    ///
    /// - Returns: Whether it was told.
    @discardableResult
    static func run(_ time: TimeSource, _ threads: ThreadSource) async -> Bool {
        let gas = line("rehearsal.gas", 0)
        let valve = line("rehearsal.valve", 1)
        let (commands, command) = AsyncStream<Bool>.makeStream(
            bufferingPolicy: .bufferingNewest(8))
        let output = OutputLine(valve.name) { isActive throws(LineFault) in
            command.yield(isActive)
        }
        // Lines go over a table, as all others do.
        let table = LineTable(time: time)
        table.use(drivers: [output])
        let system = AlarmSystem(
            AlarmProgram(
                alarms: [
                    AlarmConfiguration(
                        name: "rehearsal", condition: .line(gas, isActive: true),
                        actions: [.close(valve: "rehearsal")], isLatched: true)
                ],
                valves: [ValveConfiguration(name: "rehearsal", close: valve, closed: nil)],
                index: { _ in nil }),
            effects: AlarmEffects(
                lines: [valve.name: table.output(valve.name)], holdCircuit: { _, _ in },
                holdDoor: { _, _ in }, holdCharging: { _, _ in }, record: { _, _ in },
                save: { _ in true }),
            time: time, executor: threads.home("rehearsal", false))
        return await withDiscardingTaskGroup { group in
            group.addTask { await system.run() }
            group.addTask {
                await time.sleep(time.monotonic().advanced(by: .seconds(10)))
                command.finish()
            }
            system.observe(LineChange(gas.name, .active, at: time.monotonic()))
            let isTold = await commands.contains(true)
            group.cancelAll()
            return isTold
        }
    }

    private static func line(_ name: String, _ offset: Int) -> LineReference {
        LineReference(
            name: LineName(name), source: .gpio(LineSettings(chip: "rehearsal", offset: offset)))
    }
}

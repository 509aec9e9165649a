import Alarms
import Execution
import GPIO
import Glibc
import Telemetry
import TestSupport

/// Lines, doors and a cache that note what is done to them, and can be made to fail.
final class AlarmWorld: Sendable {
    struct State {
        /// For example `FAN on`.
        var commands: [String] = []
        var events: [String] = []
        var saved: [AlarmLatches] = []
        var broken: Set<String> = []
        /// Whether the valve's line takes until this is over.
        var isSlow = false
        var isRecordingStuck = false
        /// Whether saving blocks its thread, as a full disk may.
        var isDiskStuck = false
        var shutAt: ContinuousClock.Instant?
        /// How many threads of the common pool a test has blocked.
        var blockers = 0
    }

    let clock = HandClock(Timestamp(milliseconds: 1_800_000_000_000))
    private let shared = InheritingLock(State())

    var state: State { shared.withLock { $0 } }

    func change(_ body: (inout State) -> Void) {
        shared.withLock { body(&$0) }
    }

    func forget() {
        change {
            $0.commands = []
            $0.shutAt = nil
        }
    }

    /// Waits until something is so.
    func until(_ condition: (State) -> Bool) async throws {
        while !condition(state) {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    var effects: AlarmEffects {
        let names = ["V", "FAN"]
        return AlarmEffects(
            lines: Dictionary(
                uniqueKeysWithValues: names.map { name in
                    let line = LineName(name)
                    return (
                        line,
                        OutputLine(line) { isActive throws(LineFault) in
                            if name == "V", isActive {
                                self.change { $0.shutAt = ContinuousClock.now }
                            }
                            while name == "V", self.state.isSlow { await Task.yield() }
                            if self.state.broken.contains(name) { throw .silent }
                            self.change { $0.commands.append("\(name) \(isActive ? "on" : "off")") }
                        }
                    )
                }),
            holdCircuit: { name, isOn throws(LineFault) in
                self.change { $0.commands.append("\(name) \(isOn.map { "\($0)" } ?? "free")") }
            },
            holdDoor: { name, isReleased throws(LineFault) in
                self.change { $0.commands.append("\(name) \(isReleased ? "on" : "off")") }
            },
            holdCharging: { name, isHeld throws(LineFault) in
                self.change { $0.commands.append("\(name) \(isHeld ? "stopped" : "free")") }
            },
            record: { event, _ in
                while self.state.isRecordingStuck, !Task.isCancelled { await Task.yield() }
                self.change { $0.events.append("\(event.kind) \(event.subject)") }
            },
            save: { latches in
                self.change { $0.saved.append(latches) }
                while self.state.isDiskStuck { usleep(1_000) }
                return !self.state.isRecordingStuck
            })
    }
}

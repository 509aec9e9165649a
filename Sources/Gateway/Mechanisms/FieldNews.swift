import Alarms
import DevicePolling
import Execution
import GPIO
import LinuxGPIO
import Metering
import SiteConfiguration
import Synchronization

/// Tells the services what has become of readings, lines and devices, at once and on the thread
/// that found out: a short lock, no suspension.
final class FieldNews: Sendable {
    private struct State {
        var alarms: AlarmSystem?
        /// Lines that are points of devices, by the point's place in the catalog.
        var lines: [PointIndex: [LineReference]] = [:]
    }

    private let state = Mutex(State())
    private let desk: LineDesk
    private let time: TimeSource

    init(desk: LineDesk, time: TimeSource) {
        self.desk = desk
        self.time = time
    }

    /// Takes over the lines of a site.
    func use(_ lines: [SiteLine], index: (PointIdentifier) -> PointIndex?) {
        var sensed: [PointIndex: [LineReference]] = [:]
        for line in lines where !line.isOutput {
            guard let point = line.reference.source.point, let place = index(point) else {
                continue
            }
            sensed[place, default: []].append(line.reference)
        }
        state.withLock { $0.lines = sensed }
    }

    func use(_ alarms: AlarmSystem?) {
        state.withLock { $0.alarms = alarms }
    }

    /// Readings were made.
    func tell(_ readings: [Reading]) {
        let (alarms, lines) = state.withLock { ($0.alarms, $0.lines) }
        alarms?.observe(readings)
        guard !lines.isEmpty else { return }
        let now = time.monotonic()
        for reading in readings {
            for line in lines[reading.point] ?? [] {
                tell(LineChange(line.name, line.state(from: reading), at: now))
            }
        }
    }

    /// A chip has something to tell of its lines.
    func tell(_ event: ChipEvent) {
        switch event {
        case .changed(let change): tell(change)
        case .failed(let line, let fault): desk.note(fault, of: line)
        case .restored(let line):
            desk.noteRestored(line)
            state.withLock { $0.alarms }?.observeRestored(line)
        }
    }

    /// An input line has become something.
    func tell(_ change: LineChange) {
        guard desk.note(change) else { return }
        state.withLock { $0.alarms }?.observe(change)
    }

    /// A device has fallen silent, or answers again.
    func tell(_ change: PollChange) {
        let alarms = state.withLock { $0.alarms }
        switch change {
        case .fellSilent(let device): alarms?.observe(device, isSilent: true)
        case .recovered(let device, _): alarms?.observe(device, isSilent: false)
        case .split, .refused: break
        }
    }
}

extension LineReference {
    /// What a reading says of the line.
    fileprivate func state(from reading: Reading) -> LineState {
        if let number = reading.value?.number {
            return LineState(isActive: (number.mantissa != 0) != isActiveLow)
        }
        switch reading.quality {
        case .missing(.exception(let code)): return .unknown(.exception(code))
        case .missing(.notAsked): return .unknown(.notRead)
        default: return .unknown(.silent)
        }
    }
}

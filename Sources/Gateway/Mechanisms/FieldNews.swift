import Alarms
import DevicePolling
import DeviceProfiles
import Execution
import GPIO
import LinuxGPIO
import Metering
import SiteConfiguration
import Telemetry

/// Tells the services what has become of readings, lines and devices, at once and on the thread
/// that found out: a short lock, no suspension.
final class FieldNews: Sendable {
    private struct State {
        var alarms: AlarmSystem?
        var lighting: LightingService?
        var charging: [ChargingService] = []
        var access: AccessService?
        /// Points that lighting looks at, by their place in the catalog.
        var lit: [PointIndex: PointIdentifier] = [:]
        /// Points that groups of chargers look at.
        var charged: [PointIndex: PointIdentifier] = [:]
        /// Lines that are points of devices, by the point's place in the catalog.
        var lines: [PointIndex: [LineReference]] = [:]
        /// Outputs that are points of devices, by their device, and by the point's place.
        var outputs: [DeviceIdentifier: [LineName]] = [:]
        var outputPoints: [PointIndex: [LineReference]] = [:]
        var silent: Set<DeviceIdentifier> = []
        /// The points of silent devices whose bus was started anew: it does not know of their
        /// silence, so the first value of one ends it.
        var revivals: [PointIndex: DeviceIdentifier] = [:]
    }

    private let state = InheritingLock(State())
    private let desk: LineDesk
    private let time: TimeSource

    init(desk: LineDesk, time: TimeSource) {
        self.desk = desk
        self.time = time
    }

    /// Takes over the lines of a site.
    func use(_ lines: [SiteLine], index: (PointIdentifier) -> PointIndex?) {
        var sensed: [PointIndex: [LineReference]] = [:]
        var outputs: [DeviceIdentifier: [LineName]] = [:]
        var outputPoints: [PointIndex: [LineReference]] = [:]
        for line in lines {
            guard let point = line.reference.source.point else { continue }
            if line.isOutput { outputs[point.device, default: []].append(line.reference.name) }
            guard let place = index(point) else { continue }
            if line.isOutput {
                outputPoints[place, default: []].append(line.reference)
            } else {
                sensed[place, default: []].append(line.reference)
            }
        }
        state.withLock { state in
            (state.lines, state.outputs, state.outputPoints) = (sensed, outputs, outputPoints)
        }
    }

    func use(lighting: LightingService?) {
        state.withLock { $0.lighting = lighting }
    }

    func use(charging groups: [ChargingService]) {
        let silent = state.withLock { state in
            state.charging = groups
            return state.silent
        }
        for group in groups { for device in silent { group.observe(device, isSilent: true) } }
    }

    func use(access: AccessService?) {
        state.withLock { $0.access = access }
    }

    /// Takes over what lighting and chargers may look at: all points of a site.
    func use(_ catalog: PointCatalog, in site: SiteDocument) {
        var lit: [PointIndex: PointIdentifier] = [:]
        for point in site.lighting.flatMap(\.lookedAt) {
            if let index = catalog.index(of: point) { lit[index] = point }
        }
        var charged: [PointIndex: PointIdentifier] = [:]
        for point in site.charging.flatMap(\.watched) {
            if let index = catalog.index(of: point) { charged[index] = point }
        }
        state.withLock { ($0.lit, $0.charged) = (lit, charged) }
    }

    /// - Parameter latest: The readings that were made last.
    func use(_ alarms: AlarmSystem?, latest: [Reading] = []) {
        let silent = state.withLock { $0.silent }
        alarms?.observe(latest)
        for device in silent { alarms?.observe(device, isSilent: true) }
        for entry in desk.all where !entry.isOutput { alarms?.observe(entry.change(at: time)) }
        state.withLock { $0.alarms = alarms }
    }

    /// A bus is started anew, or has gone.
    func restarted(_ devices: [DeviceConfiguration], index: (PointIdentifier) -> PointIndex?) {
        let silent = state.withLock { $0.silent }
        for device in devices where silent.contains(device.id) {
            for point in device.points {
                let identifier = PointIdentifier(device: device.id, point: point.name)
                guard let place = index(identifier) else { continue }
                state.withLock { $0.revivals[place] = device.id }
            }
        }
    }

    /// Readings were made.
    func tell(_ readings: [Reading]) {
        let (alarms, lighting, lit, lines, revivals) = state.withLock {
            ($0.alarms, $0.lighting, $0.lit, $0.lines, $0.revivals)
        }
        let (charging, charged) = state.withLock { ($0.charging, $0.charged) }
        alarms?.observe(readings)
        if !revivals.isEmpty {
            let revived = readings.filter { $0.value != nil }.compactMap { revivals[$0.point] }
            for device in Set(revived) { tell(device, isSilent: false) }
        }
        if let lighting, !lit.isEmpty {
            for reading in readings {
                guard let point = lit[reading.point] else { continue }
                lighting.observe(point, reading.value?.number)
            }
        }
        if !charging.isEmpty {
            for reading in readings {
                guard let point = charged[reading.point] else { continue }
                for group in charging { group.observe(point, reading.value) }
            }
        }
        lookAtOutputs(readings)
        guard !lines.isEmpty else { return }
        let now = time.monotonic()
        for reading in readings {
            for line in lines[reading.point] ?? [] {
                tell(LineChange(line.name, line.state(from: reading), at: now))
            }
        }
    }

    /// What outputs are found to be. A board that was without power for a moment has its strikes at
    /// rest, and nobody was told; another master may have written to it. Alarms and circuits look at
    /// their outputs themselves.
    private func lookAtOutputs(_ readings: [Reading]) {
        let (access, outputs) = state.withLock { ($0.access, $0.outputPoints) }
        guard !outputs.isEmpty else { return }
        let now = time.monotonic()
        for reading in readings {
            for line in outputs[reading.point] ?? [] {
                let found = line.state(from: reading)
                desk.note(LineChange(line.name, found, at: now))
                // A strike too: nothing but the gateway may hold one energised.
                if desk.isContrary(found, to: line.name) { access?.observeRestored(line.name) }
            }
        }
    }

    /// A chip has something to tell of its lines.
    func tell(_ event: ChipEvent) {
        switch event {
        case .changed(let change): tell(change)
        case .failed(let line, let fault):
            desk.note(fault, of: line)
            let (alarms, lighting, access) = state.withLock {
                ($0.alarms, $0.lighting, $0.access)
            }
            alarms?.observeForgotten(.line(line))
            access?.observeFailed(line)
            lighting?.observeForgotten(line)
        case .restored(let line):
            desk.noteRestored(line)
            let alarms = state.withLock { $0.alarms }
            alarms?.observeForgotten(.line(line))
            tellRestored(line)
        }
    }

    /// An output can be switched again, and may have forgotten what it was told.
    private func tellRestored(_ line: LineName) {
        let (lighting, access) = state.withLock { ($0.lighting, $0.access) }
        access?.observeRestored(line)
        lighting?.observeForgotten(line)
    }

    /// Circuits or doors were made anew: what alarms want of them they have not heard.
    func tellForgotten(_ outputs: [AlarmOutput]) {
        let alarms = state.withLock { $0.alarms }
        for output in outputs { alarms?.observeForgotten(output) }
    }

    /// An input line has become something.
    func tell(_ change: LineChange) {
        guard desk.note(change) else { return }
        pass(change)
    }

    /// Tells what is known of all inputs once more: somebody new is listening.
    func tellAll(_ entries: [LineDesk.Entry]) {
        for entry in entries where !entry.isOutput && entry.sensed != .unknown(.notRead) {
            pass(entry.change(at: time))
        }
    }

    private func pass(_ change: LineChange) {
        let (alarms, lighting, access) = state.withLock { ($0.alarms, $0.lighting, $0.access) }
        // The most urgent first.
        alarms?.observe(change)
        access?.observe(change)
        lighting?.observe(change)
    }

    /// A device has fallen silent, or answers again.
    func tell(_ change: PollChange) {
        switch change {
        case .fellSilent(let device): tell(device, isSilent: true)
        case .recovered(let device, _): tell(device, isSilent: false)
        case .split, .refused, .refusesAll, .acceptsAgain, .overloaded, .keepsUp: break
        }
    }

    private func tell(_ device: DeviceIdentifier, isSilent: Bool) {
        let (alarms, charging, outputs) = state.withLock { state in
            if isSilent { state.silent.insert(device) } else { state.silent.remove(device) }
            state.revivals = state.revivals.filter { $0.value != device }
            return (state.alarms, state.charging, state.outputs[device] ?? [])
        }
        // Alarms tell their own outputs of this device once more.
        alarms?.observe(device, isSilent: isSilent)
        for group in charging { group.observe(device, isSilent: isSilent) }
        for line in outputs {
            guard !isSilent else {
                // Nobody knows what they are, whatever they were told.
                desk.note(.silent, of: line)
                continue
            }
            // Its power may have failed, and its relays have dropped.
            desk.noteRestored(line)
            tellRestored(line)
        }
    }
}

extension LineDesk.Entry {
    /// What is known of an input, as if it were new.
    fileprivate func change(at time: TimeSource) -> LineChange {
        LineChange(reference.name, sensed, at: since ?? time.monotonic())
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

extension LightingCircuit {
    /// The points its photocells and its meter stand for.
    fileprivate var lookedAt: [PointIdentifier] {
        let photocells = control.compactMap { entry -> PointIdentifier? in
            guard case .point(let point, _, _, _) = entry.photocell?.source else { return nil }
            return point
        }
        return photocells + (lampWatch.map { [$0.point] } ?? [])
    }
}

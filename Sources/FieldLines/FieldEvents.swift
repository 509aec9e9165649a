import DeviceProfiles
package import Execution
package import GPIO
package import LinuxGPIO
package import Metering
package import SiteConfiguration

/// Tells the services what has become of readings, lines and devices, at once and on the thread
/// that found out: short locks, no suspension.
package final class FieldEvents: Sendable {
    private struct State {
        /// Input lines that are points of devices, by the point's place in the catalog.
        var inputs: [PointIndex: [LineReference]] = [:]
        /// Outputs that are points of devices, by their device, and by the point's place.
        var outputs: [DeviceIdentifier: [LineName]] = [:]
        var outputPoints: [PointIndex: [LineReference]] = [:]
        var silent: Set<DeviceIdentifier> = []
        /// The points of silent devices whose bus was started anew: it does not know of their
        /// silence, so the first value of one ends it.
        var revivals: [PointIndex: DeviceIdentifier] = [:]
    }

    private let state = InheritingLock(State())
    private let table: LineTable
    private let time: TimeSource
    private let listeners: [FieldListener]

    /// - Parameter listeners: In the order in which they hear: the most urgent first.
    package init(table: LineTable, time: TimeSource, listeners: [FieldListener]) {
        self.table = table
        self.time = time
        self.listeners = listeners
    }

    /// The devices that are silent now.
    package var silent: Set<DeviceIdentifier> { state.withLock { $0.silent } }

    /// Takes over the lines of a site.
    package func use(_ lines: [SiteLine], index: (PointIdentifier) -> PointIndex?) {
        var inputs: [PointIndex: [LineReference]] = [:]
        var outputs: [DeviceIdentifier: [LineName]] = [:]
        var outputPoints: [PointIndex: [LineReference]] = [:]
        for line in lines {
            guard let point = line.reference.source.point else { continue }
            if line.isOutput { outputs[point.device, default: []].append(line.reference.name) }
            guard let place = index(point) else { continue }
            if line.isOutput {
                outputPoints[place, default: []].append(line.reference)
            } else {
                inputs[place, default: []].append(line.reference)
            }
        }
        state.withLock {
            ($0.inputs, $0.outputs, $0.outputPoints) = (inputs, outputs, outputPoints)
        }
    }

    /// A bus is started anew, or has gone.
    package func restarted(
        _ devices: [DeviceConfiguration], index: (PointIdentifier) -> PointIndex?
    ) {
        let silent = silent
        for device in devices where silent.contains(device.id) {
            for point in device.points {
                let identifier = PointIdentifier(device: device.id, point: point.name)
                guard let place = index(identifier) else { continue }
                state.withLock { $0.revivals[place] = device.id }
            }
        }
    }

    /// Readings were made.
    package func tell(_ readings: [Reading]) {
        let (inputs, outputPoints, revivals) = state.withLock {
            ($0.inputs, $0.outputPoints, $0.revivals)
        }
        for listener in listeners { listener.readings(readings) }
        if !revivals.isEmpty {
            let revived = readings.filter { $0.value != nil }.compactMap { revivals[$0.point] }
            for device in Set(revived) { tell(device, isSilent: false) }
        }
        guard !inputs.isEmpty || !outputPoints.isEmpty else { return }
        let now = time.monotonic()
        for reading in readings {
            for line in outputPoints[reading.point] ?? [] { look(at: line, reading, now) }
        }
        for reading in readings {
            for line in inputs[reading.point] ?? [] {
                tell(LineChange(line.name, line.state(from: reading), at: now))
            }
        }
    }

    /// What an output is found to be. A board that was without power for a moment has its strikes at
    /// rest, and nobody was told; another master may have written to it, and nothing but the gateway
    /// may hold a strike energised.
    private func look(at output: LineReference, _ reading: Reading, _ now: MonotonicTime) {
        let found = output.state(from: reading)
        table.note(LineChange(output.name, found, at: now))
        guard table.isContrary(found, to: output.name) else { return }
        for listener in listeners { listener.restored(output.name, .contrary) }
    }

    /// A chip has something to tell of its lines.
    package func tell(_ event: ChipEvent) {
        switch event {
        case .changed(let change): tell(change)
        case .failed(let line, let fault):
            table.note(fault, of: line)
            for listener in listeners { listener.failed(line) }
        case .restored(let line): tellRestored(line)
        }
    }

    /// An output can be switched again, and may have forgotten what it was told.
    package func tellRestored(_ line: LineName) {
        table.noteRestored(line)
        for listener in listeners { listener.restored(line, .byItself) }
    }

    /// An input line has become something.
    package func tell(_ change: LineChange) {
        guard table.note(change) else { return }
        for listener in listeners { listener.input(change) }
    }

    /// Tells what is known of all inputs once more: somebody new is listening.
    package func tellAll() {
        for change in table.inputs where change.state != .unknown(.notRead) {
            for listener in listeners { listener.input(change) }
        }
    }

    /// A device has fallen silent, or answers again.
    package func tell(_ device: DeviceIdentifier, isSilent: Bool) {
        let outputs = state.withLock { state in
            if isSilent { state.silent.insert(device) } else { state.silent.remove(device) }
            state.revivals = state.revivals.filter { $0.value != device }
            return state.outputs[device] ?? []
        }
        for listener in listeners { listener.silence(device, isSilent) }
        for line in outputs {
            guard !isSilent else {
                // Nobody knows what they are, whatever they were told.
                table.note(.silent, of: line)
                continue
            }
            // Its power may have failed, and its relays have dropped.
            table.noteRestored(line)
            for listener in listeners { listener.restored(line, .withItsDevice) }
        }
    }
}

extension LineTable {
    /// What is known of all inputs, as if it were new.
    package var inputs: [LineChange] {
        all.filter { !$0.isOutput }.map { entry in
            LineChange(entry.reference.name, entry.sensed, at: entry.since ?? time.monotonic())
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

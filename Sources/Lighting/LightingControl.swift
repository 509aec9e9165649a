package import Execution
package import GPIO
package import Metering
import SiteConfiguration
package import Telemetry

/// The lighting of a site, for as long as it runs: carries out what ``LightingState`` decides.
///
/// When it ends, circuits stay as they are: what leads to their safe state without the gateway is
/// set in the relay boards (``LightingCircuit/hardwareSafeState(of:)``).
package actor LightingControl {
    private var state: LightingState
    private let outputs: [CircuitOutput]
    private let time: TimeSource
    private let edges: LightingEdges
    /// What is decided and not yet begun: at most one command a circuit, and what is recorded.
    private var actions: [LightingState.Action] = []
    private var wakeUps = WakeUps()
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - programs: One for each circuit, in the order of the document.
    ///   - lines: The lines of all circuits that have one.
    ///   - keptOverrides: What was kept through a restart.
    package init(
        _ programs: [ControlProgram], lines: [LineName: OutputLine], edges: LightingEdges,
        time: TimeSource, keptOverrides: [LightingOverride] = [], seed: UInt64
    ) {
        state = LightingState(
            programs, keptOverrides: keptOverrides, at: time.now(), seed: seed)
        outputs = programs.map { CircuitOutput($0.circuit, lines: lines, edges: edges) }
        self.time = time
        self.edges = edges
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        signal.yield()
    }

    /// Controls the circuits until the task is cancelled.
    package func run() async {
        // Bounded: a circuit is not switched more often than this is written, but for a cache
        // that hangs; then the oldest go.
        let (events, recorder) = AsyncStream<LightingState.Action>.makeStream(
            bufferingPolicy: .bufferingNewest(4_096))
        take(state.handle(.tick, at: time.now()))
        await withDiscardingTaskGroup { group in
            let (edges, time) = (edges, time)
            group.addTask {
                for await action in events {
                    switch action {
                    case .record(let event): await edges.record(event, .event)
                    case .keep(let overrides): await edges.keep(overrides)
                    case .switch: break
                    }
                }
            }
            for await _ in signals {
                for action in takeActions() {
                    guard case .switch(let circuit, let level) = action else {
                        recorder.yield(action)
                        continue
                    }
                    let output = outputs[circuit]
                    group.addTask {
                        let fault = await output.set(level)
                        await self.handle(.switched(circuit: circuit, fault))
                    }
                }
                if let wake = wakeUps.arm(state.nextWakeUp) {
                    group.addTask {
                        await time.sleep(wake)
                        await self.wake(wake)
                    }
                }
            }
            recorder.finish()
            group.cancelAll()
        }
    }

    // MARK: - What is heard

    /// An input line has changed.
    package func observe(_ change: LineChange) {
        handle(.line(change))
    }

    /// A circuit's line may have forgotten what it was told: it has failed, or is back.
    package func observeForgotten(_ line: LineName) {
        handle(.forgotten(line))
    }

    /// Dimmers of a device may have been told something by somebody else.
    package func forget(_ device: DeviceIdentifier) {
        handle(.dimmerForgotten(device))
    }

    /// A point was read; `nil` where that failed.
    package func observe(_ point: PointIdentifier, _ value: ScaledInteger?) {
        handle(.reading(point, value))
    }

    /// What must be observed; the rest need not be told.
    package var observedLines: Set<LineName> { state.observedLines }
    package var observedPoints: Set<PointIdentifier> { state.observedPoints }

    // MARK: - What is wanted

    /// Puts a circuit into a state for so long, whatever its control says; an alarm goes before.
    ///
    /// - Parameters:
    ///   - command: `nil` gives the circuit back to its control.
    ///   - by: Who wants it, for the audit trail.
    package func override(
        _ circuit: String, _ command: LightingCommand?, for duration: Duration, by: String
    ) throws(LightingRefusal) {
        take(try state.override(circuit, command, for: duration, by: by, at: time.now()))
    }

    /// An alarm wants a circuit lit, or dark, until it releases it.
    ///
    /// - Returns: Whether there is such a circuit.
    @discardableResult
    package func hold(_ circuit: String, isOn: Bool, by alarm: String) -> Bool {
        let actions = state.hold(circuit, isOn: isOn, by: alarm, at: time.now())
        take(actions ?? [])
        return actions != nil
    }

    /// An alarm wants nothing of a circuit any more.
    ///
    /// - Returns: Whether there is such a circuit.
    @discardableResult
    package func release(_ circuit: String, by alarm: String) -> Bool {
        let actions = state.release(circuit, by: alarm, at: time.now())
        take(actions ?? [])
        return actions != nil
    }

    /// Every circuit, in the order of the document.
    package var status: [CircuitStatus] { state.status(at: time.monotonic()) }

    // MARK: -

    private func handle(_ input: LightingState.Input) {
        take(state.handle(input, at: time.now()))
    }

    private func wake(_ moment: MonotonicTime) {
        wakeUps.woke(moment)
        handle(.tick)
        signal.yield()
    }

    private func take(_ new: [LightingState.Action]) {
        actions += new
        if !new.isEmpty || wakeUps.isMissing(state.nextWakeUp) { signal.yield() }
    }

    private func takeActions() -> [LightingState.Action] {
        defer { actions.removeAll() }
        return actions
    }
}

/// What lighting reaches outside of itself.
package struct LightingEdges: Sendable {
    /// Writes a dimming level to a point of a device, and returns when it is confirmed.
    package let setLevel: @Sendable (PointIdentifier, ScaledInteger) async throws(LineFault) -> Void
    package let record: @Sendable (Event, Lane) async -> Void
    /// Keeps overrides through a restart, in place of those before.
    package let keep: @Sendable ([LightingOverride]) async -> Void

    package init(
        setLevel:
            @escaping @Sendable (PointIdentifier, ScaledInteger) async throws(LineFault) -> Void,
        record: @escaping @Sendable (Event, Lane) async -> Void,
        keep: @escaping @Sendable ([LightingOverride]) async -> Void
    ) {
        self.setLevel = setLevel
        self.record = record
        self.keep = keep
    }
}

/// What switches and dims one circuit.
private struct CircuitOutput: Sendable {
    let line: OutputLine?
    let dimmer: LightingDimmer?
    let edges: LightingEdges

    /// - Precondition: The circuit's line is among `lines`.
    init(_ circuit: LightingCircuit, lines: [LineName: OutputLine], edges: LightingEdges) {
        line = circuit.line.map { reference in
            guard let line = lines[reference.name] else {
                preconditionFailure("\(circuit.name) has no line \(reference.name)")
            }
            return line
        }
        dimmer = circuit.dimmer
        self.edges = edges
    }

    /// Sets the level, then switches: lamps never flash up at an old level.
    ///
    /// Where the dimmer fails, the lamps are switched all the same: better the wrong level than
    /// dark.
    func set(_ level: Int) async -> LineFault? {
        var fault: LineFault?
        if let dimmer, level > 0 || line == nil {
            do throws(LineFault) {
                try await edges.setLevel(dimmer.identifier, dimmer.value(at: level))
            } catch {
                fault = error
            }
        }
        do throws(LineFault) { try await line?.set(level > 0) } catch { return error }
        return fault
    }
}

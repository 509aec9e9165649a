package import Execution
package import GPIO
package import Metering
package import Telemetry

/// The lighting of a site, for as long as it runs: carries out what ``LightingState`` decides.
///
/// When it ends, circuits stay as they are: what leads to their safe state without the gateway is
/// set in the relay boards (``LightingCircuit/hardwareSafeState(of:)``).
package actor LightingControl {
    /// What must be observed; the rest need not be told.
    package nonisolated let observedLines: Set<LineName>
    package nonisolated let observedPoints: Set<PointIdentifier>
    private nonisolated let inbox: StateInbox<LightingState.Input>
    private let runner: StateRunner<LightingState>
    private let time: TimeSource

    /// - Parameters:
    ///   - programs: One for each circuit, in the order of the document.
    ///   - lines: The lines of all circuits that have one.
    ///   - keptOverrides: What was kept through a restart.
    package init(
        _ programs: [ControlProgram], lines: [LineName: OutputLine], edges: LightingEdges,
        time: TimeSource, keptOverrides: [LightingOverride] = [], seed: UInt64
    ) {
        let state = LightingState(
            programs, keptOverrides: keptOverrides, at: time.now(), seed: seed)
        let outputs = programs.map { CircuitOutput($0.circuit, lines: lines, edges: edges) }
        observedLines = state.observedLines
        observedPoints = state.observedPoints
        runner = StateRunner(state, time: time) { action in
            switch action {
            case .switch(let circuit, let level):
                .act { .switched(circuit: circuit, await outputs[circuit].set(level)) }
            case .record(let event): .record { await edges.record(event, .event) }
            case .keep(let overrides): .record { await edges.keep(overrides) }
            }
        }
        inbox = runner.inbox
        self.time = time
    }

    /// Controls the circuits until the task is cancelled. To be called once.
    package func run() async { await runner.run() }

    // MARK: - What is heard. Returns at once, from any thread.

    /// An input line has changed.
    package nonisolated func observe(_ change: LineChange) {
        inbox.put(.line(change))
    }

    /// A circuit's line may have forgotten what it was told: it has failed, or is back.
    package nonisolated func observeForgotten(_ line: LineName) {
        inbox.put(.forgotten(line))
    }

    /// Dimmers of a device may have been told something by somebody else.
    package nonisolated func forget(_ device: DeviceIdentifier) {
        inbox.put(.dimmerForgotten(device))
    }

    /// A point was read; `nil` where that failed.
    package nonisolated func observe(_ point: PointIdentifier, _ value: ScaledInteger?) {
        inbox.put(.reading(point, value))
    }

    // MARK: - What is wanted

    /// Puts a circuit into a state for so long, whatever its control says; an alarm goes before.
    ///
    /// - Parameters:
    ///   - command: `nil` gives the circuit back to its control.
    ///   - by: Who wants it, for the audit trail.
    package func override(
        _ circuit: String, _ command: LightingCommand?, for duration: Duration, by: String
    ) throws(LightingRefusal) {
        try runner.perform { (lighting, now) throws(LightingRefusal) in
            try lighting.override(circuit, command, for: duration, by: by, at: now)
        }
    }

    /// An alarm wants a circuit lit, or dark, until it releases it.
    ///
    /// - Returns: Whether there is such a circuit.
    @discardableResult
    package func hold(_ circuit: String, isOn: Bool, by alarm: String) -> Bool {
        runner.attempt { lighting, now in lighting.hold(circuit, isOn: isOn, by: alarm, at: now) }
    }

    /// An alarm wants nothing of a circuit any more.
    ///
    /// - Returns: Whether there is such a circuit.
    @discardableResult
    package func release(_ circuit: String, by alarm: String) -> Bool {
        runner.attempt { lighting, now in lighting.release(circuit, by: alarm, at: now) }
    }

    /// Every circuit, in the order of the document.
    package var dropped: DroppedItems { runner.dropped }

    package var status: [CircuitStatus] { runner.current.status(at: time.monotonic()) }
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

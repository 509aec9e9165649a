package import Execution
package import GPIO
package import Metering
package import SiteConfiguration
package import Telemetry

/// A group of chargers, for as long as it runs: carries out what ``ChargingGroupState`` decides.
///
/// When it ends, chargers stay as they were told, or fall back by themselves to what was set in
/// them (``ChargingGroupConfiguration/fallback``).
package actor ChargingGroup {
    private var state: ChargingGroupState
    private let time: TimeSource
    private let edges: ChargingEdges
    /// What is decided and not yet begun: at most one command a charger, and what is recorded.
    private var actions: [ChargingGroupState.Action] = []
    private var wakeUps = WakeUps()
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// - Parameter stops: What was kept through a restart.
    package init(
        _ configuration: ChargingGroupConfiguration, stops: [ChargerStop], edges: ChargingEdges,
        time: TimeSource, seed: UInt64
    ) {
        state = ChargingGroupState(configuration, stops: stops, at: time.now(), seed: seed)
        self.time = time
        self.edges = edges
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        signal.yield()
    }

    /// Shares the limit until the task is cancelled.
    package func run() async {
        // Bounded: far fewer than this are recorded while a cache is written, but for one that
        // hangs; then the oldest go.
        let (events, recorder) = AsyncStream<ChargingGroupState.Action>.makeStream(
            bufferingPolicy: .bufferingNewest(4_096))
        take(state.handle(.tick, at: time.now()))
        await withDiscardingTaskGroup { group in
            let (edges, time) = (edges, time)
            group.addTask {
                for await action in events {
                    switch action {
                    case .record(let event):
                        await edges.record(event, event.severity == .alarm ? .alarm : .event)
                    case .keep(let stops): await edges.keep(stops)
                    case .tell, .prepare: break
                    }
                }
            }
            for await _ in signals {
                for action in takeActions() {
                    switch action {
                    case .record, .keep: recorder.yield(action)
                    case .tell(let charger, let current):
                        let configuration = state.configuration.chargers[charger]
                        group.addTask {
                            let fault = await edges.tell(configuration, current)
                            await self.handle(.told(charger: charger, fault))
                        }
                    case .prepare(let charger):
                        let configuration = state.configuration.chargers[charger]
                        let fallback = state.configuration.fallback
                        group.addTask {
                            let fault = await edges.prepare(configuration, fallback)
                            await self.handle(.prepared(charger: charger, fault))
                        }
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

    /// A point was read; `nil` where that failed.
    package func observe(_ point: PointIdentifier, _ value: MeasuredValue?) {
        handle(.reading(point, value))
    }

    /// A charger may have been told something by somebody else.
    package func forget(_ device: DeviceIdentifier) {
        handle(.forgotten(device))
    }

    /// A device has fallen silent, or answers again.
    package func observe(_ device: DeviceIdentifier, isSilent: Bool) {
        handle(.silence(device, isSilent))
    }

    /// What must be observed; the rest need not be told.
    package var observedPoints: Set<PointIdentifier> { state.observedPoints }

    // MARK: - What is wanted

    /// Has a charger charge nothing.
    ///
    /// - Parameters:
    ///   - duration: For how long; `nil` until it is started.
    ///   - by: Who wants it, for the audit trail.
    package func stop(
        _ charger: String, for duration: Duration?, by: String
    ) throws(ChargingRefusal) {
        take(try state.stop(charger, for: duration, by: by, at: time.now()))
    }

    /// Lets a charger charge again.
    package func start(_ charger: String, by: String) throws(ChargingRefusal) {
        take(try state.start(charger, by: by, at: time.now()))
    }

    /// An alarm wants a charger, or all, to charge nothing until it releases them.
    ///
    /// - Parameter charger: `nil` for all.
    /// - Returns: Whether there is such a charger.
    @discardableResult
    package func hold(_ charger: String?, by alarm: String) -> Bool {
        let actions = state.hold(charger, by: alarm, at: time.now())
        take(actions ?? [])
        return actions != nil
    }

    /// An alarm wants nothing of a charger, or of all, any more.
    ///
    /// - Returns: Whether there is such a charger.
    @discardableResult
    package func release(_ charger: String?, by alarm: String) -> Bool {
        let actions = state.release(charger, by: alarm, at: time.now())
        take(actions ?? [])
        return actions != nil
    }

    package var status: ChargingGroupStatus { state.status(at: time.monotonic()) }

    // MARK: -

    private func handle(_ input: ChargingGroupState.Input) {
        take(state.handle(input, at: time.now()))
    }

    private func wake(_ moment: MonotonicTime) {
        wakeUps.woke(moment)
        handle(.tick)
        signal.yield()
    }

    private func take(_ new: [ChargingGroupState.Action]) {
        actions += new
        if !new.isEmpty || wakeUps.isMissing(state.nextWakeUp) { signal.yield() }
    }

    private func takeActions() -> [ChargingGroupState.Action] {
        defer { actions.removeAll() }
        return actions
    }
}

/// What a group reaches outside of itself.
package struct ChargingEdges: Sendable {
    /// Writes what a charger may draw, and returns when it has confirmed all of it; else why not.
    package let tell: @Sendable (ChargerConfiguration, Amperes) async -> LineFault?
    /// Writes the settings a charger needs, and what it is to fall back to.
    package let prepare: @Sendable (ChargerConfiguration, _ fallback: Amperes) async -> LineFault?
    package let record: @Sendable (Event, Lane) async -> Void
    /// Keeps stops through a restart, in place of those before.
    package let keep: @Sendable ([ChargerStop]) async -> Void

    package init(
        tell: @escaping @Sendable (ChargerConfiguration, Amperes) async -> LineFault?,
        prepare:
            @escaping @Sendable (ChargerConfiguration, _ fallback: Amperes) async ->
            LineFault?,
        record: @escaping @Sendable (Event, Lane) async -> Void,
        keep: @escaping @Sendable ([ChargerStop]) async -> Void
    ) {
        self.tell = tell
        self.prepare = prepare
        self.record = record
        self.keep = keep
    }
}

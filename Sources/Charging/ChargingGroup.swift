package import Execution
import GPIO
package import Metering
package import SiteConfiguration
import Telemetry

/// A group of chargers, for as long as it runs: carries out what ``ChargingGroupState`` decides.
///
/// When it ends, chargers stay as they were told, or fall back by themselves to what was set in
/// them (``ChargingGroupConfiguration/fallback``).
package actor ChargingGroup {
    /// What must be observed; the rest need not be told.
    package nonisolated let observedPoints: Set<PointIdentifier>
    private nonisolated let inbox: StateInbox<ChargingGroupState.Input>
    private let runner: StateRunner<ChargingGroupState>
    private let time: TimeSource

    /// - Parameter stops: What was kept through a restart.
    package init(
        _ configuration: ChargingGroupConfiguration, stops: [ChargerStop], edges: ChargingEdges,
        time: TimeSource, seed: UInt64
    ) {
        let state = ChargingGroupState(configuration, stops: stops, at: time.now(), seed: seed)
        let chargers = configuration.chargers
        observedPoints = configuration.watched
        runner = StateRunner(state, time: time) { action in
            switch action {
            case .tell(let place, let current):
                .act { .told(charger: place, await edges.tell(chargers[place], current)) }
            case .prepare(let place):
                .act {
                    let fault = await edges.prepare(chargers[place], configuration.fallback)
                    return .prepared(charger: place, fault)
                }
            case .record(let event):
                .record { await edges.record(event, event.severity == .alarm ? .alarm : .event) }
            case .keep(let stops): .record { await edges.keep(stops) }
            }
        }
        inbox = runner.inbox
        self.time = time
    }

    /// Shares the limit until the task is cancelled. To be called once.
    package func run() async { await runner.run() }

    // MARK: - What is heard. Returns at once, from any thread.

    /// A point was read; `nil` where that failed.
    package nonisolated func observe(_ point: PointIdentifier, _ value: MeasuredValue?) {
        inbox.put(.reading(point, value))
    }

    /// A charger may have been told something by somebody else.
    package nonisolated func forget(_ device: DeviceIdentifier) {
        inbox.put(.forgotten(device))
    }

    /// A device has fallen silent, or answers again.
    package nonisolated func observe(_ device: DeviceIdentifier, isSilent: Bool) {
        inbox.put(.silence(device, isSilent))
    }

    // MARK: - What is wanted

    /// Has a charger charge nothing.
    ///
    /// - Parameters:
    ///   - duration: For how long; `nil` until it is started.
    ///   - by: Who wants it, for the audit trail.
    package func stop(
        _ charger: String, for duration: Duration?, by: String
    ) throws(ChargingRefusal) {
        try runner.perform { (group, now) throws(ChargingRefusal) in
            try group.stop(charger, for: duration, by: by, at: now)
        }
    }

    /// Lets a charger charge again.
    package func start(_ charger: String, by: String) throws(ChargingRefusal) {
        try runner.perform { (group, now) throws(ChargingRefusal) in
            try group.start(charger, by: by, at: now)
        }
    }

    /// An alarm wants a charger, or all, to charge nothing until it releases them.
    ///
    /// - Parameter charger: `nil` for all.
    /// - Returns: Whether there is such a charger.
    @discardableResult
    package func hold(_ charger: String?, by alarm: String) -> Bool {
        runner.attempt { group, now in group.hold(charger, by: alarm, at: now) }
    }

    /// An alarm wants nothing of a charger, or of all, any more.
    ///
    /// - Returns: Whether there is such a charger.
    @discardableResult
    package func release(_ charger: String?, by alarm: String) -> Bool {
        runner.attempt { group, now in group.release(charger, by: alarm, at: now) }
    }

    package var dropped: DroppedItems { runner.dropped }

    package var status: ChargingGroupStatus { runner.current.status(at: time.monotonic()) }
}

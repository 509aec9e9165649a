package import Execution
import GPIO
package import LinuxSystem
package import Metering
package import SiteConfiguration

/// The alarms and valves of a site.
package struct AlarmService: Sendable {
    /// What it was made from: where this is unchanged, a reload leaves the alarms alone.
    package struct Configuration: Hashable, Sendable {
        let alarms: [AlarmConfiguration]
        let valves: [ValveConfiguration]

        package init(of site: SiteDocument) {
            (alarms, valves) = (site.alarms, site.valves)
        }

        package var isEmpty: Bool { alarms.isEmpty && valves.isEmpty }
    }

    package let configuration: Configuration
    package let system: AlarmSystem
    package let part: Part

    package init(
        _ configuration: Configuration, index: (PointIdentifier) -> PointIndex?,
        latches: AlarmLatches, effects: AlarmEffects, time: TimeSource,
        executor: any HomeExecutor
    ) {
        self.configuration = configuration
        let system = AlarmSystem(
            AlarmProgram(
                alarms: configuration.alarms, valves: configuration.valves, index: index),
            latches: latches, effects: effects, time: time, executor: executor)
        self.system = system
        part = Part("alarms") { await system.run() }
    }
}

/// The alarms that run. Anybody may look, from any thread; changes come from one place.
package final class RunningAlarms: Sendable {
    private let service = InheritingLock<AlarmService?>(nil)

    package init() {}

    package var current: AlarmService? { service.withLock { $0 } }

    /// Replaces the alarms, where they have changed, without a moment in which nobody hears: those
    /// that begin go on from where those that end stop.
    ///
    /// - Parameters:
    ///   - kept: Where latches outlast a restart. Where they cannot be read, an alarm whose condition
    ///     still holds is raised again.
    ///   - greet: Tells the new alarms what is known of the field. From its end on they hear all that
    ///     is found in this place.
    ///   - start: Has a part run.
    ///   - make: Builds alarms that begin with these latches.
    /// - Returns: The outputs that no alarm acts on any more.
    package func use(
        _ wanted: AlarmService.Configuration, kept: StateValue<AlarmLatches>,
        isolation: isolated (any Actor)? = #isolation,
        greet: (AlarmSystem) -> Void, start: (Part) -> Void,
        make: (AlarmLatches, _ save: @escaping @Sendable (AlarmLatches) async -> Bool) ->
            AlarmService
    ) async -> [AlarmOutput] {
        let before = current
        guard before?.configuration ?? .none != wanted else { return [] }
        let held = before?.system.program.targets ?? []
        guard !wanted.isEmpty else {
            service.withLock { $0 = nil }
            await before?.part.stop()
            return held
        }
        let next = make(before == nil ? kept.load() ?? AlarmLatches() : AlarmLatches()) { latches in
            // Those before may still be writing theirs.
            await before?.part.untilEnded()
            return kept.save(latches)
        }
        greet(next.system)
        service.withLock { $0 = next }
        if let before { await next.system.takeOver(await before.system.handOver()) }
        start(next.part)
        await before?.part.stop()
        let targets = next.system.program.targets
        return held.filter { !targets.contains($0) }
    }
}

extension AlarmService.Configuration {
    fileprivate static let none = AlarmService.Configuration()

    private init() { (alarms, valves) = ([], []) }
}

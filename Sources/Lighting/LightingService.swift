import DeviceProfiles
package import Execution
package import GPIO
package import LinuxSystem
package import Metering
package import SiteConfiguration
import SolarTime
package import Telemetry

/// The lighting circuits of a site.
package struct LightingService: RunningService {
    /// What it was made from: where this is unchanged, a reload leaves the lamps alone.
    package struct Configuration: Hashable, Sendable {
        package let circuits: [LightingCircuit]
        let site: SiteIdentity
        /// Devices that switch or dim; their safe state is set in them.
        let devices: [DeviceConfiguration]

        package init(of site: SiteDocument) {
            circuits = site.lighting
            self.site = site.site
            devices = site.devices.filter { device in
                site.lighting.contains { circuit in
                    circuit.line?.source.point?.device == device.id
                        || circuit.dimmer?.device == device.id
                }
            }
        }
    }

    package let configuration: Configuration
    package let control: LightingControl
    package let part: Part
    /// The points of its photocells and meters.
    package let points: WatchedPoints
    private let outputs: Set<LineName>

    /// - Parameters:
    ///   - lines: The lines of all circuits that have one.
    ///   - kept: Where overrides outlast a restart. Where they cannot be read, the circuits do what
    ///     their control says.
    ///   - write: How dimmers are told, and boards their safe state.
    package init(
        _ configuration: Configuration, lines: [LineName: OutputLine],
        kept: StateValue<[LightingOverride]>, time: TimeSource, seed: UInt64,
        write: PointWriting,
        record: @escaping @Sendable (Event, Lane) async -> Void
    ) {
        self.configuration = configuration
        let place = configuration.site.location.map {
            SolarPlace(latitude: $0.latitude.doubleValue, longitude: $0.longitude.doubleValue)
        }
        let zone = ZoneClock(configuration.site.timeZone)
        let local = LocalTime { zone.offset(at: $0) }
        let control = LightingControl(
            configuration.circuits.map { ControlProgram($0, local: local, place: place) },
            lines: lines,
            edges: LightingEdges(
                configuration, write: write, record: record, keep: { kept.save($0) }),
            time: time, keptOverrides: kept.load() ?? [], seed: seed)
        self.control = control
        outputs = Set(configuration.circuits.compactMap { $0.line?.name })
        points = WatchedPoints(control.observedPoints)
        part = Part("lighting") {
            await withDiscardingTaskGroup { group in
                group.addTask { await control.run() }
                group.addTask { await Self.setSafeStates(configuration, write, time) }
            }
        }
    }

    /// Takes what was read. Returns at once, from any thread; so do the others.
    package func observe(_ readings: [Reading]) {
        points.forEach(of: readings) { control.observe($0, $1.value?.number) }
    }

    /// Takes what has become of a line.
    package func observe(_ change: LineChange) {
        if control.observedLines.contains(change.line) { control.observe(change) }
    }

    /// A circuit's line has failed, or is back.
    package func observeForgotten(_ line: LineName) {
        if outputs.contains(line) { control.observeForgotten(line) }
    }

    /// What an alarm wants of a circuit; `nil` where it lets go of it.
    package func hold(_ circuit: String, isOn: Bool?) async throws(LineFault) {
        let isKnown =
            if let isOn {
                await control.hold(circuit, isOn: isOn, by: "alarm")
            } else {
                await control.release(circuit, by: "alarm")
            }
        guard isKnown else { throw .stopped }
    }

    /// Writes into each board what it is to do when nobody asks it any more, until it has taken it.
    private static func setSafeStates(
        _ configuration: Configuration, _ write: PointWriting, _ time: TimeSource
    ) async {
        var waiting = configuration.devices.flatMap { device in
            var settings: [LightingHardwareSetting] = []
            for circuit in configuration.circuits {
                settings += circuit.hardwareSafeState(of: device).filter { !settings.contains($0) }
            }
            return settings.map { (device, $0) }
        }
        while !waiting.isEmpty, !Task.isCancelled {
            var refused: [(DeviceConfiguration, LightingHardwareSetting)] = []
            for (device, setting) in waiting {
                do throws(LineFault) {
                    try await write(setting.value, to: setting.point, of: device)
                } catch {
                    refused.append((device, setting))
                }
            }
            waiting = refused
            await time.sleep(time.monotonic().advanced(by: .seconds(30)))
        }
    }
}

extension LightingEdges {
    /// Dimmers on the buses of a site.
    fileprivate init(
        _ configuration: LightingService.Configuration, write: PointWriting,
        record: @escaping @Sendable (Event, Lane) async -> Void,
        keep: @escaping @Sendable ([LightingOverride]) -> Void
    ) {
        let dimmers = Dictionary(
            configuration.circuits.compactMap { circuit in
                circuit.dimmer.flatMap { dimmer in
                    configuration.devices.first { $0.id == dimmer.device }.map {
                        (dimmer.identifier, (dimmer.point, $0))
                    }
                }
            }
        ) { $1 }
        self.init(
            setLevel: { (point, value) throws(LineFault) in
                guard let (profile, device) = dimmers[point] else { throw .stopped }
                try await write(value, to: profile, of: device)
            }, record: record, keep: keep)
    }
}

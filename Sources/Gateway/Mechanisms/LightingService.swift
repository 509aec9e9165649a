import DeviceProfiles
import Execution
import FoundationEssentials
import GPIO
import Lighting
import LinuxSystem
import Logging
import Metering
import Modbus
import SiteConfiguration
import SolarTime
import Telemetry

/// The lighting circuits of a site.
struct LightingService: Sendable {
    /// What it was made from: where this is unchanged, a reload leaves the lamps alone.
    struct Configuration: Hashable, Sendable {
        let circuits: [LightingCircuit]
        let site: SiteIdentity
        /// Devices that switch or dim; their safe state is set in them.
        let devices: [DeviceConfiguration]
    }

    /// What lighting hears of the field.
    enum News: Sendable {
        case line(LineChange)
        case forgotten(LineName)
        case reading(PointIdentifier, ScaledInteger?)
    }

    let configuration: Configuration
    let control: LightingControl
    let part: Part
    private let lines: Set<LineName>
    private let outputs: Set<LineName>
    private let points: Set<PointIdentifier>
    private let input: AsyncStream<News>.Continuation

    init(
        _ configuration: Configuration, lines: [LineName: OutputLine], edges: LightingEdges,
        kept: [LightingOverride], localTime: LocalTime, time: TimeSource, seed: UInt64,
        buses: BusClients
    ) async {
        self.configuration = configuration
        let place = configuration.site.location.map {
            SolarPlace(latitude: $0.latitude.doubleValue, longitude: $0.longitude.doubleValue)
        }
        let local = Lighting.LocalTime { localTime.offset(at: $0) }
        let control = LightingControl(
            configuration.circuits.map { ControlProgram($0, local: local, place: place) },
            lines: lines, edges: edges, time: time, keptOverrides: kept, seed: seed)
        self.control = control
        self.lines = await control.observedLines
        outputs = Set(configuration.circuits.compactMap { $0.line?.name })
        points = await control.observedPoints
        // A photocell and some presence sensors: far less than this is ever waiting.
        let (news, input) = AsyncStream<News>.makeStream(bufferingPolicy: .bufferingNewest(1_024))
        self.input = input
        part = Part("lighting") {
            await withDiscardingTaskGroup { group in
                group.addTask { await control.run() }
                group.addTask {
                    for await item in news {
                        switch item {
                        case .line(let change): await control.observe(change)
                        case .forgotten(let line): await control.observeForgotten(line)
                        case .reading(let point, let value): await control.observe(point, value)
                        }
                    }
                }
                group.addTask { await Self.setSafeStates(configuration, buses, time) }
            }
        }
    }

    /// Takes what has become of a line. Returns at once, from any thread.
    func observe(_ change: LineChange) {
        if lines.contains(change.line) { input.yield(.line(change)) }
    }

    /// A circuit's line has failed, or is back. Returns at once, from any thread.
    func observeForgotten(_ line: LineName) {
        if outputs.contains(line) { input.yield(.forgotten(line)) }
    }

    /// Takes what was read of a point. Returns at once, from any thread.
    func observe(_ point: PointIdentifier, _ value: ScaledInteger?) {
        if points.contains(point) { input.yield(.reading(point, value)) }
    }

    /// Whether a point is looked at.
    func watches(_ point: PointIdentifier) -> Bool { points.contains(point) }

    /// Writes into each board what it is to do when nobody asks it any more, until it has taken it.
    private static func setSafeStates(
        _ configuration: Configuration, _ buses: BusClients, _ time: TimeSource
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
                    try await buses.write(setting.value, to: setting.point, of: device)
                } catch {
                    refused.append((device, setting))
                }
            }
            waiting = refused
            await time.sleep(time.monotonic().advanced(by: .seconds(30)))
        }
    }
}

/// Overrides of circuits, kept across a restart.
struct OverrideFile: Sendable {
    private let file: StateFile
    private let logger: Logger

    init(stateFolder: String, logger: Logger) {
        file = StateFile(path: stateFolder + "/lighting.json")
        self.logger = logger
    }

    /// What was kept last; nothing where it cannot be read, which is reported: the circuits then
    /// do what their control says.
    func load() -> [LightingOverride] {
        do {
            guard let bytes = try file.read() else { return [] }
            return try JSONDecoder().decode([LightingOverride].self, from: Data(bytes))
        } catch {
            logger.error(
                "Overrides of lights cannot be read",
                metadata: ["path": "\(file.path)", "error": "\(error)"])
            return []
        }
    }

    func save(_ overrides: [LightingOverride]) {
        do {
            try file.write([UInt8](try JSONEncoder().encode(overrides)))
        } catch {
            logger.error("Overrides of lights cannot be saved", metadata: ["error": "\(error)"])
        }
    }
}

import Charging
import DeviceProfiles
import Execution
import FoundationEssentials
import GPIO
import LinuxSystem
import Logging
import Metering
import SiteConfiguration
import Synchronization
import Telemetry

/// One group of chargers of a site.
struct ChargingService: Sendable {
    /// What it was made from: where this is unchanged, a reload leaves its chargers alone.
    struct Configuration: Hashable, Sendable {
        let group: ChargingGroupConfiguration
        /// The devices of its chargers, in their order.
        let devices: [DeviceConfiguration]
    }

    /// What a group hears of the field.
    private enum News: Sendable {
        case reading(PointIdentifier, MeasuredValue?)
        case silence(DeviceIdentifier, Bool)
    }

    let configuration: Configuration
    let group: ChargingGroup
    let part: Part
    private let points: Set<PointIdentifier>
    private let input: AsyncStream<News>.Continuation

    init(
        _ configuration: Configuration, stops: [ChargerStop], edges: ChargingEdges,
        time: TimeSource, seed: UInt64
    ) async {
        self.configuration = configuration
        let group = ChargingGroup(
            configuration.group, stops: stops, edges: edges, time: time, seed: seed)
        self.group = group
        points = await group.observedPoints
        // A poll of all chargers at once is far less than this.
        let (news, input) = AsyncStream<News>.makeStream(bufferingPolicy: .bufferingNewest(4_096))
        self.input = input
        part = Part("charging \(configuration.group.name)") {
            await withDiscardingTaskGroup { tasks in
                tasks.addTask { await group.run() }
                tasks.addTask {
                    for await item in news {
                        switch item {
                        case .reading(let point, let value): await group.observe(point, value)
                        case .silence(let device, let isSilent):
                            await group.observe(device, isSilent: isSilent)
                        }
                    }
                }
            }
        }
    }

    /// Whether a name is that of the group or of one of its chargers.
    func holds(_ name: String) -> Bool {
        name == configuration.group.name
            || configuration.group.chargers.contains { $0.name == name }
    }

    /// An alarm wants the group, or one of its chargers, to charge nothing, or no longer does.
    func hold(_ name: String, _ isHeld: Bool) async {
        let charger = name == configuration.group.name ? nil : name
        if isHeld {
            await group.hold(charger, by: name)
        } else {
            await group.release(charger, by: name)
        }
    }

    /// Takes what was read of a point. Returns at once, from any thread.
    func observe(_ point: PointIdentifier, _ value: MeasuredValue?) {
        if points.contains(point) { input.yield(.reading(point, value)) }
    }

    /// Somebody else has written to a device: what it was told may not hold.
    func forget(_ device: DeviceIdentifier) async {
        guard configuration.devices.contains(where: { $0.id == device }) else { return }
        await group.forget(device)
    }

    /// Takes what has become of a device. Returns at once, from any thread.
    func observe(_ device: DeviceIdentifier, isSilent: Bool) {
        guard configuration.devices.contains(where: { $0.id == device }) else { return }
        input.yield(.silence(device, isSilent))
    }
}

extension ChargingEdges {
    /// Chargers on the buses of a site.
    init(
        _ devices: [DeviceConfiguration], _ buses: BusClients, stops: StopFile,
        record: @escaping @Sendable (Event, Lane) async -> Void
    ) {
        @Sendable func write(
            _ settings: [PointSetting], to charger: ChargerConfiguration
        ) async -> LineFault? {
            guard let device = devices.first(where: { $0.id == charger.device }) else {
                return .stopped
            }
            for setting in settings {
                guard let point = device.profile.point(named: setting.point) else {
                    return .stopped
                }
                do throws(LineFault) {
                    try await buses.write(setting.value, to: point, of: device)
                } catch {
                    return error
                }
            }
            return nil
        }
        let names = Set(devices.map(\.id.description))
        self.init(
            tell: { charger, current in await write(charger.settings(for: current), to: charger) },
            prepare: { charger, fallback in
                await write(charger.preparation(fallback: fallback), to: charger)
            },
            record: record, keep: { stops.save($0, of: names) })
    }
}

/// The stops of chargers, kept across a restart.
final class StopFile: Sendable {
    private let file: StateFile
    private let logger: Logger
    private let stops: Mutex<[String: ChargerStop]>

    /// Reads what was kept last; nothing where it cannot be read, which is reported: the chargers
    /// may then charge.
    init(stateFolder: String, logger: Logger) {
        file = StateFile(path: stateFolder + "/charging.json")
        self.logger = logger
        var kept: [ChargerStop] = []
        do {
            if let bytes = try file.read() {
                kept = try JSONDecoder().decode([ChargerStop].self, from: Data(bytes))
            }
        } catch {
            logger.error(
                "Stops of chargers cannot be read",
                metadata: ["path": "\(file.path)", "error": "\(error)"])
        }
        stops = Mutex(Dictionary(kept.map { ($0.charger, $0) }) { $1 })
    }

    /// What is kept, of all chargers.
    var all: [ChargerStop] { stops.withLock { $0.values.sorted { $0.charger < $1.charger } } }

    /// Keeps the stops of some chargers, in place of those of theirs before.
    func save(_ new: [ChargerStop], of chargers: Set<String>) {
        stops.withLock { stops in
            for name in chargers { stops[name] = nil }
            for stop in new { stops[stop.charger] = stop }
            let all = stops.values.sorted { $0.charger < $1.charger }
            do {
                try file.write([UInt8](try JSONEncoder().encode(all)))
            } catch {
                logger.error(
                    "Stops of chargers cannot be saved", metadata: ["error": "\(error)"])
            }
        }
    }
}

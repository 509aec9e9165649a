import DevicePolling
import DeviceProfiles
import Execution
import Metering
import Modbus
import ModbusTransport
import SiteConfiguration
import Telemetry

/// One bus with its devices, on a thread of its own.
struct BusService: Sendable {
    /// What it was made from: where this is unchanged, a reload leaves the bus alone.
    struct Configuration: Hashable, Sendable {
        let bus: BusConfiguration
        let devices: [DeviceConfiguration]
        /// Devices that alarms, valves, strikes, doors or chargers need.
        let urgent: Set<DeviceIdentifier>
    }

    let configuration: Configuration
    let bus: ModbusBus
    let polling: BusPolling
    let part: Part
    let startedAt: MonotonicTime

    init(
        _ configuration: Configuration, catalog: PointCatalog, recorder: Recorder,
        meters: MeterDesk, edges: Edges, seed: UInt64,
        localOffset: @escaping @Sendable (Timestamp) -> Duration,
        onNews: @escaping @Sendable (News) -> Void
    ) {
        let name = configuration.bus.name
        let executor = edges.threads.home("bus \(name)", false)
        let bus = ModbusBus(
            name: name, link: ModbusTransport.BusLink(configuration.bus.link),
            ports: edges.ports,
            policy: ConnectionPolicy(
                bus: configuration.bus.connection,
                profiles: configuration.devices.map(\.profile.connection)),
            time: edges.time,
            executor: executor, seed: seed, onChange: { onNews(.bus(name, $0)) })
        let polling = BusPolling(
            targets: configuration.devices.map { device in
                var target = PollTarget(device, catalog: catalog)
                target.isUrgent = configuration.urgent.contains(device.id)
                return target
            },
            client: bus.client, time: edges.time, seed: seed &+ 1, executor: executor,
            localOffset: localOffset,
            onReadings: { readings in
                let (judged, changes) = meters.judge(readings)
                recorder.record(judged)
                for change in changes { onNews(.meter(change)) }
            },
            onChange: { onNews(.poll($0)) })
        self.configuration = configuration
        self.bus = bus
        self.polling = polling
        startedAt = edges.time.monotonic()
        part = Part("bus \(name)") {
            await withTaskExecutorPreference(executor) {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await bus.releaseBetweenTurns() }
                    await polling.run()
                    group.cancelAll()
                }
            }
            await bus.close()
        }
    }
}

extension ModbusTransport.BusLink {
    init(_ link: SiteConfiguration.BusLink) {
        switch link {
        case .serial(let path, let settings, let rs485):
            self = .serial(path: path, settings, kernelDirection: rs485)
        case .tcp(let host, let port): self = .tcp(host: host, port: port)
        case .rtuOverTCP(let host, let port): self = .rtuOverTCP(host: host, port: port)
        }
    }
}

extension PollTarget {
    /// - Precondition: The catalog has all points of the device.
    init(_ device: DeviceConfiguration, catalog: PointCatalog) {
        self.init(
            device: device.id, unit: device.unit, interval: PollInterval(device.every),
            limits: device.profile.limits, timing: device.timing,
            points: device.points.map { point in
                let identifier = PointIdentifier(device: device.id, point: point.name)
                guard let index = catalog.index(of: identifier) else {
                    preconditionFailure("the catalog is made of the same devices")
                }
                return PolledPoint(index: index, profile: point)
            })
    }
}

extension PointCatalog {
    /// Adds the points of a site that are new.
    mutating func insert(_ site: SiteDocument) {
        for device in site.devices {
            for point in device.points {
                _ = insert(
                    PointDescription(
                        identifier: PointIdentifier(device: device.id, point: point.name),
                        kind: device.profile.kind.rawValue, unit: point.unit,
                        obis: point.obis?.description, place: device.place))
            }
        }
    }
}

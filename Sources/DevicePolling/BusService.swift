import DeviceProfiles
package import Execution
package import Metering
import Modbus
package import ModbusTransport
package import SiteConfiguration
package import Telemetry

/// One bus with its devices, on a thread of its own.
package struct BusService: RunningService {
    /// What it was made from: where this is unchanged, a reload leaves the bus alone.
    package struct Configuration: Hashable, Sendable {
        package let bus: BusConfiguration
        package let devices: [DeviceConfiguration]
        /// Devices that alarms, valves, strikes, doors or chargers need.
        package let urgent: Set<DeviceIdentifier>

        package init(
            bus: BusConfiguration, devices: [DeviceConfiguration], urgent: Set<DeviceIdentifier>
        ) {
            self.bus = bus
            self.devices = devices
            self.urgent = urgent
        }
    }

    package let configuration: Configuration
    package let bus: ModbusBus
    package let part: Part
    let polling: BusPolling
    let startedAt: MonotonicTime

    /// - Parameters:
    ///   - executor: The thread of the bus.
    ///   - localOffset: How far local time is ahead of UTC.
    ///   - onReadings: Called with all readings of an answer, on the thread of the bus.
    package init(
        _ configuration: Configuration, catalog: PointCatalog, ports: BusPorts, time: TimeSource,
        executor: any HomeExecutor, seed: UInt64,
        localOffset: @escaping @Sendable (Timestamp) -> Duration,
        onReadings: @escaping @Sendable ([Reading]) -> Void,
        onBusChange: @escaping @Sendable (BusChange) -> Void,
        onPollChange: @escaping @Sendable (PollChange) -> Void
    ) {
        let name = configuration.bus.name
        let bus = ModbusBus(
            name: name, link: ModbusTransport.BusLink(configuration.bus.link), ports: ports,
            policy: ConnectionPolicy(
                bus: configuration.bus.connection,
                profiles: configuration.devices.map(\.profile.connection)),
            time: time, executor: executor, seed: seed, onChange: onBusChange)
        let polling = BusPolling(
            targets: configuration.devices.map { device in
                var target = PollTarget(device, catalog: catalog)
                target.isUrgent = configuration.urgent.contains(device.id)
                return target
            },
            client: bus.client, time: time, seed: seed &+ 1, executor: executor,
            localOffset: localOffset, onReadings: onReadings, onChange: onPollChange)
        self.configuration = configuration
        self.bus = bus
        self.polling = polling
        startedAt = time.monotonic()
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

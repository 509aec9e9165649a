import AccessControl
import Alarms
import Charging
import Delivery
import DevicePolling
import Execution
import FieldLines
import GPIO
import Lighting
import LinuxSystem
import Logging
import MQTTUplink
import Metering
import ModbusTransport
import Persistence
import Recording
import SiteConfiguration
import Telemetry

/// Taking a site over: every service is given its own part of the document.
extension Gateway {
    /// The order is that of who needs whom: buses carry the lines of relay boards, lines are
    /// switched by doors, lights and alarms, and alarms act on doors, lights and chargers. At the
    /// end all hear what is known of the field, and what was made is delivered.
    ///
    /// - Parameter old: What ran before; the same site at the start.
    func apply(_ site: SiteDocument, after old: SiteDocument) async {
        let catalog = services.site.catalog
        await useBuses(of: site, catalog)
        let retired = await services.lines.use(site, after: old) { catalog.index(of: $0) }
        for part in retired { running.start(part) }
        let lines = services.table.outputs(of: site)
        let doors = await services.access.use(site, lines: lines)
        tellForgotten(doors.map { .door($0) })
        await useLighting(of: site, catalog, lines)
        await useCharging(of: site, catalog)
        await useAlarms(of: site, catalog, lines)
        services.field.tellAll()
        services.lines.tellMovedBoards(of: site, after: old)
        await useDestinations(of: site)
    }

    private func useBuses(of site: SiteDocument, _ catalog: PointCatalog) async {
        services.meters.use(site, catalog)
        let urgent = Set(site.deviceUses.keys.compactMap(DeviceIdentifier.init))
        let wanted = site.buses.map {
            let devices = site.devices(on: $0.name)
            return (
                $0.name,
                BusService.Configuration(
                    bus: $0, devices: devices,
                    urgent: urgent.intersection(devices.map(\.id)))
            )
        }
        for ended in await services.buses.end(allBut: wanted) {
            services.busClients.set(nil, for: ended.configuration.bus.name)
            services.field.restarted(ended.configuration.devices) { catalog.index(of: $0) }
        }
        let zone = ZoneClock(site.site.timeZone)
        await services.buses.begin(wanted, start: running.start) { configuration in
            let name = configuration.bus.name
            let (services, changes) = (services, changes)
            let service = BusService(
                configuration, catalog: catalog, ports: edges.ports, time: edges.time,
                executor: edges.threads.home("bus \(name)", false), seed: nextSeed(),
                localOffset: { zone.offset(at: $0) },
                onReadings: { readings in
                    let (judged, found) = services.meters.judge(readings)
                    services.recorder.record(judged)
                    for change in found { changes.yield(.meter(change)) }
                },
                onBusChange: { changes.yield(.bus(name, $0)) },
                onPollChange: { change in
                    switch change {
                    case .fellSilent(let device): services.field.tell(device, isSilent: true)
                    case .recovered(let device, _): services.field.tell(device, isSilent: false)
                    case .split, .refused, .refusesAll, .acceptsAgain, .overloaded, .keepsUp: break
                    }
                    changes.yield(.poll(change))
                })
            services.busClients.set(service.bus.client, for: name)
            return service
        }
    }

    private func useLighting(
        of site: SiteDocument, _ catalog: PointCatalog, _ lines: [LineName: OutputLine]
    ) async {
        for service in services.lighting.all { service.points.use { catalog.index(of: $0) } }
        let wanted =
            site.lighting.isEmpty ? [] : [("lighting", LightingService.Configuration(of: site))]
        let begun = await services.lighting.use(wanted, start: running.start) { configuration in
            let service = LightingService(
                configuration, lines: lines,
                kept: services.kept("Overrides of lights", in: "lighting.json"),
                time: edges.time, seed: nextSeed(), write: services.write,
                record: services.record)
            service.points.use { catalog.index(of: $0) }
            return service
        }
        tellForgotten(begun.flatMap { $0.configuration.circuits.map { .circuit($0.name) } })
    }

    private func useCharging(of site: SiteDocument, _ catalog: PointCatalog) async {
        for service in services.charging.all { service.points.use { catalog.index(of: $0) } }
        let wanted = site.charging.map { ($0.name, ChargingService.Configuration($0, in: site)) }
        await services.charging.use(wanted, start: running.start) { configuration in
            let service = ChargingService(
                configuration, stops: services.chargerStops, time: edges.time, seed: nextSeed(),
                write: services.write, record: services.record)
            service.points.use { catalog.index(of: $0) }
            for device in services.field.silent { service.observe(device, isSilent: true) }
            for name in services.heldChargers.withLock({ $0 }) where service.holds(name) {
                await service.hold(name, true)
            }
            return service
        }
    }

    private func useAlarms(
        of site: SiteDocument, _ catalog: PointCatalog, _ lines: [LineName: OutputLine]
    ) async {
        let configuration = AlarmService.Configuration(of: site)
        let freed = await services.alarms.use(
            configuration, kept: services.kept("Latched alarms", in: "alarms.json"),
            greet: { system in
                system.observe(
                    system.program.watchedPoints.compactMap { point in
                        catalog.index(of: point).flatMap { services.recorder.latest($0).any }
                    })
                for device in services.field.silent { system.observe(device, isSilent: true) }
                for change in services.table.inputs { system.observe(change) }
            }, start: running.start
        ) { latches, save in
            AlarmService(
                configuration, index: { catalog.index(of: $0) }, latches: latches,
                effects: services.alarmEffects(lines, save: save), time: edges.time,
                executor: edges.threads.home("alarms", true))
        }
        await services.letGo(freed)
    }

    /// Circuits or doors were made anew: what alarms want of them they have not heard.
    private func tellForgotten(_ outputs: [AlarmOutput]) {
        for output in outputs { services.alarms.current?.system.observeForgotten(output) }
    }

    private func useDestinations(of site: SiteDocument) async {
        let wanted = site.destinations.map {
            ($0.name, DeliveryService.Configuration($0, in: site))
        }
        await services.deliveries.end(allBut: wanted)
        let names = Set(site.destinations.map(\.name))
        let outbox = services.cache.outbox
        for name in await outbox.destinationNames where !names.contains(name) {
            await note("Destination not removed from the cache", name) {
                try await outbox.removeDestination(name)
                logger.notice("Destination removed", metadata: ["destination.name": "\(name)"])
            }
        }
        await services.deliveries.begin(wanted, start: running.start) { configuration in
            let destination = configuration.destination
            let (name, changes) = (destination.name, changes)
            await note("Destination not noted in the cache", name) {
                try await outbox.addDestination(name, isAtEnd: destination.from == .now)
            }
            let uplink: any Uplink =
                switch destination.transport {
                case .mqtt(let mqtt): edges.uplink(MQTTConnectionSettings(mqtt.broker))
                }
            return DeliveryService(
                configuration, outbox: outbox,
                appended: await services.cache.appends(for: name), uplink: uplink,
                time: edges.time, boot: edges.boot, seed: nextSeed(),
                onChange: { changes.yield(.delivery(name, $0)) },
                onFault: { changes.yield(.deliveryFault(name, $0)) })
        }
    }

    /// Does something with the cache for a destination, and logs where that fails.
    private func note(
        _ failure: Logger.Message, _ destination: String, _ body: () async throws -> Void
    ) async {
        do {
            try await body()
        } catch {
            logger.error(
                failure, metadata: ["destination.name": "\(destination)", "error": "\(error)"])
        }
    }
}

extension CacheLimits {
    /// The most bytes of a cache in memory: some days of a site's readings, and little of a
    /// board's memory.
    private static let mostInMemory: Int64 = 32 << 20

    init(_ cache: CacheConfiguration, isInMemory: Bool) {
        let bytes = Int64(cache.maximumBytes)
        self.init(
            maximumBytes: isInMemory ? min(bytes, Self.mostInMemory) : bytes,
            maximumAge: cache.maximumAge)
    }
}

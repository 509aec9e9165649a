import Alarms
import DeviceProfiles
import Execution
import GPIO
import Lighting
import LinuxGPIO
import LinuxSystem
import Logging
import MaintenanceAPI
import Metering
import Modbus
import SiteConfiguration
import Telemetry

extension Gateway {
    /// Builds what switches anew where its own part of the site has changed.
    ///
    /// - Parameter old: What ran before; the same site at the start.
    func applyMechanisms(of site: SiteDocument, after old: SiteDocument) async {
        await applyLines(of: site, after: old)
        field.use(catalog, in: site)
        await applyAccess(of: site)
        await applyLighting(of: site)
        await applyCharging(of: site)
        await applyAlarms(of: site)
        // What is known of lines is told to those who are new.
        field.tellAll(desk.all)
        tellMovedBoards(of: site, after: old)
    }

    private func applyLighting(of site: SiteDocument) async {
        let devices = site.devices.filter { device in
            site.lighting.contains { circuit in
                circuit.line?.source.point?.device == device.id
                    || circuit.dimmer?.device == device.id
            }
        }
        let wanted = LightingService.Configuration(
            circuits: site.lighting, site: site.site, devices: devices)
        guard lighting?.configuration != wanted else { return }
        if let running = lighting {
            field.use(lighting: nil)
            await running.part.stop()
            lighting = nil
        }
        guard !site.lighting.isEmpty else { return }
        let overrideFile = OverrideFile(stateFolder: options.stateFolder, logger: logger)
        let (sealer, busClients) = (sealer, busClients)
        let dimmers = Dictionary(
            site.lighting.compactMap { circuit in
                circuit.dimmer.flatMap { dimmer in
                    site.device(dimmer.device).map {
                        (dimmer.identifier, (dimmer.point, $0))
                    }
                }
            }
        ) { $1 }
        let edges = LightingEdges(
            setLevel: { (point, value) throws(LineFault) in
                guard let (profile, device) = dimmers[point] else { throw .stopped }
                try await busClients.write(value, to: profile, of: device)
            },
            record: { event, lane in await sealer.store(event, in: lane) },
            keep: { overrideFile.save($0) })
        let service = await LightingService(
            wanted, lines: outputs(of: site), edges: edges, kept: overrideFile.load(),
            localTime: localTime, time: time, seed: nextSeed(), buses: busClients)
        lighting = service
        field.use(lighting: service)
        start(service.part)
        field.tellForgotten(site.lighting.map { .circuit($0.name) })
    }

    /// What an alarm wants of a circuit, and has it.
    private func hold(_ circuit: String, _ isOn: Bool?) async throws(LineFault) {
        guard let control = lighting?.control else { throw .stopped }
        let isKnown =
            if let isOn {
                await control.hold(circuit, isOn: isOn, by: "alarm")
            } else {
                await control.release(circuit, by: "alarm")
            }
        guard isKnown else { throw .stopped }
    }

    private func applyAlarms(of site: SiteDocument) async {
        let wanted = AlarmService.Configuration(alarms: site.alarms, valves: site.valves)
        guard alarms?.configuration != wanted else { return }
        let latchFile = LatchFile(stateFolder: options.stateFolder, logger: logger)
        let before = alarms
        let held = before?.system.program.targets ?? []
        guard !wanted.isEmpty else {
            field.use(nil)
            alarms = nil
            await before?.part.stop()
            return await letGo(held)
        }
        let sealer = sealer
        let effects = AlarmEffects(
            lines: outputs(of: site),
            holdCircuit: { [weak self] (name, isOn) throws(LineFault) in
                guard let self else { throw .stopped }
                try await self.hold(name, isOn)
            },
            holdDoor: { [weak self] (name, isReleased) throws(LineFault) in
                guard let self else { throw .stopped }
                try await self.hold(door: name, isReleased)
            },
            holdCharging: { [weak self] (name, isHeld) throws(LineFault) in
                guard let self else { throw .stopped }
                try await self.hold(charging: name, isHeld)
            },
            record: { event, lane in await sealer.store(event, in: lane) },
            save: { latches in
                // Those before may still be writing theirs.
                await before?.part.untilEnded()
                return latchFile.save(latches)
            })
        let service = AlarmService(
            wanted, catalog: catalog, latches: before == nil ? latchFile.load() : AlarmLatches(),
            effects: effects, edges: edges)
        alarms = service
        field.use(
            service.system,
            latest: service.system.program.watchedPoints.compactMap { point in
                catalog.index(of: point).flatMap { recorder.latest($0).any }
            })
        // From here on the new alarms hear everything; they go on where those before stop now.
        if let before { await service.system.takeOver(await before.system.handOver()) }
        start(service.part)
        await before?.part.stop()
        let targets = service.system.program.targets
        await letGo(held.filter { !targets.contains($0) })
    }

    /// No alarm acts on these circuits, doors and chargers any more.
    private func letGo(_ outputs: [AlarmOutput]) async {
        for output in outputs {
            do throws(LineFault) {
                switch output {
                case .line: break
                case .circuit(let name): try await hold(name, nil)
                case .door(let name): try await hold(door: name, false)
                case .charging(let name): try await hold(charging: name, false)
                }
            } catch {
                // It is not in the document any more, or its strike does not answer: the door
                // goes on trying by itself.
                logger.notice("Not let go", metadata: ["output": "\(output)", "fault": "\(error)"])
            }
        }
    }

    // MARK: - Reports

    /// What `linli` is told of all that switches, and what it may do.
    nonisolated var mechanismSource: MechanismSource {
        var source = MechanismSource.none
        source.lines = { () async throws(Problem) in await self.lineReports() }
        source.lockers = { () async throws(Problem) in await self.lockerReports() }
        source.doors = { () async throws(Problem) in await self.doorReports() }
        source.audit = { (limit) async throws(Problem) in try await self.auditReport(limit) }
        source.work = { (request) async throws(Problem) in try await self.work(request) }
        source.releaseDoor = { (request) async throws(Problem) in
            try await self.releaseDoor(request)
        }
        source.lights = { () async throws(Problem) in await self.lightReports() }
        source.light = { (request) async throws(Problem) in try await self.light(request) }
        source.chargers = { () async throws(Problem) in await self.chargersReport() }
        source.switchCharger = { (request) async throws(Problem) in
            try await self.switchCharger(request)
        }
        source.alarms = { () async throws(Problem) in await self.alarmsReport() }
        source.acknowledge = { (request) async throws(Problem) in
            try await self.acknowledge(request)
        }
        source.test = { (request) async throws(Problem) in try await self.test(request) }
        source.turnValve = { (request) async throws(Problem) in try await self.turn(request) }
        return source
    }

    private func lightReports() async -> [CircuitReport] {
        let now = time.wall().timestamp
        return await lighting?.control.status.map { CircuitReport($0, now: now) } ?? []
    }

    private func light(_ request: LightRequest) async throws(Problem) -> CircuitReport {
        try known(request.circuit, what: "circuit", among: site.lighting.map(\.name))
        let command: LightingCommand? =
            switch request.level {
            case nil: nil
            case 0?: .off
            case 100?: .on
            case let level?: .level(level)
            }
        let period = try request.period ?? .seconds(1_800)
        do {
            try await lighting?.control.override(
                request.circuit, command, for: period, by: request.by)
        } catch {
            throw Problem(error)
        }
        guard let report = await lightReports().first(where: { $0.name == request.circuit }) else {
            throw Problem(AlarmRefusal.stopped)
        }
        return report
    }

    private func alarmsReport() async -> AlarmsReport {
        guard let alarms else { return AlarmsReport(alarms: [], valves: []) }
        return AlarmsReport(await alarms.system.status)
    }

    private func acknowledge(_ request: AlarmRequest) async throws(Problem) -> AlarmsReport {
        try known(request.alarm, what: "alarm", among: alarms?.configuration.alarms.map(\.name))
        do {
            try await alarms?.system.acknowledge(request.alarm, by: request.by)
        } catch {
            throw Problem(error)
        }
        return await alarmsReport()
    }

    private func test(
        _ request: AlarmRequest
    ) async throws(Problem) -> MaintenanceAPI.AlarmTestReport {
        try known(request.alarm, what: "alarm", among: alarms?.configuration.alarms.map(\.name))
        guard let alarms else { throw Problem(AlarmRefusal.stopped) }
        do {
            return MaintenanceAPI.AlarmTestReport(
                try await alarms.system.test(request.alarm, by: request.by))
        } catch {
            throw Problem(error)
        }
    }

    private func turn(_ request: ValveRequest) async throws(Problem) -> ValveReport {
        try known(request.valve, what: "valve", among: alarms?.configuration.valves.map(\.name))
        guard let alarms else { throw Problem(AlarmRefusal.stopped) }
        do {
            if request.isClosing {
                try await alarms.system.closeValve(request.valve, by: request.by)
            } else {
                try await alarms.system.openValve(request.valve, by: request.by)
            }
        } catch {
            throw Problem(error)
        }
        let valves = await alarms.system.status.valves
        guard let valve = valves.first(where: { $0.name == request.valve }) else {
            throw Problem(AlarmRefusal.stopped)
        }
        return ValveReport(valve)
    }

    /// - Throws: A ``Problem`` that names the nearest, where there is no such thing.
    func known(_ name: String, what: String, among names: [String]?) throws(Problem) {
        guard names?.contains(name) == true else {
            throw .unknown(name, what: what, among: names ?? [])
        }
    }
}

import Alarms
import DeviceProfiles
import Execution
import GPIO
import LinuxGPIO
import LinuxSystem
import Maintenance
import Metering
import SiteConfiguration
import Telemetry

extension Gateway {
    /// Builds what switches anew where its own part of the site has changed.
    func applyMechanisms(of site: SiteDocument) async {
        desk.use(site.lines)
        field.use(site.lines) { catalog.index(of: $0) }
        await applyChips(of: site)
        await applyAlarms(of: site)
    }

    /// Claims what is new; a chip whose lines are claimed otherwise is given up and claimed anew.
    private func applyChips(of site: SiteDocument) async {
        let wanted = site.chipClaims
        for (name, running) in chips where wanted[name] != running.claims {
            await running.chip.close()
            chips[name] = nil
        }
        for (name, claims) in wanted where chips[name] == nil {
            let field = field
            chips[name] = ChipService(name, claims: claims) { field.tell($0) }
        }
    }

    /// Drives every output to its initial state and gives all lines up.
    func closeChips() async {
        for running in chips.values { await running.chip.close() }
        chips = [:]
    }

    private func applyAlarms(of site: SiteDocument) async {
        let wanted = AlarmService.Configuration(alarms: site.alarms, valves: site.valves)
        guard alarms?.configuration != wanted else { return }
        let latchFile = LatchFile(stateFolder: options.stateFolder, logger: logger)
        var latches = latchFile.load()
        if let running = alarms {
            latches = await running.system.latches
            field.use(nil)
            await running.part.stop()
            alarms = nil
        }
        guard !wanted.isEmpty else { return }
        let sealer = sealer
        let effects = AlarmEffects(
            lines: outputLines(of: site),
            holdCircuit: { (_, _) throws(LineFault) in throw .stopped },
            holdDoor: { (_, _) throws(LineFault) in throw .stopped },
            record: { event, lane in await sealer.store(event, in: lane) },
            save: { latchFile.save($0) })
        let service = AlarmService(
            wanted, catalog: catalog, latches: latches, effects: effects, time: time)
        alarms = service
        field.use(service.system)
        starter.yield(service.part)
    }

    /// All outputs of the site by name, whatever switches them.
    private func outputLines(of site: SiteDocument) -> [LineName: OutputLine] {
        var lines: [LineName: OutputLine] = [:]
        for line in site.lines where line.isOutput {
            guard let output = outputLine(line.reference, in: site) else { continue }
            lines[line.reference.name] = desk.watched(output)
        }
        return lines
    }

    private func outputLine(_ reference: LineReference, in site: SiteDocument) -> OutputLine? {
        switch reference.source {
        case .gpio(let settings):
            return chips[settings.chip]?.chip.output(reference.name)
        case .point(let identifier, let point):
            guard let device = site.devices.first(where: { $0.id == identifier }) else {
                return nil
            }
            return OutputLine(reference, point, of: device, busClients)
        }
    }

    // MARK: - Reports

    /// What `linli` is told of all that switches, and what it may do.
    nonisolated var mechanismSource: MechanismSource {
        var source = MechanismSource.none
        source.lines = { () async throws(Problem) in await self.lineReports() }
        source.alarms = { () async throws(Problem) in await self.alarmsReport() }
        source.acknowledge = { (request) async throws(Problem) in
            try await self.acknowledge(request)
        }
        source.test = { (request) async throws(Problem) in try await self.test(request) }
        source.turnValve = { (request) async throws(Problem) in try await self.turn(request) }
        return source
    }

    private func lineReports() -> [LineReport] {
        let now = time.now()
        return desk.all.map { entry in
            LineReport(
                name: entry.reference.name.description, place: entry.reference.place,
                use: entry.use, commanded: entry.commanded, sensed: entry.sensed.isActive,
                fault: entry.faultWords,
                since: entry.since.map { moment(of: $0, at: now).milliseconds })
        }
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
    ) async throws(Problem) -> Maintenance.AlarmTestReport {
        try known(request.alarm, what: "alarm", among: alarms?.configuration.alarms.map(\.name))
        guard let alarms else { throw Problem(AlarmRefusal.stopped) }
        do {
            return Maintenance.AlarmTestReport(
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

extension LineDesk.Entry {
    /// What is wrong with the line; `nil` where nothing is, or nothing was tried yet.
    fileprivate var faultWords: String? {
        guard case .unknown(let fault) = sensed else { return nil }
        return isOutput && fault == .notRead ? nil : fault.words
    }
}

extension LineReference {
    /// Where the line is, for people.
    fileprivate var place: String {
        switch source {
        case .gpio(let settings):
            "\(settings.chip) \(settings.offset)" + (settings.isActiveLow ? ", active-low" : "")
        case .point(let device, let point):
            "\(device)/\(point.name)" + (isActiveLow ? ", active-low" : "")
        }
    }
}

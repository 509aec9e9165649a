import Charging
import Execution
import GPIO
import MaintenanceAPI
import SiteConfiguration

/// The groups of chargers.
extension Gateway {
    /// Builds the groups anew whose own part of the site has changed.
    func applyCharging(of site: SiteDocument) async {
        let wanted = site.charging.map { group in
            ChargingService.Configuration(
                group: group,
                devices: group.chargers.compactMap { charger in
                    site.devices.first { $0.id == charger.device }
                })
        }
        // All that end do so before any begins: a charger may have gone to another group.
        for (name, running) in charging where !wanted.contains(running.configuration) {
            charging[name] = nil
            field.use(charging: Array(charging.values))
            await running.part.stop()
        }
        let stops = stopFile ?? StopFile(stateFolder: options.stateFolder, logger: logger)
        stopFile = stops
        let (sealer, busClients) = (sealer, busClients)
        for configuration in wanted where charging[configuration.group.name] == nil {
            let edges = ChargingEdges(
                configuration.devices, busClients, stops: stops,
                record: { event, lane in await sealer.store(event, in: lane) })
            let service = await ChargingService(
                configuration, stops: stops.all, edges: edges, time: time, seed: nextSeed())
            // What alarms want outlasts a change of the group.
            for name in heldCharging where service.holds(name) { await service.hold(name, true) }
            charging[configuration.group.name] = service
            field.use(charging: Array(charging.values))
            start(service.part)
        }
    }

    /// What an alarm wants of a charger or a group, and has it.
    func hold(charging name: String, _ isHeld: Bool) async throws(LineFault) {
        if isHeld { heldCharging.insert(name) } else { heldCharging.remove(name) }
        guard let service = charging.values.first(where: { $0.holds(name) }) else {
            throw .stopped
        }
        await service.hold(name, isHeld)
    }

    // MARK: - Reports

    func chargersReport() async -> ChargersReport {
        let now = time.wall().timestamp
        var groups: [ChargersReport.Group] = []
        var chargers: [ChargerReport] = []
        for configuration in site.charging {
            guard let service = charging[configuration.name] else { continue }
            let status = await service.group.status
            groups.append(ChargersReport.Group(status, configuration))
            chargers += status.chargers.map {
                ChargerReport($0, group: configuration.name, now: now)
            }
        }
        return ChargersReport(groups: groups, chargers: chargers)
    }

    func switchCharger(_ request: ChargerRequest) async throws(Problem) -> ChargerReport {
        let names = site.charging.flatMap { $0.chargers.map(\.name) }
        try known(request.charger, what: "charger of a group", among: names)
        let group = charging.values.first {
            $0.configuration.group.chargers.contains { $0.name == request.charger }
        }?.group
        let period = try request.period
        do {
            if request.isStarting {
                try await group?.start(request.charger, by: request.by)
            } else {
                try await group?.stop(request.charger, for: period, by: request.by)
            }
        } catch {
            throw Problem(error)
        }
        let report = await chargersReport()
        guard let charger = report.chargers.first(where: { $0.name == request.charger }) else {
            throw Problem(.refused, "the gateway is just changing its site", hint: "try again")
        }
        return charger
    }
}

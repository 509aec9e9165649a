import AccessControl
import Alarms
import Charging
import Delivery
import Execution
import FieldLines
import Lighting
import MaintenanceAPI
import Recording
import SiteConfiguration

extension Gateway {
    /// What `linli` and the page are answered: each question goes to the part that knows, and only
    /// a change of the site to the gateway.
    nonisolated var maintenanceSource: MaintenanceSource {
        let services = services
        let (time, folder) = (services.time, options.stateFolder)
        return MaintenanceSource(
            status: { () async throws(Problem) in try await services.status() },
            buses: { () throws(Problem) in services.busReports(at: time.now()) },
            devices: { () throws(Problem) in services.deviceReports(at: time.now()) },
            points: { () throws(Problem) in services.pointNames() },
            readings: { () throws(Problem) in services.latestReadings() },
            read: { (point) async throws(Problem) in try await services.readNow(point) },
            watch: { (targets) throws(Problem) in services.watch(targets) },
            history: { (point, times) async throws(Problem) in
                try await services.history(of: point, in: times)
            },
            cache: { () async throws(Problem) in
                let statistics = try await services.cache.statistics(in: folder)
                return await services.cache.report(
                    statistics, services.recorder, services.site.document.cache, in: folder)
            },
            deliveries: { () async throws(Problem) in
                let statistics = try await services.cache.statistics(in: folder)
                return services.deliveries.all.map { $0.report(statistics, at: time.now()) }
            },
            exchange: { (exchange) async throws(Problem) in try await services.carryOut(exchange) },
            reload: { () async throws(Problem) in await self.reloadReport() },
            mechanisms: mechanismSource)
    }

    private nonisolated var mechanismSource: MechanismSource {
        let (time, alarms, access) = (services.time, services.alarms, services.access)
        let (table, lighting, charging) = (services.table, services.lighting, services.charging)
        return MechanismSource(
            lines: { () throws(Problem) in table.reports(at: time.now()) },
            lockers: { () async throws(Problem) in await access.lockerReports(at: time.now()) },
            doors: { () async throws(Problem) in await access.doorReports(at: time.now()) },
            lights: { () async throws(Problem) in
                await lighting.all.first?.reports(at: time.wall().timestamp) ?? []
            },
            chargers: { () async throws(Problem) in
                await charging.all.report(at: time.wall().timestamp)
            },
            alarms: { () async throws(Problem) in await alarms.report() },
            audit: { (limit) async throws(Problem) in try await access.auditReport(last: limit) },
            work: { (request) async throws(Problem) in try await access.carryOut(request) },
            releaseDoor: { (request) async throws(Problem) in try await access.release(request) },
            light: { (request) async throws(Problem) in
                guard let service = lighting.all.first else {
                    throw .unknown(request.circuit, what: "circuit", among: [])
                }
                return try await service.override(request, at: time.wall().timestamp)
            },
            switchCharger: { (request) async throws(Problem) in
                try await charging.all.carryOut(request, at: time.wall().timestamp)
            },
            acknowledge: { (request) async throws(Problem) in
                try await alarms.acknowledge(request)
            },
            test: { (request) async throws(Problem) in try await alarms.test(request) },
            turnValve: { (request) async throws(Problem) in try await alarms.turn(request) })
    }

    private func reloadReport() async -> ReloadReport {
        do {
            let changes = try await reload()
            return ReloadReport(
                isApplied: true, site: options.siteFile,
                siteVersion: services.site.document.version,
                buses: changes.buses, devices: changes.devices,
                destinations: changes.destinations, others: changes.others,
                warnings: changes.warnings)
        } catch {
            return ReloadReport(isApplied: false, site: options.siteFile, faults: error.faults)
        }
    }
}

import AccessControl
import Alarms
import Charging
import Delivery
import DevicePolling
import Execution
import FieldLines
import Lighting
import LinuxSystem
import MaintenanceAPI
import Metering
import Persistence
import Recording
import SiteConfiguration

/// The page that tells at once whether all is well.
extension Services {
    func status() async throws(Problem) -> StatusReport {
        let now = time.now()
        let document = site.document
        let figures = ProcessFigures.current()
        let statistics = try await cache.statistics(in: options.stateFolder)
        let (devices, buses) = (deviceReports(at: now), busReports(at: now))
        return StatusReport(
            site: document.site.id, siteName: document.site.name,
            timeZone: document.site.timeZone, siteVersion: document.version,
            version: LinliVersion.text,
            uptimeSeconds: startedAt.duration(to: now.monotonic).inSeconds,
            time: now.wall.timestamp.milliseconds,
            isClockSynchronized: now.wall.isSynchronized, stateFolder: options.stateFolder,
            residentBytes: figures.residentBytes, cpuSeconds: figures.processorTime.inSeconds,
            buses: buses.map { bus in
                let own = devices.filter { $0.bus == bus.name }
                return BusSummary(
                    name: bus.name, isConnected: bus.isConnected,
                    devicesAnswering: own.count { $0.state == .answering },
                    devicesTotal: own.count, load: bus.load, fault: bus.lastFault)
            },
            devicesAnswering: devices.count { $0.state == .answering },
            devicesSilent: devices.count { $0.state == .silent }, devicesTotal: devices.count,
            readingsRecorded: Int64(recorder.recordedCount),
            openBatch: OpenBatch(readings: recorder.openCount),
            cache: await cache.summary(statistics),
            destinations: deliveries.all.map { $0.summary(statistics) },
            faults: await faults(buses, devices, statistics, at: now))
    }

    func busReports(at now: Moment) -> [BusReport] { buses.all.map { $0.report(at: now) } }

    /// In the order of the site document.
    func deviceReports(at now: Moment) -> [DeviceReport] {
        let reports = Dictionary(
            buses.all.flatMap { $0.deviceReports(at: now) }.map { ($0.id, $0) }
        ) { $1 }
        return site.document.devices.compactMap { reports[$0.id.description] }
    }

    /// All that needs a person, the worst first.
    ///
    /// Each part of the gateway tells its own; what follows from another fault is left out, so
    /// that a dead chip is one fault and not one for each of its lines.
    private func faults(
        _ buses: [BusReport], _ devices: [DeviceReport], _ statistics: OutboxStatistics,
        at now: Moment
    ) async -> [StatusFault] {
        var faults = stateFaults(at: now)
        faults += await cache.faults(in: options.stateFolder)
        faults += await alarms.faults()
        faults += await access.faults(at: now)
        faults += table.contraryFaults(at: now)
        for service in charging.all { faults += await service.faults() }
        for service in lighting.all { faults += await service.faults() }
        faults += buses.faults
        faults += devices.faults(uses: site.document.deviceUses)
        let told = devices.filter { $0.state == .silent || $0.state == .disconnected }.map(\.id)
        faults += table.faults(besideThoseOf: Set(told), at: now)
        for service in deliveries.all { faults += service.faults(statistics, at: now) }
        return faults.worstFirst
    }

    /// What is wrong with the state folder and the clock.
    private func stateFaults(at now: Moment) -> [StatusFault] {
        var faults: [StatusFault] = []
        if let fault = options.stateFault {
            faults.append(
                StatusFault(
                    .fault, "state",
                    "the state folder takes nothing (\(fault)): all is kept in memory, and lost when "
                        + "the machine is switched off",
                    advice: "mend the disk and start linlid again"))
        }
        if !now.wall.isSynchronized {
            let isWaiting = now.monotonic.nanoseconds < DeliveryService.clockPatience.nanoseconds
            faults.append(
                StatusFault(
                    .warning, "clock",
                    "no time service keeps the clock"
                        + (isWaiting ? "; batches wait up to ten minutes for it" : ""),
                    advice: "`timedatectl` says why"))
        }
        return faults
    }
}

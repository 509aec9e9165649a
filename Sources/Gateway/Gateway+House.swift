import Execution
import LinuxSystem
import Logging
import Maintenance
import MaintenanceAPI
import SiteConfiguration
import Telemetry

/// What every site has beside its own parts: the socket people use, the news, the sealer.
extension Gateway {
    /// What every site has, by when it ends.
    struct People {
        /// What people use.
        var parts: [Part] = []
        var news: [Part] = []
        var sealing: [Part] = []
    }

    /// Starts what every site has.
    func startHouse() {
        let (source, sealer, news, logger) = (maintenanceSource, sealer, news, logger)
        let (edges, site) = (edges, site)
        people = People(
            parts: [
                Part("maintenance socket") {
                    do {
                        try await edges.serve(source, logger) {
                            edges.notifier.ready(
                                status: "\(site.site.id) with \(site.devices.count) devices")
                        }
                    } catch {
                        // Meters are read and delivered all the same.
                        logger.error("No maintenance socket", metadata: ["error": "\(error)"])
                    }
                }
            ],
            news: [Part("news") { for await item in news { await self.report(item) } }],
            sealing: [Part("sealer") { await sealer.run() }])
        for part in people.parts + people.news + people.sealing { start(part) }
        start(Part("watchdog") { await self.feedWatchdog() })
        start(Part("upkeep") { await self.keepHouse() })
        let (meters, time) = (meters, time)
        start(Part("memory of counters") { await meters.keep(time) })
        start(Part("repeated news") { await self.tellRepeats() })
    }

    /// Tells systemd that the gateway is alive: from the gateway's own actor, so that a gateway
    /// that is stuck says nothing.
    private func feedWatchdog() async {
        guard let interval = edges.notifier.watchdogInterval else { return }
        while !Task.isCancelled {
            edges.notifier.watchdog()
            await time.sleep(time.monotonic().advanced(by: interval / 3))
        }
    }

    /// Gives memory back once everything has started, and every hour; drops from the cache what
    /// has become too old, also where no batch comes that would do so.
    private func keepHouse() async {
        var pause: Duration = .seconds(30)
        while !Task.isCancelled {
            await time.sleep(time.monotonic().advanced(by: pause))
            guard !Task.isCancelled else { return }
            await releaseMemory()
            await cache.trim(at: time.wall())
            pause = .seconds(3_600)
        }
    }
}

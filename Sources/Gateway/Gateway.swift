import AccessControl
import Alarms
import Documents
import Execution
import FieldLines
import LinuxSystem
package import Logging
import MaintenanceAPI
import Persistence
import Recording
import ServiceLifecycle
package import SiteConfiguration
import Synchronization
import Telemetry

/// A site at work: builds its services, runs them, and changes them when the site changes.
package actor Gateway: Service {
    /// What a gateway is started with.
    package struct Options: Sendable {
        package var siteFile: String
        package var boardFile: String?
        /// A folder of further device profiles.
        package var profileFolder: String?
        package var stateFolder: String
        /// Why `stateFolder` is one in memory, in place of that on the disk; `nil` where it is not.
        package var stateFault: String?
        /// Where `linli` reaches this gateway.
        package var socketPath: String

        package init(
            siteFile: String, boardFile: String?, profileFolder: String?, stateFolder: String,
            socketPath: String
        ) {
            self.siteFile = siteFile
            self.boardFile = boardFile
            self.profileFolder = profileFolder
            self.stateFolder = stateFolder
            self.socketPath = socketPath
        }
    }

    nonisolated let options: Options
    nonisolated let services: Services
    let edges: Edges
    let logger: Logger
    private let loader: SiteReader
    private var random: SeededRandom
    private let reporter: ChangeReporter
    let changes: AsyncStream<StateChange>.Continuation
    let running: RunningParts
    /// What every site has, by when it ends.
    private(set) var people: [Part] = []
    private(set) var telling: [Part] = []
    private(set) var sealing: [Part] = []
    /// Ends the process where parts do not end.
    private let abandon: @Sendable ([String]) -> Void
    private var turns = Turns()

    /// Opens the cache and gets everything ready; nothing runs yet.
    ///
    /// - Parameters:
    ///   - site: The checked document of `options.siteFile`.
    ///   - edges: The outside world.
    ///   - seed: For jitter and the name of a new cache.
    ///   - abandon: Ends the process: called at the end, once all is stored, with the names of parts
    ///     that are stuck. Without it the gateway waits for them.
    /// - Throws: ``OutboxError`` where the state folder cannot hold a cache.
    package init(
        site: SiteDocument, options: Options, edges: Edges, seed: UInt64, logger: Logger,
        abandon: @escaping @Sendable ([String]) -> Void = { _ in }
    ) async throws {
        self.abandon = abandon
        self.options = options
        self.edges = edges
        self.logger = logger
        random = SeededRandom(seed: seed)
        let epochs = Mutex(SeededRandom(seed: random.next()))
        let outbox = try await Outbox.open(
            folder: options.stateFolder,
            limits: CacheLimits(site.cache, isInMemory: options.stateFault != nil),
            executor: edges.threads.serial("cache"),
            epochSource: { epochs.withLock { $0.next() } },
            cursorFile: options.socketPath + ".cursors")
        let running = RunningParts()
        self.running = running
        // Changes of state: a few for each bus, device and destination.
        let (news, changes) = AsyncStream<StateChange>.makeStream(
            bufferingPolicy: .bufferingOldest(10_000))
        self.changes = changes
        services = await Services(
            site, options: options, edges: edges, outbox: outbox, logger: logger,
            start: { running.start($0) }, onChange: { changes.yield($0) })
        reporter = ChangeReporter(
            news, sealer: services.sealer, time: edges.time, logger: logger)
        loader = SiteReader(options, executor: edges.threads.serial("documents"))
        await services.cache.note(await outbox.takeReports())
    }

    /// Runs the site until the service group shuts down or the task is cancelled; then stops all in
    /// order, seals what is open and closes the cache.
    package func run() async throws {
        await takeTurn()
        let site = services.site.document
        await apply(site, after: site)
        turns.end()
        startUpkeep()
        let isInOrder = await withDiscardingTaskGroup { group in
            let running = running
            group.addTask { await running.run() }
            // Throws where the task is cancelled: then all parts end at once by themselves.
            guard (try? await gracefulShutdown()) != nil else {
                running.finish()
                return false
            }
            edges.notifier.stopping()
            let stuck = await stopInOrder()
            running.finish()
            group.cancelAll()
            guard !stuck.isEmpty else { return true }
            logger.error("Parts did not end in time", metadata: ["parts": "\(stuck)"])
            abandon(stuck)
            return true
        }
        if !isInOrder {
            await services.lines.close()
            await services.sealer.seal()
            services.meters.save()
            await services.cache.close()
        }
        logger.notice("Stopped")
    }

    /// A seed for one more part that draws lots.
    func nextSeed() -> UInt64 { random.next() }

    /// Reads the site document again and, where it is valid, takes it over.
    ///
    /// Only what has changed is restarted. Of several reloads at once each waits for the one before.
    package func reload() async throws(DocumentFaultsOfReload) -> SiteChanges {
        await takeTurn()
        defer { turns.end() }
        let next: SiteDocument
        let warnings: [String]
        do {
            let checked = try await loader.load()
            next = checked.site
            warnings = checked.warnings.map(\.description)
        } catch {
            throw DocumentFaultsOfReload(faults: error.faults.map(\.description))
        }
        let objections = await services.access.objections(to: next)
        guard objections.isEmpty else { throw DocumentFaultsOfReload(faults: objections) }
        let old = services.site.document
        var changes = SiteChanges(from: old, to: next)
        changes.warnings = warnings
        services.site.use(next)
        services.recorder.setSealAfter(next.cache.sealAfter)
        await services.sealer.use(services.site.catalog, interval: next.cache.sealEvery)
        await apply(next, after: old)
        await releaseMemory()
        logger.notice("Site reloaded", metadata: ["site.version": "\(next.version)"])
        return changes
    }

    /// Waits until no other change of the site is under way.
    private func takeTurn() async {
        if !turns.take() { await withCheckedContinuation { turns.wait($0) } }
    }

    // MARK: - What every site has

    private func startUpkeep() {
        let (source, services, reporter) = (maintenanceSource, services, reporter)
        let (edges, logger, site) = (edges, logger, services.site.document)
        people = [
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
        ]
        telling = [Part("changes") { await reporter.run() }]
        sealing = [Part("sealer") { await services.sealer.run() }]
        let others = [
            Part("watchdog") { await self.feedWatchdog() },
            Part("upkeep") { await self.keepHouse() },
            Part("memory of counters") { await services.meters.keep(services.time) },
            Part("repeated changes") { await reporter.tellRepeats() },
        ]
        for part in people + telling + sealing + others { running.start(part) }
    }

    /// Tells systemd that the gateway is alive: from the gateway's own actor, so that a gateway
    /// that is stuck says nothing.
    private func feedWatchdog() async {
        guard let interval = edges.notifier.watchdogInterval else { return }
        while !Task.isCancelled {
            edges.notifier.watchdog()
            await edges.time.sleep(edges.time.monotonic().advanced(by: interval / 3))
        }
    }

    /// Gives memory back once everything has started, and every hour; drops from the cache what
    /// has become too old, also where no batch comes that would do so.
    private func keepHouse() async {
        var pause: Duration = .seconds(30)
        while !Task.isCancelled {
            await edges.time.sleep(edges.time.monotonic().advanced(by: pause))
            guard !Task.isCancelled else { return }
            await releaseMemory()
            await services.cache.trim(at: edges.time.wall())
            pause = .seconds(3_600)
        }
    }

    /// Gives back what only the start, or a change of the site, has needed.
    private func releaseMemory() async {
        ProgramMemory.release()
        // An alarm does not wait for its code.
        if services.alarms.current != nil { await AlarmRehearsal.run(edges.time, edges.threads) }
    }
}

/// Why a site was not taken over: each fault with its file, line and path.
package struct DocumentFaultsOfReload: Error, Hashable {
    package let faults: [String]
}

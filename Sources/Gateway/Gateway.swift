import AccessControl
import Delivery
import Documents
import Execution
import Foundation
import LinuxSystem
package import Logging
import MQTTUplink
import MaintenanceAPI
import Metering
import Modbus
import ModbusTransport
import Persistence
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

    let options: Options
    let edges: Edges
    let time: TimeSource
    let logger: Logger
    let startedAt: MonotonicTime
    let boot: String
    let recorder: Recorder
    let cache: Cache
    let sealer: Sealer
    let meters: MeterDesk
    private(set) var site: SiteDocument
    private(set) var catalog: PointCatalog
    private(set) var buses: [String: BusService] = [:]
    private(set) var deliveries: [String: DeliveryService] = [:]
    let desk: LineDesk
    let field: FieldNews
    let busClients = BusClients()
    var chips: [String: ChipService] = [:]
    var alarms: AlarmService?
    var lighting: LightingService?
    var charging: [String: ChargingService] = [:]
    /// The chargers and groups that alarms hold.
    var heldCharging: Set<String> = []
    var stopFile: StopFile?
    var access: AccessService?
    var accessRegister: AccessRegister?
    private var random: SeededRandom
    var repeats = RepeatLimit()
    private let parts: AsyncStream<Part>
    private let starter: AsyncStream<Part>.Continuation
    /// What was started and has not ended, as far as is known.
    private(set) var started: [Part] = []
    var people = People()
    /// Ends the process where parts do not end.
    private let abandon: @Sendable ([String]) -> Void
    let news: AsyncStream<News>
    let reporter: AsyncStream<News>.Continuation
    let localTime: LocalTime
    /// Whether the site is being taken over; who waits for the next turn.
    private var isChanging = false
    private var nextTurns: [CheckedContinuation<Void, Never>] = []

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
        self.site = site
        self.abandon = abandon
        self.options = options
        self.edges = edges
        let time = edges.time
        self.time = time
        self.logger = logger
        startedAt = time.monotonic()
        boot = edges.boot
        random = SeededRandom(seed: seed)
        let epochs = Mutex(SeededRandom(seed: random.next()))
        let outbox = try await Outbox.open(
            folder: options.stateFolder,
            limits: CacheLimits(site.cache, isInMemory: options.stateFault != nil),
            executor: edges.threads.serial("cache"),
            epochSource: { epochs.withLock { $0.next() } },
            cursorFile: options.socketPath + ".cursors")
        var catalog = PointCatalog()
        catalog.insert(site)
        self.catalog = catalog
        let desk = LineDesk(time: time)
        let field = FieldNews(desk: desk, time: time)
        (self.desk, self.field) = (desk, field)
        recorder = Recorder(sealAfter: site.cache.sealAfter) { field.tell($0) }
        let clock = RunClock(time: time, boot: boot)
        cache = Cache(outbox: outbox, clock: clock, logger: logger)
        sealer = Sealer(
            recorder: recorder, cache: cache, clock: clock,
            interval: site.cache.sealEvery, catalog: catalog)
        meters = MeterDesk(
            MeterFile(stateFolder: options.stateFolder, logger: logger), site, catalog,
            stored: await cache.newestSeries())
        localTime = LocalTime(site.site.timeZone)
        (parts, starter) = AsyncStream.makeStream()
        // Changes of state: a few for each bus, device and destination.
        (news, reporter) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(10_000))
        await cache.note(await outbox.takeReports())
    }

    /// Runs the site until the service group shuts down or the task is cancelled; then stops all in
    /// order, seals what is open and closes the cache.
    package func run() async throws {
        await takeTurn()
        await apply(site, after: site)
        endTurn()
        startHouse()
        let isInOrder = await withDiscardingTaskGroup { group in
            let parts = parts
            group.addTask {
                await withDiscardingTaskGroup { running in
                    for await part in parts { running.addTask { await part.run() } }
                }
            }
            // Throws where the task is cancelled: then all parts end at once by themselves.
            guard (try? await gracefulShutdown()) != nil else {
                starter.finish()
                return false
            }
            edges.notifier.stopping()
            let stuck = await stopInOrder()
            starter.finish()
            group.cancelAll()
            guard !stuck.isEmpty else { return true }
            logger.error("Parts did not end in time", metadata: ["parts": "\(stuck)"])
            abandon(stuck)
            return true
        }
        if !isInOrder {
            await closeChips()
            await sealer.seal()
            meters.save()
            await cache.close()
        }
        logger.notice("Stopped")
    }

    /// Has a part run beside the others.
    func start(_ part: Part) {
        started.removeAll(where: \.hasEnded)
        started.append(part)
        starter.yield(part)
    }

    /// Gives back what only the start, or a change of the site, has needed.
    func releaseMemory() async {
        ProgramMemory.release()
        // An alarm does not wait for its code.
        if alarms != nil { await AlarmRehearsal.run(time, edges.threads) }
    }

    /// A seed for one more part that draws lots.
    func nextSeed() -> UInt64 { random.next() }

    // MARK: - Changing the site

    /// Reads the site document again and, where it is valid, takes it over.
    ///
    /// Only buses and destinations whose own part changed are restarted. Of several reloads at once
    /// each waits for the one before.
    package func reload() async throws(DocumentFaultsOfReload) -> SiteChanges {
        await takeTurn()
        defer { endTurn() }
        let next: SiteDocument
        let warnings: [String]
        do {
            let checked = try SiteLoader(options).load()
            next = checked.site
            warnings = checked.warnings.map(\.description)
        } catch {
            throw DocumentFaultsOfReload(faults: error.faults.map(\.description))
        }
        let lost = await parcelFaults(in: next)
        guard lost.isEmpty else { throw DocumentFaultsOfReload(faults: lost) }
        let old = site
        var changes = SiteChanges(from: old, to: next)
        changes.warnings = warnings
        site = next
        catalog.insert(next)
        recorder.setSealAfter(next.cache.sealAfter)
        await sealer.use(catalog, interval: next.cache.sealEvery)
        await apply(next, after: old)
        await releaseMemory()
        logger.notice("Site reloaded", metadata: ["site.version": "\(next.version)"])
        return changes
    }

    /// Waits until no other change of the site is under way.
    private func takeTurn() async {
        while isChanging { await withCheckedContinuation { nextTurns.append($0) } }
        isChanging = true
    }

    private func endTurn() {
        isChanging = false
        if !nextTurns.isEmpty { nextTurns.removeFirst().resume() }
    }

    private func apply(_ site: SiteDocument, after old: SiteDocument) async {
        await applyBuses(of: site)
        await applyMechanisms(of: site, after: old)
        await applyDestinations(of: site)
    }

    private func applyBuses(of site: SiteDocument) async {
        meters.use(site, catalog)
        let urgent = Set(site.deviceUses.keys.compactMap(DeviceIdentifier.init))
        let wanted = site.buses.map {
            let devices = site.devices(on: $0.name)
            return BusService.Configuration(
                bus: $0, devices: devices,
                urgent: urgent.intersection(devices.map(\.id)))
        }
        for (name, running) in buses where !wanted.contains(running.configuration) {
            await running.part.stop()
            busClients.set(nil, for: name)
            buses[name] = nil
            field.restarted(running.configuration.devices) { catalog.index(of: $0) }
        }
        for configuration in wanted where buses[configuration.bus.name] == nil {
            let (reporter, localTime, field) = (reporter, localTime, field)
            let service = BusService(
                configuration, catalog: catalog, recorder: recorder, meters: meters, edges: edges,
                seed: random.next(), localOffset: { localTime.offset(at: $0) },
                onNews: { news in
                    if case .poll(let change) = news { field.tell(change) }
                    reporter.yield(news)
                })
            busClients.set(service.bus.client, for: configuration.bus.name)
            buses[configuration.bus.name] = service
            start(service.part)
        }
    }

    private func applyDestinations(of site: SiteDocument) async {
        let wanted = site.destinations.map {
            DeliveryService.Configuration(
                site: site.site.id, zone: site.site.timeZone, destination: $0,
                subjects: DeliveryService.subjects($0, in: site))
        }
        for (name, running) in deliveries where !wanted.contains(running.configuration) {
            await running.part.stop()
            deliveries[name] = nil
        }
        let names = Set(site.destinations.map(\.name))
        for name in await cache.outbox.destinationNames where !names.contains(name) {
            await forgetDestination(name)
        }
        for configuration in wanted where deliveries[configuration.destination.name] == nil {
            let name = configuration.destination.name
            await addDestination(name, from: configuration.destination.from)
            let reporter = reporter
            let service = await DeliveryService(
                configuration, cache: cache, edges: edges, seed: random.next(),
                onNews: { reporter.yield($0) })
            deliveries[name] = service
            start(service.part)
        }
    }

    /// - Parameter start: What of the past it gets, where it is new.
    private func addDestination(
        _ name: String, from start: DestinationConfiguration.Start
    ) async {
        do {
            let outbox = cache.outbox
            try await outbox.addDestination(name, isAtEnd: start == .now)
        } catch {
            logger.error(
                "Destination not noted in the cache",
                metadata: ["destination.name": "\(name)", "error": "\(error)"])
        }
    }

    private func forgetDestination(_ name: String) async {
        do {
            try await cache.outbox.removeDestination(name)
            logger.notice("Destination removed", metadata: ["destination.name": "\(name)"])
        } catch {
            logger.error(
                "Destination not removed from the cache",
                metadata: ["destination.name": "\(name)", "error": "\(error)"])
        }
    }
}

/// Why a site was not taken over: each fault with its file, line and path.
package struct DocumentFaultsOfReload: Error, Hashable {
    package let faults: [String]
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

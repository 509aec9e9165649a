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
import Metering
import Persistence
import Recording
import SiteConfiguration
import Telemetry

/// The parts of a gateway. Each answers for itself, from any thread; the gateway alone changes them.
struct Services: Sendable {
    let options: Gateway.Options
    let logger: Logger
    let time: TimeSource
    let startedAt: MonotonicTime
    let site: CurrentSite

    let recorder: Recorder
    let cache: Cache
    let sealer: Sealer
    let meters: MeterSupervision

    let busClients = BusClients()
    let table: LineTable
    let field: FieldEvents
    let lines: LineService

    let buses = Running<BusService>()
    let alarms = RunningAlarms()
    let access: AccessService
    let lighting = Running<LightingService>()
    let charging = Running<ChargingService>()
    let chargerStops: StopFile
    /// The chargers and groups that alarms hold.
    let heldChargers = InheritingLock<Set<String>>([])
    let deliveries = Running<DeliveryService>()

    /// - Parameters:
    ///   - start: Has a part run beside the others.
    ///   - onChange: A part has changed; called from any thread.
    init(
        _ document: SiteDocument, options: Gateway.Options, edges: Edges, outbox: Outbox,
        logger: Logger, start: @escaping @Sendable (Part) -> Void,
        onChange: @escaping @Sendable (StateChange) -> Void
    ) async {
        self.options = options
        self.logger = logger
        time = edges.time
        startedAt = edges.time.monotonic()
        site = CurrentSite(document)
        let clock = RunClock(time: edges.time, boot: edges.boot)
        cache = Cache(outbox: outbox, clock: clock, logger: logger)
        // Readings are recorded after whoever is urgent has heard them.
        let listener = InheritingLock<FieldEvents?>(nil)
        recorder = Recorder(sealAfter: document.cache.sealAfter) { readings in
            listener.withLock { $0 }?.tell(readings)
        }
        let sealer = Sealer(
            recorder: recorder, cache: cache, clock: clock, interval: document.cache.sealEvery,
            catalog: site.catalog)
        self.sealer = sealer
        meters = MeterSupervision(
            StateValue(
                "Memory of counters", path: options.stateFolder + "/meters.json", logger: logger),
            document, site.catalog, stored: await cache.newestSeries())
        access = AccessService(
            stateFolder: options.stateFolder, auditPath: options.socketPath + ".audit",
            edges: AccessService.Edges(
                time: edges.time, boot: edges.boot, secrets: edges.secrets,
                executor: { edges.threads.serial("access") }, codeReader: edges.codeReader,
                record: { event, lane in await sealer.store(event, in: lane) }, start: start,
                onReader: { onChange(.reader($0, failure: $1)) }), logger: logger)
        chargerStops = StopFile(
            StateValue(
                "Stops of chargers", path: options.stateFolder + "/charging.json", logger: logger))
        table = LineTable(time: edges.time)
        let field = FieldEvents(
            table: table, time: edges.time,
            listeners: [
                // The most urgent first.
                .alarms(alarms), .access(access), .lighting(lighting), .charging(charging),
            ])
        self.field = field
        listener.withLock { $0 = field }
        lines = LineService(table, field, buses: busClients, openChip: edges.chip, logger: logger)
    }

    /// Records an event where alarms, lights, lockers and chargers tell what they did.
    var record: @Sendable (Event, Lane) async -> Void {
        { [sealer] event, lane in await sealer.store(event, in: lane) }
    }

    var write: PointWriting {
        PointWriting { [busClients] number, point, device in
            do throws(LineFault) {
                return .success(try await busClients.write(number, to: point, of: device))
            } catch {
                return .failure(error)
            }
        }
    }

    /// What was kept of a service across a restart.
    func kept<Value>(_ name: String, in file: String) -> StateValue<Value> {
        StateValue(name, path: options.stateFolder + "/" + file, logger: logger)
    }
}

/// What each service hears of the field.
extension FieldListener {
    static func alarms(_ running: RunningAlarms) -> FieldListener {
        FieldListener(
            readings: { running.current?.system.observe($0) },
            input: { running.current?.system.observe($0) },
            silence: { running.current?.system.observe($0, isSilent: $1) },
            failed: { running.current?.system.observeForgotten(.line($0)) },
            restored: { line, why in
                // Alarms look at their outputs themselves, and tell those of a device once more when
                // it answers again.
                if why == .byItself { running.current?.system.observeForgotten(.line(line)) }
            })
    }

    static func access(_ service: AccessService) -> FieldListener {
        FieldListener(
            input: { service.observe($0) }, failed: { service.observeFailed($0) },
            restored: { line, _ in service.observeRestored(line) })
    }

    static func lighting(_ running: Running<LightingService>) -> FieldListener {
        FieldListener(
            readings: { readings in for one in running.all { one.observe(readings) } },
            input: { change in for one in running.all { one.observe(change) } },
            failed: { line in for one in running.all { one.observeForgotten(line) } },
            restored: { line, why in
                // Circuits look at their outputs themselves.
                guard why != .contrary else { return }
                for one in running.all { one.observeForgotten(line) }
            })
    }

    static func charging(_ running: Running<ChargingService>) -> FieldListener {
        FieldListener(
            readings: { readings in for one in running.all { one.observe(readings) } },
            silence: { device, isSilent in
                for one in running.all { one.observe(device, isSilent: isSilent) }
            })
    }
}

import DeviceProfiles
import Execution
import FoundationEssentials
import LinuxSystem
import Logging
import Metering
import SiteConfiguration
import Telemetry

/// Judges the readings of all buses before they are recorded, and keeps what it remembers of each
/// counter across restarts.
///
/// Called from the threads of the buses: a short lock, no suspension.
final class MeterDesk: Sendable {
    private let rules: InheritingLock<MeteringRules>
    private let file: MeterFile
    private let saveRequested: AsyncStream<Void>.Continuation
    private let saveRequests: AsyncStream<Void>

    /// The pauses after writing the file: the first, and what they grow to.
    private static let pauses: (first: Duration, longest: Duration) = (
        .seconds(10), .seconds(3_600)
    )

    /// - Parameter stored: The newest readings in the cache, the newest first: later than the
    ///   file, which is seldom written.
    init(
        _ file: MeterFile, _ site: SiteDocument, _ catalog: PointCatalog, stored: [Series] = []
    ) {
        self.file = file
        var rules = MeteringRules()
        rules.use(site, catalog)
        rules.remember(file.load())
        for series in stored {
            guard let index = catalog.index(of: series.point.identifier),
                let sample = series.samples.last(where: { $0.quality == .good }),
                let number = sample.value?.number
            else { continue }
            rules.bringForward(index, to: number, at: sample.time)
        }
        self.rules = InheritingLock(rules)
        (saveRequests, saveRequested) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes over the points of a site.
    func use(_ site: SiteDocument, _ catalog: PointCatalog) {
        rules.withLock { $0.use(site, catalog) }
    }

    /// Judges readings in the order they were made.
    func judge(_ readings: [Reading]) -> (readings: [Reading], changes: [MeterChange]) {
        var judged = readings
        let (changes, hasNews) = rules.withLock { rules in
            (rules.judge(&judged), rules.hasNews)
        }
        if hasNews { saveRequested.yield() }
        return (judged, changes)
    }

    /// Writes the file when there is news, at growing pauses, so that a meter gone mad does not
    /// wear the flash; until the task is cancelled.
    func keep(_ time: TimeSource) async {
        var pause = Self.pauses.first
        for await _ in saveRequests {
            save()
            await time.sleep(time.monotonic().advanced(by: pause))
            pause = min(pause * 2, Self.pauses.longest)
        }
    }

    func save() {
        let memory = rules.withLock { $0.takeMemory() }
        guard !memory.counters.isEmpty else { return }
        file.save(memory)
    }
}

extension MeteringRules {
    fileprivate mutating func use(_ site: SiteDocument, _ catalog: PointCatalog) {
        for device in site.devices {
            for point in device.points {
                let identifier = PointIdentifier(device: device.id, point: point.name)
                guard let index = catalog.index(of: identifier) else { continue }
                if let traits = point.counterTraits(of: device.profile.kind) {
                    use(index, identifier, as: .counter(traits))
                } else if CounterNames.isSerialNumber(point.name) {
                    use(index, identifier, as: .serialNumber)
                }
            }
        }
    }
}

/// The file in the state folder that holds what is remembered of counters.
struct MeterFile: Sendable {
    private let file: StateFile
    private let logger: Logger

    init(stateFolder: String, logger: Logger) {
        file = StateFile(path: stateFolder + "/meters.json")
        self.logger = logger
    }

    /// What was saved last. A file that cannot be read is reported, and counts as empty: the
    /// cache tells most of it.
    func load() -> MeterMemory {
        do {
            guard let bytes = try file.read() else { return MeterMemory() }
            return try JSONDecoder().decode(MeterMemory.self, from: Data(bytes))
        } catch {
            logger.error(
                "Memory of counters cannot be read",
                metadata: ["path": "\(file.path)", "error": "\(error)"])
            return MeterMemory()
        }
    }

    func save(_ memory: MeterMemory) {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            try file.write([UInt8](try encoder.encode(memory)))
        } catch {
            logger.error("Memory of counters cannot be saved", metadata: ["error": "\(error)"])
        }
    }
}

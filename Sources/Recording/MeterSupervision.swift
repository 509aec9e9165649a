import DeviceProfiles
package import Execution
package import LinuxSystem
package import Metering
package import SiteConfiguration
package import Telemetry

/// Judges the readings of all buses before they are recorded, and keeps what it remembers of each
/// counter across restarts.
///
/// Called from the threads of the buses: a short lock, no suspension.
package final class MeterSupervision: Sendable {
    private let rules: InheritingLock<MeteringRules>
    private let file: StateValue<MeterMemory>
    private let saveRequested: AsyncStream<Void>.Continuation
    private let saveRequests: AsyncStream<Void>

    /// The pauses after writing the file: the first, and what they grow to.
    private static let pauses: (first: Duration, longest: Duration) = (
        .seconds(10), .seconds(3_600)
    )

    /// - Parameter stored: The newest readings in the cache, the newest first: later than the
    ///   file, which is seldom written.
    package init(
        _ file: StateValue<MeterMemory>, _ site: SiteDocument, _ catalog: PointCatalog,
        stored: [Series] = []
    ) {
        self.file = file
        var rules = MeteringRules()
        rules.use(site, catalog)
        // The cache tells most of what a file that cannot be read has lost.
        rules.remember(file.load() ?? MeterMemory())
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
    package func use(_ site: SiteDocument, _ catalog: PointCatalog) {
        rules.withLock { $0.use(site, catalog) }
    }

    /// Judges readings in the order they were made.
    package func judge(_ readings: [Reading]) -> (readings: [Reading], changes: [MeterChange]) {
        var judged = readings
        let (changes, hasNews) = rules.withLock { rules in
            (rules.judge(&judged), rules.hasNews)
        }
        if hasNews { saveRequested.yield() }
        return (judged, changes)
    }

    /// Writes the file when there is news, at growing pauses, so that a meter gone mad does not
    /// wear the flash; until the task is cancelled.
    package func keep(_ time: TimeSource) async {
        var pause = Self.pauses.first
        for await _ in saveRequests {
            save()
            await time.sleep(time.monotonic().advanced(by: pause))
            pause = min(pause * 2, Self.pauses.longest)
        }
    }

    package func save() {
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

import DeviceProfiles
package import Execution
import Metering
package import Persistence
package import SiteConfiguration
package import Telemetry

/// One destination: its uplink and its delivery.
package struct DeliveryService: RunningService {
    /// What it was made from: where this is unchanged, a reload leaves the destination alone.
    package struct Configuration: Hashable, Sendable {
        package let site: String
        package let zone: String
        package let destination: DestinationConfiguration
        /// The devices whose events it is entitled to.
        package let subjects: Set<String>

        package init(_ destination: DestinationConfiguration, in site: SiteDocument) {
            self.site = site.site.id
            zone = site.site.timeZone
            self.destination = destination
            subjects = destination.subjects(in: site)
        }
    }

    package let configuration: Configuration
    package let delivery: DestinationDelivery
    package let part: Part

    package var name: String { configuration.destination.name }

    /// How long a batch without the date waits for the clock to be set, counted from power-up.
    package static let clockPatience: Duration = .seconds(600)

    /// - Parameters:
    ///   - appended: Yields when there is something new in the cache.
    ///   - boot: The name of this run since power-up.
    ///   - onFault: Why a destination gets nothing, where that was not told today.
    package init(
        _ configuration: Configuration, outbox: Outbox, appended: AsyncStream<Void>,
        uplink: any Uplink, time: TimeSource, boot: String, seed: UInt64,
        onChange: @escaping @Sendable (DeliveryChange) -> Void,
        onFault: @escaping @Sendable (UplinkFault) -> Void
    ) {
        let name = configuration.destination.name
        let settings = DeliverySettings(configuration)
        let telling = InheritingLock(FaultTelling())
        let delivery = DestinationDelivery(
            settings: settings, filter: ShareFilter(configuration.selection),
            source: BatchSource(outbox, destination: name, appended: appended),
            uplink: uplink, time: time, seed: seed,
            holdBack: { [needsDates = settings.needsDates] stored in
                let clock = stored.batch.clock
                // An alarm never waits for the date; what an earlier boot left cannot be mended.
                guard !clock.isKnown, clock.boot == boot, stored.batch.lane != .alarm else {
                    return false
                }
                return needsDates
                    || time.monotonic().nanoseconds < Self.clockPatience.nanoseconds
            },
            onChange: { change in
                onChange(change)
                guard case .disconnected(let fault) = change,
                    telling.withLock({ $0.isNew(fault, at: time.monotonic()) })
                else { return }
                onFault(fault)
            })
        self.configuration = configuration
        self.delivery = delivery
        part = Part("delivery to \(name)") { await delivery.run() }
    }
}

extension DestinationConfiguration {
    /// The devices of which a destination may know.
    fileprivate func subjects(in site: SiteDocument) -> Set<String> {
        guard case .selection(let selection) = share else { return [] }
        return Set(
            site.devices.filter { device in
                selection.kinds?.contains(device.profile.kind) ?? true
                    && selection.devices?.contains(device.id) ?? true
            }.map(\.id.description))
    }
}

extension BatchSource {
    /// The cache as one destination sees it.
    init(_ outbox: Outbox, destination: String, appended: AsyncStream<Void>) {
        self.init(
            batches: { lane, after, limit in
                try await outbox.batches(
                    in: lane, after: after, limit: limit, maximumBytes: 4 << 20)
            },
            head: { await outbox.head(of: $0) },
            cursor: { try await outbox.cursor(of: destination, in: $0) },
            advance: { lane, through, epoch in
                try await outbox.advance(destination, in: lane, through: through, epoch: epoch)
            },
            memory: { try await outbox.memory(of: destination) },
            remember: { try await outbox.remember($0, of: destination) }, appended: appended)
    }
}

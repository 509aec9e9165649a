import Delivery
import DeviceProfiles
import Execution
import MQTTUplink
import Metering
import Persistence
import SiteConfiguration
import Telemetry

/// One destination: its uplink and its delivery.
struct DeliveryService: Sendable {
    /// What it was made from: where this is unchanged, a reload leaves the destination alone.
    struct Configuration: Hashable, Sendable {
        let site: String
        let zone: String
        let destination: DestinationConfiguration
        /// The devices whose events it is entitled to.
        let subjects: Set<String>
    }

    let configuration: Configuration
    let delivery: DestinationDelivery
    let part: Part

    /// How long a batch without the date waits for the clock to be set, counted from power-up.
    static let clockPatience: Duration = .seconds(600)

    init(
        _ configuration: Configuration, cache: Cache, edges: Edges, seed: UInt64,
        onNews: @escaping @Sendable (News) -> Void
    ) async {
        let destination = configuration.destination
        let (time, boot) = (edges.time, edges.boot)
        let settings = DeliverySettings(configuration)
        let uplink: any Uplink =
            switch destination.transport {
            case .mqtt(let mqtt): edges.uplink(MQTTConnectionSettings(mqtt.broker))
            }
        let appended = await cache.appends(for: destination.name)
        let telling = InheritingLock(FaultTelling())
        let delivery = DestinationDelivery(
            settings: settings, filter: ShareFilter(configuration.selection),
            source: BatchSource(cache.outbox, destination: destination.name, appended: appended),
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
                onNews(.delivery(destination.name, change))
                guard case .disconnected(let fault) = change,
                    telling.withLock({ $0.isNew(fault, at: time.monotonic()) })
                else { return }
                onNews(.deliveryFault(destination.name, fault))
            })
        self.configuration = configuration
        self.delivery = delivery
        part = Part("delivery to \(destination.name)") { await delivery.run() }
    }

    /// The devices of which a destination may know.
    static func subjects(
        _ destination: DestinationConfiguration, in site: SiteDocument
    ) -> Set<String> {
        guard case .selection(let selection) = destination.share else { return [] }
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

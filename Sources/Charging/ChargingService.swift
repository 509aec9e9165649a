import DeviceProfiles
package import Execution
import GPIO
package import Metering
package import SiteConfiguration
package import Telemetry

/// One group of chargers of a site.
package struct ChargingService: RunningService {
    /// What it was made from: where this is unchanged, a reload leaves its chargers alone.
    package struct Configuration: Hashable, Sendable {
        package let group: ChargingGroupConfiguration
        /// The devices of its chargers, in their order.
        let devices: [DeviceConfiguration]

        package init(_ group: ChargingGroupConfiguration, in site: SiteDocument) {
            self.group = group
            devices = group.chargers.compactMap { site.device($0.device) }
        }
    }

    package let configuration: Configuration
    package let part: Part
    /// The points of its chargers and its feeder.
    package let points: WatchedPoints
    let group: ChargingGroup

    package init(
        _ configuration: Configuration, stops: StopFile, time: TimeSource, seed: UInt64,
        write: PointWriting,
        record: @escaping @Sendable (Event, Lane) async -> Void
    ) {
        self.configuration = configuration
        let group = ChargingGroup(
            configuration.group, stops: stops.all,
            edges: ChargingEdges(
                configuration.devices, stops: stops, write: write, record: record),
            time: time, seed: seed)
        self.group = group
        points = WatchedPoints(group.observedPoints)
        part = Part("charging \(configuration.group.name)") { await group.run() }
    }

    /// Whether a name is that of the group or of one of its chargers.
    package func holds(_ name: String) -> Bool {
        name == configuration.group.name || hasCharger(name)
    }

    func hasCharger(_ name: String) -> Bool {
        configuration.group.chargers.contains { $0.name == name }
    }

    /// An alarm wants the group, or one of its chargers, to charge nothing, or no longer does.
    package func hold(_ name: String, _ isHeld: Bool) async {
        let charger = name == configuration.group.name ? nil : name
        if isHeld {
            await group.hold(charger, by: name)
        } else {
            await group.release(charger, by: name)
        }
    }

    /// Somebody else has written to a device: what it was told may not hold.
    package func forget(_ device: DeviceIdentifier) {
        guard configuration.devices.contains(where: { $0.id == device }) else { return }
        group.forget(device)
    }

    /// Takes what was read. Returns at once, from any thread; so does the other.
    package func observe(_ readings: [Reading]) {
        points.forEach(of: readings) { group.observe($0, $1.value) }
    }

    /// Takes what has become of a device.
    package func observe(_ device: DeviceIdentifier, isSilent: Bool) {
        guard configuration.devices.contains(where: { $0.id == device }) else { return }
        group.observe(device, isSilent: isSilent)
    }
}

extension ChargingEdges {
    /// Chargers on the buses of a site.
    fileprivate init(
        _ devices: [DeviceConfiguration], stops: StopFile, write: PointWriting,
        record: @escaping @Sendable (Event, Lane) async -> Void
    ) {
        @Sendable func tell(
            _ charger: ChargerConfiguration, _ settings: [PointSetting]
        ) async -> LineFault? {
            guard let device = devices.first(where: { $0.id == charger.device }) else {
                return .stopped
            }
            for setting in settings {
                guard let point = device.profile.point(named: setting.point) else {
                    return .stopped
                }
                do throws(LineFault) {
                    try await write(setting.value, to: point, of: device)
                } catch {
                    return error
                }
            }
            return nil
        }
        let names = Set(devices.map(\.id.description))
        self.init(
            tell: { charger, current in await tell(charger, charger.settings(for: current)) },
            prepare: { charger, fallback in
                await tell(charger, charger.preparation(fallback: fallback))
            },
            record: record, keep: { stops.save($0, of: names) })
    }
}

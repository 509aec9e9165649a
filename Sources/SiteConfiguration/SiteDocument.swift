package import Metering

/// The one document that describes a community: what is read, how often, and who may have it.
///
/// A value of this type is valid: every name leads somewhere, every limit is kept. It is
/// Hashable in all its parts, so that a reload can tell what changed.
package struct SiteDocument: Hashable, Sendable {
    /// Counts up with each change of the document, from 1.
    package let version: Int
    package let site: SiteIdentity
    /// In the order of the document, as are the others. No two share a line or an endpoint.
    package let buses: [BusConfiguration]
    /// No two share a unit of a bus.
    package let devices: [DeviceConfiguration]
    /// No two share a client identifier on one broker.
    package let destinations: [DestinationConfiguration]
    package let cache: CacheConfiguration
    package let lockers: [LockerBankConfiguration]
    package let doors: [DoorConfiguration]
    package let lighting: [LightingCircuit]
    /// No two share a charger.
    package let charging: [ChargingGroupConfiguration]
    package let valves: [ValveConfiguration]
    package let alarms: [AlarmConfiguration]
    /// All lines that anything above uses, each once.
    package let lines: [SiteLine]

    init(
        version: Int, site: SiteIdentity, buses: [BusConfiguration],
        devices: [DeviceConfiguration], destinations: [DestinationConfiguration],
        cache: CacheConfiguration, mechanisms: SiteMechanisms
    ) {
        self.version = version
        self.site = site
        self.buses = buses
        self.devices = devices
        self.destinations = destinations
        self.cache = cache
        lockers = mechanisms.lockers
        doors = mechanisms.doors
        lighting = mechanisms.lighting
        charging = mechanisms.charging
        valves = mechanisms.valves
        alarms = mechanisms.alarms
        lines = mechanisms.lines
    }

    package func bus(named name: String) -> BusConfiguration? {
        buses.first { $0.name == name }
    }

    package func device(_ id: DeviceIdentifier) -> DeviceConfiguration? {
        devices.first { $0.id == id }
    }

    /// The devices on a bus, in the order of the document.
    package func devices(on bus: String) -> [DeviceConfiguration] {
        devices.filter { $0.bus == bus }
    }
}

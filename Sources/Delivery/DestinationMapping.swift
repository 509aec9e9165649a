import DeviceProfiles
import Execution
import Metering
import SiteConfiguration
import Telemetry

/// What a destination of the site document is for the delivery: the one place where the two meet.
extension DeliverySettings {
    init(_ configuration: DeliveryService.Configuration) {
        let destination = configuration.destination
        self.init(
            site: configuration.site, destination: destination.name, format: configuration.format)
        drainPerSecond = destination.drainPerSecond
        needsDates = destination.undated == .hold
        switch destination.transport {
        case .mqtt(let mqtt):
            acceptTimeout = mqtt.acknowledgeTimeout
            reconnectWithin = mqtt.reconnectWithin
            largestPayload = mqtt.largestMessage
        }
    }
}

extension DeliveryService.Configuration {
    var selection: ShareFilter.Selection? {
        let from = start
        guard case .selection(let selection) = destination.share else {
            return from.map { ShareFilter.Selection(subjects: nil, from: $0) }
        }
        let (zone, clock) = (zone, ZoneClock(zone))
        return ShareFilter.Selection(
            kinds: selection.kinds.map { Set($0.map(\.rawValue)) }, points: selection.points,
            devices: selection.devices,
            every: selection.every.map {
                LocalIntervals(every: $0, zone: zone, offset: { clock.offset(at: $0) })
            }, subjects: subjects, from: from)
    }

    var format: any WireFormat {
        let address = DestinationAddress(
            root: destination.topicRoot, site: site, destination: destination.name)
        let waits = destination.acknowledgedBy == .platform
        switch destination.format {
        case .linli: return LinliFormat(address, waitsForPlatform: waits)
        case .linliJSON: return LinliJSON(address, waitsForPlatform: waits)
        case .firstLinliJSON: return FirstLinliJSON(address, waitsForPlatform: waits)
        case .thingsBoard: return ThingsBoardJSON(devicePrefix: destination.devicePrefix)
        }
    }

    /// The first moment that is shared, where the document names one.
    private var start: Timestamp? {
        guard case .date(let date) = destination.from else { return nil }
        let clock = ZoneClock(zone)
        // The offset of midnight itself: that of UTC's midnight may be from before a change.
        let guess = date.utcStart - clock.offset(at: date.utcStart)
        return date.utcStart - clock.offset(at: guess)
    }
}

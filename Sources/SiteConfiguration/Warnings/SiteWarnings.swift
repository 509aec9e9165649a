import Documents
import Glibc
import MQTT
import Metering

/// What is doubtful in a sound document: it is taken, and will likely not do what its writer
/// expects.
struct SiteWarnings {
    let site: SiteDocument
    private let root: DocumentNode

    init(_ site: SiteDocument, _ root: DocumentNode) {
        self.site = site
        self.root = root
    }

    /// Says all that is doubtful, each at its place.
    func report() {
        warnOfLocation()
        warnOfBuses()
        warnOfUnits()
        warnOfSlowLines()
        warnOfSlowInputs()
        warnOfAlarms()
        warnOfDestinations()
    }

    /// Says that a place of the document is doubtful, or the nearest that is written.
    func warn(_ keys: String..., reason: String) {
        nearest(keys).warn(reason)
    }

    func nearest(_ keys: [String]) -> DocumentNode { root.nearest(keys) }

    private func warnOfLocation() {
        guard let location = site.site.location else { return }
        let countries = CountryBounds.of(timeZone: site.site.timeZone)
        let (latitude, longitude) = (
            location.latitude.doubleValue, location.longitude.doubleValue
        )
        guard !countries.isEmpty,
            !countries.contains(where: { $0.contains(latitude: latitude, longitude: longitude) })
        else { return }
        let isSwapped = countries.contains {
            $0.contains(latitude: longitude, longitude: latitude)
        }
        warn(
            "site", "location",
            reason: "\(location.latitude), \(location.longitude) is not in the country of "
                + "\(site.site.timeZone) (\(countries.map(\.country).joined(separator: ", ")))"
                + (isSwapped ? "; latitude and longitude are swapped" : "; look at the signs"))
    }

    private func warnOfDestinations() {
        if site.destinations.isEmpty {
            warn(
                "destinations",
                reason: "there is no destination: what is read stays in the cache of the gateway")
        }
        for destination in site.destinations {
            guard case .mqtt(let mqtt) = destination.transport, mqtt.broker.tls == nil,
                mqtt.broker.login?.password != nil,
                !["localhost", "127.0.0.1", "::1"].contains(mqtt.broker.host)
            else { continue }
            warn(
                "destinations", destination.name, "mqtt", "url",
                reason: "the password goes to \(mqtt.broker.host) unencrypted; use mqtts://")
        }
    }
}

extension [String] {
    /// The first few, and how many others.
    var listed: String {
        let named = prefix(4).joined(separator: ", ")
        return count > 4 ? "\(named) and \(count - 4) more" : named
    }
}

import Metering
import SiteConfiguration

extension SiteDocument {
    /// What of the site hangs on each device, beside its own readings.
    var deviceUses: [String: [String]] {
        var uses: [String: [String]] = [:]
        func note(_ device: String, _ use: String) {
            if uses[device]?.contains(use) != true { uses[device, default: []].append(use) }
        }
        for line in lines {
            guard let point = line.reference.source.point else { continue }
            note(point.device.description, line.use)
        }
        for alarm in alarms {
            for point in alarm.condition.points.sorted() {
                note(point.device.description, "alarms.\(alarm.name)")
            }
        }
        for group in charging {
            for charger in group.chargers {
                note(charger.device.description, "charging.\(group.name)")
            }
        }
        return uses
    }
}

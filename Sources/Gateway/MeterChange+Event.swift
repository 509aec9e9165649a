import Logging
import Metering
import Telemetry

extension MeterChange {
    func log(to logger: Logger) {
        logger.warning(
            "A counter did what one meter does not",
            metadata: [
                "point.id": "\(point)", "change": "\(kind.rawValue)",
                "register.last": "\(last.value)",
                "register.first": "\(first.value)", "readings.uncertain": "\(readings)",
            ])
    }

    /// What whoever bills from the counter is told: its time is that of the first odd register.
    var event: Event {
        var details = [
            "point": point.point.description, "last": last.value.description,
            "lastTime": "\(last.time)", "first": first.value.description,
            "firstTime": "\(first.time)", "readings": "\(readings)",
        ]
        details["serial"] = serialNumber
        details["capacity"] = capacity.flatMap {
            ScaledInteger(shortest: $0)?.normalized.description
        }
        return Event(
            "meter.\(kind.rawValue)", of: point.device.description, at: first.time,
            severity: .warning, details: details)
    }
}

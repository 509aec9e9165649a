import Delivery
import Execution
import Maintenance
import Persistence
import Telemetry

extension Gateway {
    /// Destinations that get nothing.
    func deliveryFaults(_ statistics: OutboxStatistics, at now: Moment) -> [StatusFault] {
        deliveries.values.sorted { $0.name < $1.name }.compactMap { service in
            let report = service.delivery.report
            let subject = "destinations.\(service.name)"
            let lags = statistics.destinations.filter { $0.destination == service.name }
            let waitingSince = lags.filter { $0.behind > 0 }.compactMap(\.waitingSince).min()
            guard let connectedSince = report.connectedSince else {
                return report.lastFault.map {
                    StatusFault(
                        .fault, subject, "the destination \(service.name): \($0.words)",
                        advice: "`linli deliveries` says what waits",
                        since: waitingSince?.milliseconds)
                }
            }
            if report.lastFault == .takenOver,
                connectedSince.duration(to: now.monotonic) < Self.takeOverPatience
            {
                return StatusFault(
                    .fault, subject,
                    "the destination \(service.name): another client uses the same client id, and "
                        + "each throws the other out",
                    advice: "give each gateway a `clientID` of its own")
            }
            guard let waitingSince, report.underWay > 0 else { return nil }
            let age = now.wall.timestamp - waitingSince
            let connected = connectedSince.duration(to: now.monotonic)
            guard min(age, connected) > Self.acknowledgementPatience else { return nil }
            return StatusFault(
                .fault, subject,
                "the destination \(service.name) is \(age.roughText) behind",
                advice: "`linli deliveries` says what waits", since: waitingSince.milliseconds)
        }
    }

    /// How long a connection lasts before a fight for a client id counts as over.
    private static let takeOverPatience: Duration = .seconds(600)
    /// How old the oldest undelivered batch may be on a connection that has lasted as long.
    private static let acknowledgementPatience: Duration = .seconds(300)
}

extension Duration {
    /// For example `7 min` or `3 h`.
    fileprivate var roughText: String {
        let minutes = Int64(inSeconds / 60)
        return minutes < 120 ? "\(minutes) min" : "\(minutes / 60) h"
    }
}

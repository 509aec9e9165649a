package import Execution
package import MaintenanceAPI
package import Persistence
import SiteConfiguration
import Telemetry

/// What is wrong with a destination.
extension DeliveryService {
    /// That it gets nothing, and messages that it does not take.
    package func faults(_ statistics: OutboxStatistics, at now: Moment) -> [StatusFault] {
        refusals(at: now) + [lag(statistics, at: now)].compactMap(\.self)
    }

    /// Messages that it does not take, each with its lane behind it.
    private func refusals(at now: Moment) -> [StatusFault] {
        delivery.report.standing.filter { standing in
            standing.fault.kind != .transient
                || standing.since.duration(to: now.monotonic) > Self.refusalPatience
        }.map { standing in
            StatusFault(
                .fault, "destinations.\(name)",
                "the destination \(name) does not take \(standing.key): "
                    + "\(standing.fault.words); what is behind it waits, and nothing is lost",
                advice: standing.fault.advice,
                since: now.timestamp(of: standing.since).milliseconds)
        }
    }

    private func lag(_ statistics: OutboxStatistics, at now: Moment) -> StatusFault? {
        let report = delivery.report
        let subject = "destinations.\(name)"
        let lags = statistics.destinations.filter { $0.destination == name }
        let waitingSince = lags.filter { $0.behind > 0 }.compactMap(\.waitingSince).min()
        guard let connectedSince = report.connectedSince else {
            return report.lastFault.map {
                StatusFault(
                    .fault, subject, "the destination \(name): \($0.words)",
                    advice: "`linli deliveries` says what waits",
                    since: waitingSince?.milliseconds)
            }
        }
        if report.lastFault == .takenOver,
            connectedSince.duration(to: now.monotonic) < Self.takeOverPatience
        {
            return StatusFault(
                .fault, subject,
                "the destination \(name): another client uses the same client id, and "
                    + "each throws the other out",
                advice: "give each gateway a `clientID` of its own")
        }
        guard let waitingSince, report.underWay > 0 else { return nil }
        let age = now.wall.timestamp - waitingSince
        let connected = connectedSince.duration(to: now.monotonic)
        guard min(age, connected) > Self.acknowledgementPatience else { return nil }
        return StatusFault(
            .fault, subject, "the destination \(name) is \(age.roughText) behind",
            advice: "`linli deliveries` says what waits", since: waitingSince.milliseconds)
    }

    /// How long a refusal that passes by itself is nobody's business.
    private static let refusalPatience: Duration = .seconds(60)
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

extension UplinkFault {
    /// What a person can do where messages are refused for it.
    fileprivate var advice: String {
        switch self {
        case .notAuthorized: "let the broker's list of rights allow it"
        case .tooLarge: "let the broker take larger messages"
        case .unacceptable: "ask the platform's operator which rule of the broker it breaks"
        case .unreachable, .certificate, .takenOver, .refused, .notConnected:
            "ask the platform's operator"
        }
    }
}

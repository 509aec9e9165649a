package import Execution
package import MaintenanceAPI
package import Persistence
import MQTT
import SiteConfiguration
import Telemetry

/// Destinations in words and figures.
extension DeliveryService {
    package func report(_ statistics: OutboxStatistics, at now: Moment) -> DeliveryReport {
        let figures = delivery.report
        let destination = configuration.destination
        return DeliveryReport(
            destination: name, address: destination.transport.address,
            format: destination.format.rawValue, isConnected: figures.connectedSince != nil,
            since: figures.connectedSince.map { now.timestamp(of: $0).milliseconds },
            lastFault: figures.lastFault?.words,
            nextAttempt: figures.nextAttempt.map { now.timestamp(of: $0).milliseconds },
            inFlight: figures.underWay, messages: Int64(figures.messages),
            readings: Int64(figures.readings), bytes: Int64(figures.bytes),
            resent: Int64(figures.resent),
            lanes: statistics.destinations.filter { $0.destination == name }.map {
                DeliveryLane(
                    lane: $0.lane.rawValue, cursor: $0.cursor, behind: $0.behind,
                    waitingSince: $0.waitingSince?.milliseconds)
            })
    }

    package func summary(_ statistics: OutboxStatistics) -> DestinationSummary {
        let figures = delivery.report
        let lags = statistics.destinations.filter { $0.destination == name }
        return DestinationSummary(
            name: name, isConnected: figures.connectedSince != nil,
            batchesBehind: lags.reduce(0) { $0 + $1.behind },
            waitingSince: lags.compactMap(\.waitingSince).min()?.milliseconds,
            fault: figures.connectedSince == nil ? figures.lastFault?.words : nil)
    }
}

extension DestinationConfiguration.Transport {
    fileprivate var address: String {
        switch self {
        case .mqtt(let mqtt):
            "\(mqtt.broker.tls == nil ? "mqtt" : "mqtts")://\(mqtt.broker.address)"
        }
    }
}

import DeviceProfiles
import Execution
import Metering
import SiteConfiguration
import Telemetry

/// What is told to people.
extension ChargingGroupState {
    /// Tells what has become of a charger's car.
    mutating func tell(of place: Int, before: CarState?, _ moment: Moment) {
        let car = chargers[place].car
        guard car != before else { return }
        var details: [String: String] = [:]
        if let energy = chargers[place].energy {
            let unit = chargers[place].configuration.energy?.unit
            details["energy"] = [energy.description, unit].compactMap(\.self).joined(separator: " ")
        }
        if car == .charging {
            record("charging.started", place, moment, details: details)
        } else if before == .charging {
            record("charging.ended", place, moment, details: details)
        }
        if car == .fault { record("charger.carFault", place, moment, severity: .warning) }
    }

    mutating func tellDisobedience(of place: Int, before: Bool, _ moment: Moment) {
        let charger = chargers[place]
        guard charger.isDisobeying != before else { return }
        if charger.isDisobeying {
            record(
                "charger.limitNotObeyed", place, moment, severity: .alarm,
                details: [
                    "told": charger.promise.confirmed?.description ?? "",
                    "drawn": charger.mostDrawn.map { "\($0) A" } ?? "",
                ])
        } else {
            record("charger.limitObeyed", place, moment)
        }
    }

    mutating func tellFeeder(_ moment: Moment) {
        guard let feeder else { return }
        let isReadable = feeder.isReadable(at: moment.monotonic)
        defer { isFeederReadable = isReadable }
        guard isReadable != isFeederReadable ?? true else { return }
        record(
            isReadable ? "charging.feederRead" : "charging.feederLost", nil, moment,
            severity: isReadable ? .info : .warning)
    }

    /// More may be drawn than there is: chargers that do not answer, or a limit that shrank.
    mutating func tellOvercommitment(_ capacity: PhaseCurrents, _ moment: Moment) {
        let reserved = reserved
        let unable = chargers.contains(where: \.isReserved)
        let isOver =
            unable && MainsPhase.allCases.contains { reserved[$0] > max(capacity[$0], 0) }
        defer { isOvercommitted = isOver }
        guard isOver != isOvercommitted else { return }
        record(
            isOver ? "charging.limitExceedable" : "charging.limitSafe", nil, moment,
            severity: isOver ? .warning : .info)
    }

    mutating func record(
        _ kind: String, _ place: Int?, _ moment: Moment, severity: Event.Severity = .info,
        details: [String: String] = [:]
    ) {
        let subject = place.map { chargers[$0].configuration.name } ?? configuration.name
        var details = details
        if place != nil { details["group"] = configuration.name }
        actions.append(
            .record(
                Event(
                    kind, of: subject, at: moment.wall.timestamp, severity: severity,
                    details: details)))
    }
}

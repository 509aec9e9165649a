import Documents
import Metering

extension SiteWarnings {
    /// A press of a button is seldom longer.
    private static let press = Duration.milliseconds(500)
    /// Somebody goes through a door in less.
    private static let passage = Duration.seconds(5)
    /// What an alarm looks at should be no older.
    private static let alarmDelay = Duration.seconds(60)

    /// Buttons, contacts and detectors that are read too seldom for what they are for.
    func warnOfSlowInputs() {
        for door in site.doors {
            if let every = interval(of: door.exit), every > Self.press {
                warn(
                    "doors", door.name, "exit",
                    reason: "is read every \(every.text), and a press is shorter: most are missed; "
                        + "wire the button to a GPIO line, or read its device every 200ms")
            }
            if let every = interval(of: door.contact), every > Self.passage {
                warn(
                    "doors", door.name, "contact",
                    reason: "is read every \(every.text): a door that is opened and closed between "
                        + "two reads is not seen; read its device every 1s")
            }
        }
        for bank in site.lockers {
            for compartment in bank.compartments {
                guard let every = interval(of: compartment.contact), every > bank.openWithin / 2
                else { continue }
                warn(
                    "lockers", bank.name, "compartments", compartment.name, "contact",
                    reason: "is read every \(every.text), and a compartment that has not opened "
                        + "within \(bank.openWithin.text) counts as stuck; read its device every 1s"
                )
            }
        }
        for valve in site.valves {
            guard let every = interval(of: valve.closed), every > valve.within else { continue }
            warn(
                "valves", valve.name, "closed",
                reason: "is read every \(every.text), and a valve that is not shut within "
                    + "\(valve.within.text) counts as stuck; read its device more often")
        }
        for alarm in site.alarms where alarm.severity == .alarm {
            let devices = alarm.condition.points.map(\.device)
            let boards = alarm.condition.lines.compactMap(\.source.point?.device)
            let slow = (devices + boards).compactMap { site.device($0) }
                .filter { $0.every > Self.alarmDelay }.max { $0.every < $1.every }
            guard let slow else { continue }
            warn(
                "alarms", alarm.name, "when",
                reason:
                    "comes up to \(slow.every.text) late: \(slow.id) is read so seldom; read it "
                    + "every few seconds")
        }
    }

    /// How often a line is read; `nil` where its edges are heard at once.
    private func interval(of line: LineReference?) -> Duration? {
        line?.source.point.flatMap { site.device($0.device)?.every }
    }
}

extension Duration {
    var text: String { documentText }
}

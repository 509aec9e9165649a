import ArgumentParser
import Simulation

/// `linli-sim status`: what the buses and devices of a running simulation have seen.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what the buses and devices of a running simulation have seen.",
        discussion: """
            A silence is the time between an answer's last byte and the next request's first; \
            shorter than 3.5 characters it is broken, and strict meters drop the frame.
            """)

    @Flag(
        help: """
            Print JSON, durations in milliseconds; `told` and `written`, when a device first told \
            what `set` had made it hold and when it was last written to, in nanoseconds since boot.
            """)
    var json = false
    @OptionGroup var connection: ControlOptions

    func run() throws {
        let answer = try connection.ask("status")
        guard let status = SimulationStatus(json: answer) else {
            complain("the simulation answered something else than a status")
            throw ExitStatus.unavailable
        }
        if json {
            say(answer, terminator: "")
        } else {
            say(Self.buses(status).text + "\n\n" + Self.devices(status).text)
        }
    }

    private static func buses(_ status: SimulationStatus) -> TextTable {
        var table = TextTable([
            "BUS", "ADDRESS", "#REQUESTS", "#UNREADABLE", "#FOREIGN", "#SILENCES", "#BROKEN",
            "#SHORTEST ms", "#REQUIRED ms",
        ])
        for bus in status.buses {
            let silences = bus.silences
            table.add([
                bus.name, bus.address, "\(bus.requests)", "\(bus.unreadable)",
                "\(bus.foreignUnits)",
                silences.map { "\($0.measured)" } ?? "-", silences.map { "\($0.broken)" } ?? "-",
                silences?.minimum.map(hundredths) ?? "-",
                silences.map { hundredths($0.required) } ?? "-",
            ])
        }
        return table
    }

    private static func devices(_ status: SimulationStatus) -> TextTable {
        var table = TextTable([
            "DEVICE", "BUS", "#UNIT", "#REQUESTS", "#ANSWERS", "#EXCEPTIONS", "#FAULTS", "#VALUES",
            "FAULT",
        ])
        for device in status.devices {
            table.add([
                device.name, device.bus, "\(device.unit)", "\(device.requests)",
                "\(device.answers)", "\(device.exceptions)", "\(device.faults)",
                "\(device.values)", device.fault,
            ])
        }
        return table
    }

    private static func hundredths(_ milliseconds: Double) -> String {
        let count = Int((milliseconds * 100).rounded())
        let rest = count % 100
        return "\(count / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}

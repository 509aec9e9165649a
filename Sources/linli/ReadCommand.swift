import ArgumentParser
import Execution
import MaintenanceAPI

/// `linli read`: asks a device now.
struct ReadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Read a point from its device, now.",
        discussion: "The exit code is 1 where the device gave no good value.")

    @Argument(help: "The point, such as b1-u101-elec/voltage.l1. `linli points` lists them.")
    var point: String
    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try await daemon.ask { client in
            let answer: DaemonClient.Answer<PointReading> = try await client.post(
                "points/read", ["point": point])
            let status: StatusReport = try await client.get("status").value
            let page = Page.current().adopting(status.timeZone)
            try daemon.print(answer) { Self.text(of: $0, on: page) }
            if answer.value.value == nil {
                throw CommandFailure.bad(
                    "\(point) has no value: \(answer.value.quality)",
                    hint: "`linli devices \(point.split(separator: "/")[0])` tells more")
            }
        }
    }

    static func text(of reading: PointReading, on page: Page) -> String {
        let unit = reading.unit.map { " \($0)" } ?? ""
        let value = page.paint("\(reading.shownValue)\(unit)".printable, .bold)
        let quality = page.paint(reading.quality.printable, reading.isGood ? .green : .yellow)
        let time = page.zone.clock(Timestamp(milliseconds: reading.time))
        return "\(reading.point.printable)  \(value)  \(quality)  \(time)\n"
    }
}

import ArgumentParser
import Execution
import FoundationEssentials
import MaintenanceAPI

/// `linli watch`: readings as they come.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Show readings as they come, until Ctrl-C.",
        discussion: "Without a name: all readings. With --json: one object a line.")

    @Argument(help: "Points or devices.")
    var names: [String] = []
    @Option(help: "End after so many readings.")
    var count: Int?
    @OptionGroup var daemon: DaemonOptions

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count is 1 or more") }
    }

    func run() async throws {
        try await daemon.ask { client in
            let points: [String] = try await client.get("points").value
            let status: StatusReport = try await client.get("status").value
            let page = Page.current().adopting(status.timeZone)
            let width = Self.width(of: points, names)
            var rest = count
            try await client.follow("watch", query: names.map { ("point", $0) }) { line in
                if daemon.json {
                    StandardStream.output.write(line + "\n")
                } else {
                    let reading = try Self.reading(line)
                    StandardStream.output.write(Self.text(of: reading, width: width, on: page))
                }
                rest = rest.map { $0 - 1 }
                return rest != 0
            }
        }
    }

    private static func reading(_ line: String) throws(CommandFailure) -> PointReading {
        do throws(DecodingError) {
            return try MaintenanceJSON.decode(PointReading.self, from: Data(line.utf8))
        } catch {
            throw .bad(
                "linlid sent something else than a reading: \(error)",
                hint: "linli and linlid may be of different versions")
        }
    }

    /// The longest name of the points to be shown.
    static func width(of points: [String], _ names: [String]) -> Int {
        let shown = points.filter { point in
            names.isEmpty || names.contains { point == $0 || point.hasPrefix("\($0)/") }
        }
        return min(72, shown.map(\.columns).max() ?? 0)
    }

    static func text(of reading: PointReading, width: Int, on page: Page) -> String {
        let time = page.paint(page.zone.clock(Timestamp(milliseconds: reading.time)), .faint)
        let value = reading.shownValue.printable.padded(to: 12, isRight: true)
        let unit = (reading.unit ?? "").printable.padded(to: 5)
        let quality = reading.isGood ? "" : page.paint(reading.quality.printable, .yellow)
        let line =
            "\(time)  \(reading.point.printable.padded(to: width))  \(value) \(unit) \(quality)"
        return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }
}

import ArgumentParser
import Execution
import MaintenanceAPI

/// `linli history`: what a point was.
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Draw what a point was, from the cache.",
        discussion: """
            A moment is 2026-11-23, 2026-11-23T08:00 or 08:00 (today), on the site's clocks, or \
            in UTC with a final Z. Where the curve stops, readings are missing.
            """)

    @Argument(help: "The point, such as b1-u101-elec/voltage.l1.")
    var point: String
    @Option(help: "How far back: 90s, 15m, 24h, 7d. (default: 24h)")
    var last: SpanArgument?
    @Option(help: "The beginning, in place of --last.")
    var from: MomentArgument?
    @Option(help: "The end. (default: now)")
    var to: MomentArgument?
    @Option(help: "The height of the chart, in lines.")
    var rows = 12
    @Flag(help: "Draw with ASCII alone, as is done where the locale is not UTF-8.")
    var ascii = false
    @OptionGroup var daemon: DaemonOptions

    func validate() throws {
        if last != nil, from != nil { throw ValidationError("give --last or --from, not both") }
        guard (4...100).contains(rows) else { throw ValidationError("--rows is 4 to 100") }
    }

    func run() async throws {
        try await daemon.ask { client in
            let status: StatusReport = try await client.get("status").value
            let page = Page.current(isASCII: ascii).adopting(status.timeZone)
            let times = try span(now: Timestamp(milliseconds: status.time), in: page.zone)
            let answer: DaemonClient.Answer<HistoryReport> = try await client.get(
                "history",
                query: [
                    ("point", point), ("from", "\(times.lowerBound.milliseconds)"),
                    ("to", "\(times.upperBound.milliseconds)"),
                ])
            try daemon.print(answer) { HistoryChart(report: $0, rows: rows).text(on: page) }
        }
    }

    func span(now: Timestamp, in zone: LocalZone) throws(CommandFailure) -> ClosedRange<Timestamp> {
        let end = to?.moment(in: zone, now: now) ?? now
        let start = from?.moment(in: zone, now: now) ?? end - (last?.duration ?? .seconds(86_400))
        guard start < end else {
            throw .bad(
                "the beginning, \(start), is not before the end, \(end)",
                hint: "a time without a date is today's")
        }
        return start...end
    }
}

import ArgumentParser
import Execution
import MaintenanceAPI

/// `linli status`: the gateway on one page.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the gateway on one page.",
        discussion: """
            What needs a person comes first, the worst of it at the top, each with what to do.

            EXIT CODES
              0   all is well
              1   something needs looking after
              2   danger: an alarm, a forced door, a valve that does not shut
            """)

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        var worst: StatusFault.Severity?
        try await daemon.ask { client in
            let answer: DaemonClient.Answer<StatusReport> = try await client.get("status")
            let page = Page.current().adopting(answer.value.timeZone)
            try daemon.print(answer) { Self.text(of: $0, on: page) }
            worst = answer.value.faults.map(\.severity).min()
        }
        if let worst { throw ExitCode(worst == .danger ? 2 : 1) }
    }

    static func text(of status: StatusReport, on page: Page) -> String {
        let zone = page.zone
        let time = Timestamp(milliseconds: status.time)
        var text = page.paint("\(status.siteName) (\(status.site))".printable, .bold)
        text += "  \(zone.date(time)) \(zone.clock(time)) \(zone.name)\n\n"
        text += status.faults.map { fault($0, on: page) }.joined()
        text += status.faults.isEmpty ? page.fact("state", "all is well", .green) : "\n"
        text += page.fact(
            "devices", devices(of: status), status.devicesSilent > 0 ? .yellow : nil)
        text += page.fact("readings", "\(Amount.count(status.readingsRecorded)) since the start")
        text += page.fact("open batch", openBatch(status.openBatch, on: page))
        text += page.fact("cache", cache(of: status), status.cache.fault == nil ? nil : .red)
        text += page.fact(
            "clock", status.isClockSynchronized ? "synchronised" : "not synchronised",
            status.isClockSynchronized ? nil : .yellow)
        text += page.fact(
            "linlid",
            "\(status.version), up \(Amount.duration(status.uptimeSeconds)), "
                + "\(Amount.bytes(status.residentBytes)) in memory, "
                + "\(Amount.fixed(status.cpuSeconds, 1)) s of processor")
        text += page.fact("site document", "version \(status.siteVersion)")
        text += page.fact("state folder", status.stateFolder)
        return text + "\n" + buses(status.buses, on: page)
            + (status.destinations.isEmpty ? "" : "\n" + destinations(status.destinations, page))
    }

    private static func fault(_ fault: StatusFault, on page: Page) -> String {
        let length = fault.since.map { ", for \(page.length($0))" } ?? ""
        return page.fact(
            fault.severity.rawValue, fault.what + length,
            fault.severity == .warning ? .yellow : .red)
            + (fault.advice.map { page.fact("", $0) } ?? "")
    }

    private static func devices(of status: StatusReport) -> String {
        let silent =
            status.devicesSilent == 0 ? "" : ", \(Amount.count(status.devicesSilent)) silent"
        return "\(Amount.count(status.devicesAnswering)) of \(Amount.count(status.devicesTotal)) "
            + "answer\(silent)"
    }

    private static func openBatch(_ batch: OpenBatch, on page: Page) -> String {
        let readings = Amount.of(batch.readings, "reading")
        return batch.since == nil ? readings : "\(readings), the first \(page.age(batch.since))"
    }

    private static func cache(of status: StatusReport) -> String {
        let cache = status.cache
        let share = Double(cache.usedBytes) / Double(max(1, cache.maximumBytes))
        let fault = cache.fault.map { "; \($0)" } ?? ""
        return "\(Amount.of(cache.readings, "reading")) in "
            + "\(Amount.of(cache.batches, "batch", "batches")), \(Amount.bytes(cache.usedBytes)) of "
            + "\(Amount.bytes(cache.maximumBytes)) (\(Amount.share(share)))\(fault)"
    }

    private static func buses(_ buses: [BusSummary], on page: Page) -> String {
        var table = TextTable([
            .text("BUS"), .text("STATE"), .number("ANSWER"), .number("LOAD"), .text(""),
        ])
        for bus in buses {
            table.add([
                .init(bus.name),
                bus.isConnected ? .init("connected", .green) : .init("down", .red),
                .init("\(bus.devicesAnswering)/\(bus.devicesTotal)"),
                .init(Amount.share(bus.load)), .init(bus.fault ?? "", .red),
            ])
        }
        return table.text(on: page)
    }

    private static func destinations(_ list: [DestinationSummary], _ page: Page) -> String {
        var table = TextTable([.text("DESTINATION"), .text("STATE"), .number("BEHIND"), .text("")])
        for destination in list {
            let waiting = destination.waitingSince.map { "for \(page.length($0))" }
            table.add([
                .init(destination.name),
                destination.isConnected ? .init("connected", .green) : .init("down", .red),
                .init(Amount.of(destination.batchesBehind, "batch", "batches")),
                destination.fault.map { .init($0, .red) } ?? .init(waiting ?? ""),
            ])
        }
        return table.text(on: page)
    }
}

extension Page {
    /// The same page with the clocks of the site.
    func adopting(_ timeZone: String?) -> Page {
        var page = self
        if page.zone != .utc { page.zone = .adopt(timeZone) }
        return page
    }
}

import ArgumentParser
import Execution
import MaintenanceAPI

/// `linli chargers`: every charger of a group; stops and starts one.
struct ChargersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chargers",
        abstract: "Show the chargers that share a limit; stop and start one.",
        subcommands: [List.self, Start.self, Stop.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Show every charger: what its car does, what it may draw, and why.",
            discussion: """
                DRAWN is what is measured, TOLD what the charger has confirmed, KEPT the most it \
                may be drawing, all in amperes on its busiest phase.
                """)
        @OptionGroup var daemon: DaemonOptions

        func run() async throws {
            try await daemon.show("chargers") { (report: ChargersReport, page: Page) in
                ChargersCommand.text(of: report, on: page)
            }
        }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "stop", abstract: "Have a charger charge nothing.")
        @Argument(help: "The charger, as the site document names its device.")
        var charger: String
        @Option(
            name: .customLong("for"),
            help: "For how long, such as 2h. (default: until it is started)")
        var time: SpanArgument?
        @OptionGroup var daemon: DaemonOptions

        func run() async throws {
            try await daemon.switchCharger(
                charger, isStarting: false, seconds: time?.duration.inSeconds)
        }
    }

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "start", abstract: "Let a charger that was stopped charge again.")
        @Argument(help: "The charger, as the site document names its device.")
        var charger: String
        @OptionGroup var daemon: DaemonOptions

        func run() async throws {
            try await daemon.switchCharger(charger, isStarting: true, seconds: nil)
        }
    }

    static func text(of report: ChargersReport, on page: Page) -> String {
        guard !report.chargers.isEmpty else { return "no chargers share a limit\n" }
        var groups = TextTable([
            .text("GROUP"), .number("LIMIT"), .text("AVAILABLE"), .text("KEPT"), .text("FEEDER"),
            .text("FAULTS"),
        ])
        for group in report.groups {
            groups.add([
                .init(group.name), .init("\(group.limit) A"), .init(Self.phases(group.available)),
                .init(Self.phases(group.reserved), Self.isOver(group) ? .red : nil),
                .init(Self.feeder(of: group)),
                .init(group.faults.joined(separator: "; "), group.faults.isEmpty ? nil : .red),
            ])
        }
        return groups.text(on: page) + "\n" + text(of: report.chargers, on: page)
    }

    static func text(of chargers: [ChargerReport], on page: Page) -> String {
        var table = TextTable([
            .text("CHARGER"), .text("GROUP"), .text("STATE"), .number("DRAWN"), .number("TOLD"),
            .number("KEPT"), .number("ENERGY"), .text("WHY"),
        ])
        for charger in chargers {
            var why = charger.reason
            if let until = charger.stoppedUntil { why += ", starts \(page.age(until))" }
            table.add([
                .init(charger.name), .init(charger.group),
                .init(charger.state, charger.state == "fault" ? .red : nil),
                .init(charger.drawn.map { "\($0) A" } ?? "-"),
                .init(
                    charger.commanded.map { "\($0) A" } ?? "-",
                    charger.commanded == charger.target ? nil : .yellow),
                .init("\(charger.reserved) A"), .init(Self.energy(of: charger)),
                .init(
                    ([why] + charger.faults).joined(separator: "; "),
                    charger.faults.isEmpty ? nil : .red),
            ])
        }
        return table.text(on: page)
    }

    private static func isOver(_ group: ChargersReport.Group) -> Bool {
        zip(group.reserved, group.available).contains { $0 > $1 }
    }

    /// A current by phase: once where all are alike.
    private static func phases(_ amperes: [Int]) -> String {
        let texts = amperes.map { String($0) }
        return (Set(texts).count == 1 ? texts.first ?? "-" : texts.joined(separator: "/")) + " A"
    }

    private static func feeder(of group: ChargersReport.Group) -> String {
        guard let limit = group.feederLimit, let readings = group.feeder else { return "-" }
        let words = readings.map { $0.map { String($0) } ?? "?" }
        return "\(words.joined(separator: "/")) of \(limit) A"
    }

    private static func energy(of charger: ChargerReport) -> String {
        guard let energy = charger.energy else { return "-" }
        return [energy, charger.energyUnit].compactMap(\.self).joined(separator: " ")
    }
}

extension DaemonOptions {
    fileprivate func switchCharger(
        _ charger: String, isStarting: Bool, seconds: Double?
    ) async throws {
        try await ask { client in
            let request = ChargerRequest(
                charger: charger, isStarting: isStarting, seconds: seconds, by: Operator.name)
            let answer: DaemonClient.Answer<ChargerReport> = try await client.post(
                "chargers/switch", request)
            try print(answer) { ChargersCommand.text(of: [$0], on: .current()) }
        }
    }
}

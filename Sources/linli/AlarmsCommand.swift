import ArgumentParser
import MaintenanceAPI

/// `linli alarms`: every alarm and valve; acknowledges and tests.
struct AlarmsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alarms", abstract: "Show alarms and valves; acknowledge, test.",
        subcommands: [List.self, Acknowledge.self, Test.self, OpenValve.self, CloseValve.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Show every alarm and valve.")
        @OptionGroup var daemon: DaemonOptions

        func run() async throws {
            try await daemon.show("alarms") { (report: AlarmsReport, page: Page) in
                AlarmsCommand.text(of: report, on: page)
            }
        }
    }

    struct Acknowledge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ack", abstract: "Acknowledge an alarm: somebody has seen to it.",
            discussion: """
                A latched alarm is over once it is acknowledged and its condition is gone. Valves \
                stay shut: see `linli alarms open`.
                """)
        @Argument(help: "The alarm, as the site document names it.")
        var alarm: String
        @OptionGroup var daemon: DaemonOptions

        func run() async throws {
            try await daemon.ask { client in
                let request = AlarmRequest(alarm: alarm, by: Operator.name)
                let answer: DaemonClient.Answer<AlarmsReport> = try await client.post(
                    "alarms/acknowledge", request)
                try daemon.print(answer) { AlarmsCommand.text(of: $0, on: .current()) }
            }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "test", abstract: "Try the chain of an alarm, without shutting a valve.",
            discussion:
                "Exit code 1 where a step of the chain does not work, or the test was broken off.")
        @Argument(help: "The alarm, as the site document names it.")
        var alarm: String
        @OptionGroup var daemon: DaemonOptions

        func run() async throws {
            try await daemon.ask { client in
                let request = AlarmRequest(alarm: alarm, by: Operator.name)
                let answer: DaemonClient.Answer<AlarmTestReport> = try await client.post(
                    "alarms/test", request)
                try daemon.print(answer) { AlarmsCommand.text(of: $0, on: .current()) }
                if let reason = answer.value.brokenOff {
                    throw CommandFailure.bad(
                        "the test of \(alarm) was broken off: \(reason); it says nothing about the "
                            + "chain",
                        hint: "see `linli alarms`, and test again once that is over")
                }
                guard answer.value.hasPassed else {
                    throw CommandFailure.bad("the chain of \(alarm) does not work")
                }
            }
        }
    }

    struct OpenValve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "open", abstract: "Open a valve that an alarm has shut.",
            discussion: "Refused while an alarm holds it.")
        @Argument(help: "The valve, as the site document names it.")
        var valve: String
        @OptionGroup var daemon: DaemonOptions

        func run() async throws { try await daemon.turn(valve, isClosing: false) }
    }

    struct CloseValve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "close", abstract: "Shut a valve by hand.")
        @Argument(help: "The valve, as the site document names it.")
        var valve: String
        @OptionGroup var daemon: DaemonOptions

        func run() async throws { try await daemon.turn(valve, isClosing: true) }
    }

    static func text(of report: AlarmsReport, on page: Page) -> String {
        guard !report.alarms.isEmpty || !report.valves.isEmpty else { return "no alarms\n" }
        var table = TextTable([
            .text("ALARM"), .text("SEVERITY"), .text("STATE"), .text("SINCE"), .text("SEEN BY"),
            .text(""),
        ])
        for alarm in report.alarms {
            table.add([
                .init(alarm.name), .init(alarm.severity),
                .init(alarm.state, Self.colour(of: alarm.state)), .init(page.age(alarm.since)),
                .init(alarm.acknowledgedBy ?? "-"),
                .init(([alarm.message].compactMap { $0 } + alarm.faults).joined(separator: "; ")),
            ])
        }
        return table.text(on: page)
            + (report.valves.isEmpty ? "" : "\n" + text(of: report.valves, on: page))
    }

    static func text(of valves: [ValveReport], on page: Page) -> String {
        var table = TextTable([.text("VALVE"), .text("STATE"), .text("DRIVEN"), .text("CONTACT")])
        for valve in valves {
            table.add([
                .init(valve.name), .init(valve.state), .init(valve.isDriven ? "yes" : "no"),
                .init(valve.isClosed.map { $0 ? "closed" : "not closed" } ?? "unknown"),
            ])
        }
        return table.text(on: page)
    }

    static func text(of report: AlarmTestReport, on page: Page) -> String {
        var table = TextTable([.text("STEP"), .text("RESULT"), .text("")])
        for step in report.steps {
            table.add([
                .init(step.name),
                step.hasPassed ? .init("passed", .green) : .init("failed", .red),
                .init(step.details),
            ])
        }
        return table.text(on: page)
    }

    private static func colour(of state: String) -> Page.Colour? {
        switch state {
        case "quiet": .green
        case "active", "latched": .red
        default: .yellow
        }
    }
}

extension DaemonOptions {
    fileprivate func turn(_ valve: String, isClosing: Bool) async throws {
        try await ask { client in
            let request = ValveRequest(valve: valve, isClosing: isClosing, by: Operator.name)
            let answer: DaemonClient.Answer<ValveReport> = try await client.post(
                "valves/turn", request)
            try print(answer) { AlarmsCommand.text(of: [$0], on: .current()) }
        }
    }
}

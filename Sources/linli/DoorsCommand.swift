import ArgumentParser
import MaintenanceAPI

/// `linli doors`: every door; releases one.
struct DoorsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doors", abstract: "Show every door; release one.",
        subcommands: [List.self, Release.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Show every door.")
        @OptionGroup var daemon: DaemonOptions

        func run() async throws {
            try await daemon.show("doors") { (doors: [DoorReport], page: Page) in
                DoorsCommand.text(of: doors, on: page)
            }
        }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "release", abstract: "Release a door for as long as it is set up for.",
            discussion: "Who released it is in the audit trail.")
        @Argument(help: "The door, as the site document names it.")
        var door: String
        @OptionGroup var daemon: DaemonOptions

        func run() async throws {
            try await daemon.ask { client in
                let request = DoorRequest(door: door, by: Operator.name)
                let answer: DaemonClient.Answer<DoorReport> = try await client.post(
                    "doors/release", request)
                try daemon.print(answer) { DoorsCommand.text(of: [$0], on: .current()) }
            }
        }
    }

    static func text(of doors: [DoorReport], on page: Page) -> String {
        guard !doors.isEmpty else { return "no doors\n" }
        var table = TextTable([
            .text("DOOR"), .text("STATE"), .text("SINCE"), .text("STRIKE"), .text("CONTACT"),
            .text(""),
        ])
        for door in doors {
            table.add([
                .init(door.name),
                .init(door.state, door.state == "secure" ? .green : .yellow),
                .init(page.age(door.since)),
                .init(Self.strike(door.isStrikeActive)),
                .init(Self.contact(door.isClosed)),
                .init(door.faults.joined(separator: "; "), .red),
            ])
        }
        return table.text(on: page)
    }

    static func strike(_ isActive: Bool?) -> String {
        isActive.map { $0 ? "active" : "inactive" } ?? "unknown"
    }

    static func contact(_ isClosed: Bool?) -> String {
        isClosed.map { $0 ? "closed" : "open" } ?? "unknown"
    }
}

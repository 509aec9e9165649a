import ArgumentParser
import Execution
import MaintenanceAPI

/// `linli lights`: every lighting circuit; overrides one for a time.
struct LightsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lights", abstract: "Show the lighting circuits; switch one for a time.",
        subcommands: [List.self, On.self, Off.self, Level.self, Auto.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Show every circuit: what it is, and why.")
        @OptionGroup var daemon: DaemonOptions

        func run() async throws {
            try await daemon.show("lights") { (circuits: [CircuitReport], page: Page) in
                LightsCommand.text(of: circuits, on: page)
            }
        }
    }

    /// What an override needs to know.
    struct Override: ParsableArguments {
        @Argument(help: "The circuit, as the site document names it.")
        var circuit: String
        @Option(name: .customLong("for"), help: "For how long, such as 2h. (default: 30m)")
        var time: SpanArgument?
        @OptionGroup var daemon: DaemonOptions

        func apply(level: Int) async throws {
            let span = time?.duration ?? .seconds(1_800)
            try await daemon.override(circuit, level: level, seconds: span.inSeconds)
        }
    }

    struct On: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "on", abstract: "Switch a circuit on for a time.")
        @OptionGroup var override: Override
        func run() async throws { try await override.apply(level: 100) }
    }

    struct Off: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "off", abstract: "Switch a circuit off for a time.")
        @OptionGroup var override: Override
        func run() async throws { try await override.apply(level: 0) }
    }

    struct Level: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "level", abstract: "Dim a circuit for a time.")
        @OptionGroup var override: Override
        @Argument(help: "The dimming level, 0 to 100.")
        var level: Int

        func validate() throws {
            guard (0...100).contains(level) else {
                throw ValidationError("a dimming level lies in 0...100")
            }
        }

        func run() async throws { try await override.apply(level: level) }
    }

    struct Auto: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "auto", abstract: "Give a circuit back to its control program.")
        @Argument(help: "The circuit, as the site document names it.")
        var circuit: String
        @OptionGroup var daemon: DaemonOptions

        func run() async throws { try await daemon.override(circuit, level: nil, seconds: nil) }
    }

    static func text(of circuits: [CircuitReport], on page: Page) -> String {
        guard !circuits.isEmpty else { return "no lighting circuits\n" }
        var table = TextTable([
            .text("CIRCUIT"), .text("WANTED"), .text("COMMANDED"), .text("NEXT CHANGE"),
            .text("WHY"),
        ])
        for circuit in circuits {
            let next = circuit.overrideUntil ?? circuit.nextChange
            table.add([
                .init(circuit.name), .init(Self.word(circuit.level)),
                .init(
                    circuit.commanded.map(Self.word) ?? "-",
                    circuit.commanded == circuit.level ? nil : .yellow),
                .init(next.map { page.age($0) } ?? "-"),
                .init(([circuit.reason] + circuit.faults).joined(separator: "; ")),
            ])
        }
        return table.text(on: page)
    }

    private static func word(_ level: Int) -> String {
        switch level {
        case 0: "off"
        case 100: "on"
        default: "\(level) %"
        }
    }
}

extension DaemonOptions {
    fileprivate func override(_ circuit: String, level: Int?, seconds: Double?) async throws {
        try await ask { client in
            let request = LightRequest(
                circuit: circuit, level: level, seconds: seconds, by: Operator.name)
            let answer: DaemonClient.Answer<CircuitReport> = try await client.post(
                "lights/override", request)
            try print(answer) { LightsCommand.text(of: [$0], on: .current()) }
        }
    }
}

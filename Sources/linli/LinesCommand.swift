import ArgumentParser
import MaintenanceAPI

/// `linli lines`: every line, what is commanded and what is sensed.
struct LinesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lines", abstract: "Show every line: what is commanded, what is sensed.",
        discussion: "Exit code 0 even where a line has a fault.")

    @OptionGroup var daemon: DaemonOptions
    @Flag(help: "Only lines with a fault.")
    var faulty = false

    func run() async throws {
        try await daemon.ask { client in
            let answer: DaemonClient.Answer<[LineReport]> = try await client.get("lines")
            let page = Page.current()
            guard faulty else { return try daemon.print(answer) { Self.text(of: $0, on: page) } }
            let chosen = answer.value.filter { $0.fault != nil }
            let json = String(decoding: try MaintenanceJSON.encode(chosen), as: UTF8.self)
            try daemon.print(DaemonClient.Answer(value: chosen, json: json)) {
                $0.isEmpty ? "no line has a fault\n" : Self.text(of: $0, on: page)
            }
        }
    }

    static func text(of lines: [LineReport], on page: Page) -> String {
        guard !lines.isEmpty else { return "no lines\n" }
        var table = TextTable([
            .text("LINE"), .text("USE"), .text("COMMANDED"), .text("SENSED"), .text("SINCE"),
            .text("PLACE"),
        ])
        for line in lines {
            table.add([
                .init(line.name), .init(line.use), .init(Self.word(line.commanded)),
                line.fault.map { .init($0, .red) }
                    ?? .init(
                        line.sensed == nil && line.commanded != nil
                            ? "not sensed" : Self.word(line.sensed)),
                .init(page.age(line.since)), .init(line.place),
            ])
        }
        return table.text(on: page)
    }

    private static func word(_ isActive: Bool?) -> String {
        isActive.map { $0 ? "active" : "inactive" } ?? "-"
    }
}

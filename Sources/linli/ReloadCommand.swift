import ArgumentParser
import MaintenanceAPI

/// `linli reload`: takes a changed site document over.
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Take a changed site document over.",
        discussion: """
            linlid checks the document and, where it is valid, restarts what changed and nothing \
            else. A document with faults is refused as a whole: what ran goes on, and the exit \
            code is 1.
            """)

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try await daemon.ask { client in
            let answer: DaemonClient.Answer<ReloadReport> = try await client.post(
                "reload", [String: String]())
            try daemon.print(answer) { Self.text(of: $0, on: .current()) }
            guard answer.value.isApplied else {
                throw CommandFailure.bad(
                    "\(answer.value.site) was refused: "
                        + Amount.of(answer.value.faults.count, "fault"),
                    hint: "what ran goes on; mend the document and reload again")
            }
        }
    }

    static func text(of report: ReloadReport, on page: Page) -> String {
        guard report.isApplied else {
            return report.faults.map { page.paint($0.printable, .red) + "\n" }.joined()
        }
        let changes = [
            ("buses", report.buses), ("devices", report.devices),
            ("destinations", report.destinations), ("others", report.others),
        ].filter { !$0.1.isEmpty }
        let warnings = report.warnings.map { page.paint($0.printable, .yellow) + "\n" }.joined()
        guard !changes.isEmpty else {
            return "\(report.site.printable): nothing changed\n" + warnings
        }
        let version = report.siteVersion.map { "version \($0) " } ?? ""
        return "\(report.site.printable): \(version)taken over\n"
            + changes.flatMap { title, lines in
                lines.enumerated().map { page.fact($0 == 0 ? title : "", $1) }
            }.joined() + warnings
    }
}

import ArgumentParser
import DeviceProfiles
import Documents
import SiteConfiguration

/// `linli check`: every fault of a site document, and what is doubtful in it.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check a site document, without linlid.",
        discussion: """
            Prints every fault with its line and its path; the exit code is then 1. A document \
            without faults is taken by linlid; its warnings tell what will likely not do as is \
            expected, and with --strict they end with 1, too.
            """)

    @Argument(
        help: "The site document, or - for standard input.",
        completion: .file(extensions: ["yaml"]))
    var document: String?
    @Option(
        help: "The site document, as linlid is given it.",
        completion: .file(extensions: ["yaml"]))
    var site: String?
    @Option(help: "The board's document: what the names of serial ports stand for.")
    var board: String?
    @Option(help: "A folder with profiles of your own.")
    var profiles: String?
    @Flag(help: "Warnings end with 1, as faults do.")
    var strict = false
    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (document == nil) != (site == nil) else {
            throw ValidationError("Name one site document: `linli check site.yaml`.")
        }
    }

    func run() async throws {
        try await CommandFailure.reported(asJSON: json) {
            let list: FaultList
            do throws(DocumentFaults) {
                let checked = try load()
                list = FaultList(
                    [], warnings: checked.warnings, sound: Self.summary(of: checked.site))
            } catch {
                list = FaultList(error.faults)
            }
            try list.report(of: name, isStrict: strict, isJSON: json)
        }
    }

    private var path: String { document ?? site ?? "" }
    private var name: String { path == "-" ? "standard input" : path }

    private func load() throws(DocumentFaults) -> SiteDocument.Checked {
        var library = try ProfileLibrary.shipped()
        if let profiles { library = try library.loading(folder: profiles) }
        let board: BoardDocument?
        if let file = self.board { board = try BoardDocument.load(file) } else { board = nil }
        guard path == "-" else {
            return try SiteDocument.check(path, board: board, profiles: library)
        }
        return try SiteDocument.check(
            try StandardStream.inputText(as: name), file: name, board: board, profiles: library)
    }

    private static func summary(of site: SiteDocument) -> String {
        let parts = [
            Amount.of(site.buses.count, "bus", "buses"),
            Amount.of(site.devices.count, "device"),
            Amount.of(site.destinations.count, "destination"),
        ]
        let mechanisms = [
            (site.lockers.reduce(0) { $0 + $1.compartments.count }, "compartment"),
            (site.doors.count, "door"), (site.lighting.count, "lighting circuit"),
            (site.charging.count, "charging group"),
            (site.valves.count, "valve"), (site.alarms.count, "alarm"),
        ].filter { $0.0 > 0 }.map { Amount.of($0.0, $0.1) }
        return (parts + mechanisms).joined(separator: ", ")
    }
}

import ArgumentParser
import DeviceProfiles
import Documents
import SiteConfiguration

/// `linli check`: every fault of a site document.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check a site document, without linlid.",
        discussion: "Prints every fault with its line and its path; the exit code is then 1.")

    @Argument(help: "The site document.", completion: .file(extensions: ["yaml"]))
    var site: String
    @Option(help: "The board's document: what the names of serial ports stand for.")
    var board: String?
    @Option(help: "A folder with profiles of your own.")
    var profiles: String?
    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await CommandFailure.reported {
            let (document, faults) = load()
            let sound = document.map { site in
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
                return "\(self.site): sound: \((parts + mechanisms).joined(separator: ", "))"
            }
            try FaultList(faults).report(sound: sound ?? "", isJSON: json)
        }
    }

    private func load() -> (SiteDocument?, [DocumentFault]) {
        do throws(DocumentFaults) {
            var library = try ProfileLibrary.shipped()
            if let profiles { library = try library.loading(folder: profiles) }
            let board: BoardDocument?
            if let file = self.board { board = try BoardDocument.load(file) } else { board = nil }
            return (try SiteDocument.load(site, board: board, profiles: library), [])
        } catch {
            return (nil, error.faults)
        }
    }
}

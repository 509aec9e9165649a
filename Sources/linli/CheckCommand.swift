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
                "\(self.site): sound: \(Amount.of(site.buses.count, "bus", "buses")), "
                    + "\(Amount.of(site.devices.count, "device")), "
                    + "\(Amount.of(site.destinations.count, "destination"))"
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

import ArgumentParser
import DeviceProfiles
import Documents
import MaintenanceAPI
import Metering
import Modbus

/// Where profiles are looked for, and how they are printed.
struct ProfileOptions: ParsableArguments {
    @Option(help: "A folder with profiles of your own.")
    var profiles: String?
    @Flag(help: "Print JSON.")
    var json = false
}

/// `linli profile list`: the devices that are known.
struct ListProfilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the devices that are known, without linlid.")

    @Argument(help: "Only those with this word in their name, vendor, model or kind.")
    var word: String?
    @OptionGroup var options: ProfileOptions

    func run() async throws {
        try await CommandFailure.reported(asJSON: options.json) {
            let library = try ProfileLibrary.forCommand(folder: options.profiles)
            let wanted = word?.lowercased() ?? ""
            let found = try library.identifiers.compactMap { try library.known($0) }.filter { one in
                wanted.isEmpty
                    || [one.id, one.vendor, one.model, one.kind.rawValue].contains {
                        $0.lowercased().contains(wanted)
                    }
            }
            guard !found.isEmpty else {
                throw CommandFailure.bad(
                    "no profile has \"\(word ?? "")\" in it",
                    hint: "`linli profile list` lists all of them")
            }
            try ProfileText.print(found, isJSON: options.json) {
                ProfileText.table(of: $0, on: .current())
            }
        }
    }
}

/// `linli profile show`: one device in full.
struct ShowProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the points and factory settings of a device, without linlid.")

    @Argument(help: "The profile, as a site document names it.")
    var profile: String
    @OptionGroup var options: ProfileOptions

    func run() async throws {
        try await CommandFailure.reported(asJSON: options.json) {
            let library = try ProfileLibrary.forCommand(folder: options.profiles)
            guard let found = try library.known(profile) else {
                let nearest = nearestNames(to: profile, among: library.identifiers)
                throw CommandFailure.bad(
                    "there is no profile \"\(profile)\"",
                    hint: nearest.isEmpty
                        ? "`linli profile list` lists them"
                        : "did you mean \(nearest.joined(separator: ", "))?")
            }
            try ProfileText.print([found], isJSON: options.json) {
                ProfileText.page(of: $0[0], on: .current())
            }
        }
    }
}

extension ProfileLibrary {
    /// The shipped profiles and those of a folder.
    fileprivate static func forCommand(folder: String?) throws(CommandFailure) -> ProfileLibrary {
        do throws(DocumentFaults) {
            let shipped = try ProfileLibrary.shipped()
            if let folder { return try shipped.loading(folder: folder) }
            return shipped
        } catch {
            throw .bad(error.description)
        }
    }

    fileprivate func known(_ id: String) throws(CommandFailure) -> DeviceProfile? {
        do throws(DocumentFaults) { return try profile(id) } catch {
            throw .bad(error.description)
        }
    }
}

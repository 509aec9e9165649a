import ArgumentParser
import DeviceProfiles

/// `linli profile`: what has to do with device profiles.
struct ProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Show and check device profiles.",
        subcommands: [
            ListProfilesCommand.self, ShowProfileCommand.self, CheckProfileCommand.self,
        ])
}

/// `linli profile check`: every fault of profiles.
struct CheckProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check device profiles, without linlid.",
        discussion: "Prints every fault with its line and its path; the exit code is then 1.")

    @Argument(help: "The profiles, each named <id>.yaml.", completion: .file(extensions: ["yaml"]))
    var files: [String]
    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await CommandFailure.reported(asJSON: json) {
            let faults = files.flatMap(ProfileLibrary.check(file:))
            let profiles = Amount.of(files.count, "profile")
            try FaultList(faults, sound: profiles).report(of: files[0], isJSON: json)
        }
    }
}

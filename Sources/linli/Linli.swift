import ArgumentParser
import MaintenanceAPI

/// The technician's command line.
@main
struct Linli: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "linli",
        abstract: "See and check a Linli gateway: its meters, its cache, its deliveries.",
        discussion: """
            Asks the linlid of this machine over its Unix socket; `check`, `profile` and `modbus read` \
            with --serial or --tcp work without it. Times are those of the site, unless TZ is set.

            EXIT CODES
              0   all is well
              1   the thing asked for is bad: a document with faults, a device that does not \
            answer, an unknown point; `status`: something needs looking after
              2   `status`: danger
              64  the command line makes no sense
              69  linlid cannot be reached

            ENVIRONMENT
              LINLI_SOCKET  the socket of linlid, in place of /run/linli/linlid.sock
              NO_COLOR      print no colours, also on a terminal
              TZ            the time zone of all times
            """,
        version: LinliVersion.text,
        groupedSubcommands: [
            CommandGroup(
                name: "State",
                subcommands: [
                    StatusCommand.self, BusesCommand.self, DevicesCommand.self, PointsCommand.self,
                    ReadCommand.self, WatchCommand.self, HistoryCommand.self,
                ]),
            CommandGroup(
                name: "Switching",
                subcommands: [
                    LinesCommand.self, LockersCommand.self, DoorsCommand.self, LightsCommand.self,
                    ChargersCommand.self, AlarmsCommand.self,
                ]),
            CommandGroup(
                name: "Delivery", subcommands: [CacheCommand.self, DeliveriesCommand.self]),
            CommandGroup(
                name: "Configuration",
                subcommands: [
                    CheckCommand.self, ProfileCommand.self, ReloadCommand.self, ModbusCommand.self,
                ]),
        ])

    /// Begins with arguments as people write them.
    static func main() async {
        let arguments = Arguments(Array(CommandLine.arguments.dropFirst()))
        if let failure = arguments.misspelt(in: Linli.self) {
            StandardStream.error.write(arguments.wantJSON ? failure.json : failure.usageText)
            exit(withError: ExitCode(failure.exitCode))
        }
        do {
            var command = try parseAsRoot(arguments.words)
            guard var asynchronous = command as? any AsyncParsableCommand else {
                return try command.run()
            }
            try await asynchronous.run()
        } catch {
            let code = exitCode(for: error)
            // What a command has said itself, and help, are no matter of JSON.
            if arguments.wantJSON, !code.isSuccess, !(error is ExitCode) {
                let failure = CommandFailure(
                    exitCode: code.rawValue, message: message(for: error), hint: nil)
                StandardStream.error.write(failure.json)
                exit(withError: code)
            }
            exit(withError: error)
        }
    }
}

import ArgumentParser
import Documents
import Execution
import Gateway
import Glibc
import LinuxSystem
import Logging
import Maintenance
import ServiceLifecycle
import UnixSignals

/// The gateway's daemon.
@main
struct Linlid: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "linlid",
        abstract: "Runs the gateway of a residential community.",
        discussion: """
            Reads the meters of the site document, keeps their readings in the state folder and \
            delivers them to its destinations. SIGTERM and SIGINT seal the open batch and end it; \
            SIGHUP reads the site document again.

            Exit codes:
              0   ended by a signal, nothing lost
              64  wrong command line
              70  ended by an internal error; worth a restart
              73  the state folder cannot be written
              75  another linlid uses the state folder
              78  the site document, the board or a profile is faulty: every fault was printed
            """,
        version: LinliVersion.text)

    @Option(help: ArgumentHelp("The site document.", valueName: "file"))
    var site: String

    @Option(
        help: ArgumentHelp("The board's file, which names its serial ports.", valueName: "file"))
    var board: String?

    @Option(help: ArgumentHelp("A folder of further device profiles.", valueName: "folder"))
    var profiles: String?

    @Option(help: ArgumentHelp("Where the cache is kept.", valueName: "folder"))
    var state = "/var/lib/linli"

    @Option(help: ArgumentHelp("Where linli reaches this daemon.", valueName: "path"))
    var socket = "/run/linli/linlid.sock"

    @Option(
        help: "How much to log: \(LogThreshold.allValueStrings.joined(separator: ", ")).")
    var log = LogThreshold.info

    func run() async throws {
        ProgramMemory.shareHeaps()
        let level = log.level
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let options = Gateway.Options(
            siteFile: site, boardFile: board, profileFolder: profiles, stateFolder: state,
            socketPath: socket)
        let loader = SiteLoader(options)
        let document: SiteLoader.Site
        do {
            document = try loader.load()
        } catch {
            for fault in error.faults { StandardError.say(fault.description) }
            StandardError.say("linlid: \(error.faults.count) faults; nothing was started")
            throw ExitCode(78)
        }
        let folder = try lockedFolder()
        let gateway: Gateway
        do {
            gateway = try await Gateway(
                site: document, options: options, time: .system, seed: .random(in: 0...UInt64.max),
                notifier: ServiceNotifier(environment: Self.environment),
                logger: Logger(label: "linlid"))
        } catch {
            StandardError.say("linlid: no cache in \(state): \(error)")
            throw ExitCode(73)
        }
        try await serve(gateway)
        _ = consume folder
    }

    private func serve(_ gateway: Gateway) async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [gateway, ReloadOnHangUp(gateway: gateway)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "linlid")))
        do {
            try await group.run()
        } catch {
            StandardError.say("linlid: \(error)")
            throw ExitCode(70)
        }
    }

    private func lockedFolder() throws -> StateDirectory {
        do throws(StateDirectoryError) {
            return try StateDirectory(path: state)
        } catch {
            StandardError.say("linlid: \(error)")
            if case .inUse = error { throw ExitCode(75) }
            throw ExitCode(73)
        }
    }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}

/// The levels of the log, as arguments.
enum LogThreshold: String, CaseIterable, ExpressibleByArgument {
    case trace, debug, info, notice, warning, error, critical

    var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
}

/// Where complaints go that come before logging, or beside it.
enum StandardError {
    static func say(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        // Where even the complaint cannot be written, the exit code says enough.
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}

/// Reads the site document again at SIGHUP, as daemons do.
struct ReloadOnHangUp: Service {
    let gateway: Gateway

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) {
                await reload()
            }
        }
    }

    private func reload() async {
        do {
            _ = try await gateway.reload()
        } catch {
            for fault in error.faults { StandardError.say(fault) }
        }
    }
}

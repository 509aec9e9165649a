import ArgumentParser
import Documents
import Execution
import Gateway
import Glibc
import LinuxSystem
import Logging
import Maintenance
import MaintenanceAPI
import ServiceLifecycle
import SiteConfiguration
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

            Where the state folder takes nothing (a disk that has failed, or was full from the \
            beginning), doors, lights and alarms work all the same: state is then kept in memory, \
            `linli status` says so, and what is new in it goes with the next restart of the machine.

            Exit codes:
              0   ended by a signal, nothing lost
              64  wrong command line
              70  ended by an internal error; worth a restart
              73  neither the state folder nor the one in memory can be written
              75  another linlid uses the state folder or the socket
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

    @Option(
        help: ArgumentHelp(
            "Where the cache is kept while the state folder takes nothing: in memory.",
            valueName: "folder"))
    var memory = "/run/linli/state"

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
        let document: SiteDocument
        do {
            let checked = try SiteLoader(options(state)).load()
            document = checked.site
            for warning in checked.warnings { StandardError.say(warning.description) }
        } catch {
            for fault in error.faults { StandardError.say(fault.description) }
            let count = error.faults.count == 1 ? "1 fault" : "\(error.faults.count) faults"
            StandardError.say("linlid: \(count); nothing was started")
            throw ExitCode(78)
        }
        do throws(StateUnusable) {
            try await serve(document, options(state))
        } catch {
            guard case .unusable(let reason) = error else { throw error.exitCode }
            StandardError.say("linlid: \(reason); state is kept in \(memory)")
            var options = options(memory)
            options.stateFault = reason
            do throws(StateUnusable) { try await serve(document, options) } catch {
                StandardError.say("linlid: \(error)")
                throw error.exitCode
            }
        }
    }

    private func options(_ stateFolder: String) -> Gateway.Options {
        Gateway.Options(
            siteFile: site, boardFile: board, profileFolder: profiles, stateFolder: stateFolder,
            socketPath: socket)
    }

    /// What is worth more than an empty beginning: latched alarms, overrides, parcels and codes.
    private static let kept = [
        "alarms.json", "lighting.json", "codes.key", "access.db", "access.db-wal", "audit.key",
        "audit.head",
    ]

    /// Runs a gateway on a state folder until it is told to end.
    private func serve(
        _ document: SiteDocument, _ options: Gateway.Options
    ) async throws(StateUnusable) {
        let folder: StateDirectory
        do throws(StateDirectoryError) {
            folder = try StateDirectory(path: options.stateFolder)
        } catch {
            if case .inUse = error {
                StandardError.say("linlid: \(error)")
                throw .ended(ExitCode(75))
            }
            throw .unusable("\(error)")
        }
        guard !ListeningSocket(path: options.socketPath).isServed else {
            StandardError.say(
                "linlid: another linlid serves \(options.socketPath), and would fight with this one "
                    + "for buses and lines; give this one another --socket and site, or end that one"
            )
            throw .ended(ExitCode(75))
        }
        if options.stateFault != nil {
            _ = StateCopy(from: state, to: options.stateFolder).copy(Self.kept)
        }
        let gateway: Gateway
        do {
            gateway = try await Gateway(
                site: document, options: options,
                edges: .system(
                    socketPath: options.socketPath, environment: Self.environment),
                seed: .random(in: 0...UInt64.max), logger: Logger(label: "linlid"),
                abandon: { parts in
                    let names = parts.joined(separator: ", ")
                    StandardError.say("linlid: did not end in time: \(names)")
                    // Everything is stored; a thread that hangs must not hold up the end.
                    _exit(0)
                })
        } catch {
            throw .unusable("no cache in \(options.stateFolder): \(error)")
        }
        do {
            try await serve(gateway)
        } catch {
            StandardError.say("linlid: \(error)")
            throw .ended(ExitCode(70))
        }
        _ = consume folder
    }

    private func serve(_ gateway: Gateway) async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [gateway, ReloadOnHangUp(gateway: gateway)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "linlid")))
        try await group.run()
    }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}

/// Why a gateway did not run, or not on.
enum StateUnusable: Error, CustomStringConvertible {
    /// Its state folder takes nothing.
    case unusable(String)
    /// Another folder would not help; this was said already.
    case ended(ExitCode)

    var exitCode: ExitCode {
        switch self {
        case .unusable: ExitCode(73)
        case .ended(let code): code
        }
    }

    var description: String {
        switch self {
        case .unusable(let reason): reason
        case .ended(let code): "ended with \(code.rawValue)"
        }
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
            for warning in try await gateway.reload().warnings { StandardError.say(warning) }
        } catch {
            for fault in error.faults { StandardError.say(fault) }
        }
    }
}

import ArgumentParser
import Execution
import LinuxSystem
import Receiving
import Simulation

/// `linli-sim platform`: stands for the city at the broker.
struct PlatformCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "platform",
        abstract: "Stand for the city at the broker: receive, check, store, acknowledge.",
        discussion: """
            Keeps a persistent session, so that the broker holds what arrives while it is away. \
            With --store, a message is on disk before it is acknowledged, and what the store \
            holds from earlier runs is known again.

            Ends with status 0 when messages arrived and none of them broke a promise; 3 when \
            the broker's certificates or the store cannot be used; 4 when nothing arrived, or a \
            batch came under two keys, out of order, unreadable, or is missing between others. \
            Usage errors are 64.
            """)

    @Option(help: "The broker: mqtt://HOST:PORT or mqtts://HOST:PORT.")
    var broker: String
    @Option(help: "Who signs the broker's certificate; needed for mqtts.")
    var ca: String?
    @Option(help: "The platform's own certificate.")
    var cert: String?
    @Option(help: "The key of that certificate.")
    var key: String?
    @Option(help: "The identifier of the site that is received.")
    var site: String
    @Option(help: "The name of the destination that this platform is.")
    var destination: String
    @Option(help: "What the topics begin with.")
    var topicRoot = "linli/v1"
    @Option(help: "A folder for what arrives; made where it is not there.")
    var store: String?
    @Flag(help: "Store, but never acknowledge.")
    var noAck = false
    @Option(help: "How long to wait with each acknowledgement.")
    var ackDelay: DurationOption?
    @Option(name: .customLong("for"), help: "Stop by itself after this long, such as 60s.")
    var time: DurationOption?
    @Flag(help: "Print the summary as JSON, and nothing else on standard output.")
    var json = false

    func validate() throws {
        guard let address = BrokerAddress(broker) else {
            throw ValidationError("--broker must be mqtt://HOST:PORT or mqtts://HOST:PORT")
        }
        guard !address.isEncrypted || ca != nil else {
            throw ValidationError("an mqtts:// broker needs --ca, who signs its certificate")
        }
        guard (cert == nil) == (key == nil) else {
            throw ValidationError("--cert and --key belong together")
        }
    }

    func run() async throws {
        guard let settings else { throw ExitCode.validationFailure }
        let time = TimeSource.system
        let isQuiet = json
        let platform = SimulatedPlatform(
            settings, wall: { time.wall().timestamp }, executor: ThreadExecutor(name: "platform"),
            notify: { TallyPrinter.notice($0) })
        let printer = TallyPrinter(isLive: !isQuiet && isTerminal, isSilent: isQuiet)
        try await serve(platform, printer)
        let report = platform.report
        say(isQuiet ? PlatformSummary(report).json : PlatformSummary(report).text, terminator: "")
        guard report.tally.messages + report.tally.duplicates > 0, !report.tally.isBroken else {
            throw ExitStatus.notAsPromised
        }
    }

    private var settings: PlatformSettings? {
        guard let address = BrokerAddress(broker) else { return nil }
        var settings = PlatformSettings(broker: address, site: site, destination: destination)
        if let ca { settings.files = BrokerFiles(authority: ca, certificate: cert, key: key) }
        settings.topicRoot = topicRoot
        settings.store = store
        settings.acknowledges = !noAck
        if let ackDelay { settings.acknowledgementDelay = ackDelay.duration }
        return settings
    }

    /// Runs the platform beside the printer until it is stopped.
    private func serve(_ platform: SimulatedPlatform, _ printer: TallyPrinter) async throws {
        let limit = time?.duration
        let failure = await withTaskGroup(of: Outcome.self) { group in
            group.addTask {
                do throws(PlatformError) { try await platform.run() } catch {
                    return Outcome.failed(error)
                }
                return .ended
            }
            group.addTask {
                await printer.run { platform.report }
                return .ended
            }
            group.addTask { await Stop.requested(after: limit) ? .stopped : .ended }
            var failure: PlatformError?
            waiting: for await outcome in group {
                switch outcome {
                case .ended: continue
                case .stopped: break waiting
                case .failed(let error):
                    failure = error
                    break waiting
                }
            }
            group.cancelAll()
            return failure
        }
        if let failure {
            complain("\(failure)")
            throw ExitStatus.unavailable
        }
    }

    private enum Outcome: Sendable {
        case ended
        case stopped
        case failed(PlatformError)
    }
}

import ArgumentParser
import DeviceProfiles
import Documents
import Execution
import Glibc
import LinuxSystem
import Simulation
import SiteConfiguration
import UnixSignals

/// `linli-sim run`: serves all buses of a site document until it is stopped.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Serve every bus of a site document with simulated devices.",
        discussion: """
            Serial buses become pseudo-terminals with the wire time of their baud rate, behind a \
            symbolic link at the path the document names (or in --pty-dir, by the bus's name). \
            TCP buses listen on the document's address, which must be a loopback address.

            Ends with status 0 when it is stopped (SIGINT, SIGTERM, --for), 1 when the document \
            has faults, 3 when a bus or the control socket cannot be opened.
            """)

    @Option(help: "The site document.")
    var site: String
    @Option(help: "The board's document, for the names of serial ports.")
    var board: String?
    @Option(help: "A folder with more profiles.")
    var profiles: String?
    @Option(help: "Makes the loads of all devices; the same seed, the same community.")
    var seed: UInt64 = 1
    @Option(help: "Where to listen for `fault` and `status`: the path of a Unix socket.")
    var control: String?
    @Option(help: "How many simulated seconds pass in one, for loads and counters.")
    var speed: Double = 1
    @Option(name: .customLong("pty-dir"), help: "Where the links to the terminals are made.")
    var terminalFolder: String?
    @Option(help: "From the end of a request to its answer on serial lines.")
    var turnaround: DurationOption?
    @Flag(help: "Drop frames that break a silence or a device's request gap, as strict meters do.")
    var strict = false
    @Flag(help: "Keep silent where a device has no registers, instead of exception 2.")
    var silentHoles = false
    @Option(name: .customLong("for"), help: "Stop by itself after this long, such as 60s.")
    var time: DurationOption?

    func validate() throws {
        guard speed > 0, speed <= 100_000 else {
            throw ValidationError("--speed must be more than 0 and at most 100000")
        }
    }

    func run() async throws {
        let document = try loadDocument()
        let time = TimeSource.system
        let clock = SimulationClock(
            origin: time.wall().timestamp, speed: speed,
            offsetFromUTC: ZoneOffset.now(document.site.timeZone))
        let community: SimulatedCommunity
        let control: ControlServer?
        do throws(CommunityError) {
            community = try SimulatedCommunity(document, options: options) {
                clock.time(at: time.wall().timestamp)
            }
        } catch {
            complain("\(error)")
            throw ExitStatus.unavailable
        }
        do throws(ControlError) { control = try makeControl(community) } catch {
            complain("\(error)")
            throw ExitStatus.unavailable
        }
        announce(community)
        await serve(community, control)
    }

    private var options: SimulationOptions {
        var options = SimulationOptions()
        options.seed = seed
        options.isStrict = strict
        options.isSilentAtHoles = silentHoles
        options.terminalFolder = terminalFolder
        if let turnaround { options.turnaround = turnaround.duration }
        return options
    }

    private func loadDocument() throws -> SiteDocument {
        do throws(DocumentFaults) {
            var library = try ProfileLibrary.shipped()
            if let profiles { library = try library.loading(folder: profiles) }
            let boardDocument = try loadBoard()
            return try SiteDocument.load(site, board: boardDocument, profiles: library)
        } catch {
            for fault in error.faults { complain("\(fault)") }
            throw ExitStatus.invalidDocument
        }
    }

    private func loadBoard() throws(DocumentFaults) -> BoardDocument? {
        guard let board else { return nil }
        return try BoardDocument.load(board)
    }

    private func makeControl(
        _ community: SimulatedCommunity
    ) throws(ControlError) -> ControlServer? {
        guard let control else { return nil }
        return try ControlServer(path: control, executor: ThreadExecutor(name: "sim-control")) {
            community.obey($0)
        }
    }

    private func announce(_ community: SimulatedCommunity) {
        let status = community.status
        for bus in status.buses {
            let count = status.devices.count { $0.bus == bus.name }
            say("\(bus.name): \(count) devices at \(bus.address)")
        }
        say("ready")
    }

    private func serve(_ community: SimulatedCommunity, _ control: ControlServer?) async {
        let limit = time?.duration
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await community.run(TimeSource.system)
                return false
            }
            if let control {
                group.addTask {
                    await control.run()
                    return false
                }
            }
            group.addTask { await Stop.requested(after: limit) }
            while await group.next() == false {}
            group.cancelAll()
        }
    }
}

import FoundationEssentials
import Glibc
import MaintenanceAPI
import Testing

/// A gateway with all that belongs to it, in a folder of its own: the daemon, its client and the
/// simulated devices are the real programs.
final class Scene {
    let folder: String
    private var programs: [Program] = []
    private var programCount = 0

    var siteFile: String { folder + "/site.yaml" }
    /// Given to the programs where the scene has written one.
    var boardFile: String { folder + "/board.yaml" }
    var socket: String { folder + "/linlid.sock" }
    var state: String { folder + "/state" }
    /// Where state goes when that folder takes none.
    var memory: String { folder + "/memory" }
    private var control: String { folder + "/sim.sock" }

    /// Sets the stage while `body` runs; whatever still runs then is ended.
    static func run(_ body: (Scene) async throws -> Void) async throws {
        var template = Array("/tmp/linli-gateway-XXXXXX".utf8CString)
        let scene = Scene(folder: String(cString: try #require(mkdtemp(&template))))
        defer { scene.clear() }
        try await body(scene)
    }

    private init(folder: String) {
        self.folder = folder
    }

    private func clear() {
        for program in programs { program.end() }
        // What stays behind in /tmp fails no test.
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Starts a program that is ended with the scene.
    func start(_ arguments: [String]) throws -> Program {
        programCount += 1
        let name = arguments[0].split(separator: "/").last ?? ""
        let program = try Program(arguments, log: "\(folder)/\(name)-\(programCount)")
        programs.append(program)
        return program
    }

    // MARK: - The site

    /// Writes the site document: the buses, the devices, whole lines of further sections, and the
    /// cache, each in YAML.
    func write(
        buses: [String], devices: [String], mechanisms: [String] = [], board: [String] = [],
        cache: String = "{sealEvery: 1s}"
    ) throws {
        if !board.isEmpty {
            try File.write(
                (["name: Test", "serial: {}", "lines:"] + board.map { "  " + $0 })
                    .joined(separator: "\n") + "\n", to: boardFile)
        }
        let lines =
            ["version: 1", "site: {id: test-site, name: Test, timeZone: Asia/Shanghai}"]
            + section("buses", buses) + section("devices", devices)
            + mechanisms + ["cache: \(cache)"]
        try File.write(lines.joined(separator: "\n") + "\n", to: siteFile)
    }

    private func section(_ name: String, _ entries: [String]) -> [String] {
        entries.isEmpty ? ["\(name): {}"] : ["\(name):"] + entries.map { "  " + $0 }
    }

    /// Writes a site of so many electricity meters, `meter-1` and on, all on the bus `b`: a serial
    /// line behind a transparent TCP server.
    func writeMeters(
        _ count: Int, reading points: String = "[voltage.l1, frequency]",
        timing: String = "", cache: String = "{sealEvery: 1s}"
    ) throws {
        let port = try Self.freePort()
        try write(
            buses: ["b: {rtuOverTCP: \"127.0.0.1:\(port)\"\(timing)}"],
            devices: (1...count).map {
                "meter-\($0): {profile: eastron-sdm120, bus: b, unit: \($0), every: 1s, "
                    + "read: \(points)}"
            },
            cache: cache)
    }

    /// A port of the loopback that nobody uses, below those that the kernel gives to clients.
    static func freePort() throws -> UInt16 {
        for _ in 0..<1_000 {
            let port = UInt16.random(in: 30_000..<32_700)
            let listener = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            defer { close(listener) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
            let status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if status == 0 { return port }
        }
        throw NoPort()
    }

    struct NoPort: Error {}

    // MARK: - The programs

    /// Where the programs are that were built beside these tests.
    static let binaries: String = {
        var path = [UInt8](repeating: 0, count: 4_096)
        let length = readlink("/proc/self/exe", &path, path.count)
        let program = String(decoding: path[..<max(0, length)], as: UTF8.self)
        return program.split(separator: "/").dropLast().map { "/" + $0 }.joined()
    }()

    /// Starts a daemon, and waits until it answers.
    func startDaemon() async throws -> Program {
        let daemon = try launchDaemon()
        try await eventually("linlid answers") {
            try #require(daemon.isRunning, "linlid ended: \(daemon.complaints)")
            return try await linli(["status", "--json"]).output.hasPrefix("{")
        }
        return daemon
    }

    /// Starts a daemon that may refuse.
    func launchDaemon() throws -> Program { try start(daemonWords) }

    /// The daemon's command line.
    var daemonWords: [String] {
        [
            Self.binaries + "/linlid", "--site", siteFile, "--state", state, "--socket", socket,
            "--memory", memory,
        ] + board
    }

    private var board: [String] { File.exists(boardFile) ? ["--board", boardFile] : [] }

    /// Starts a broker on the loopback, and the city behind it.
    ///
    /// - Returns: The city; it prints its tally as it goes.
    func startCity(port: UInt16, destination: String) async throws -> Program {
        let configuration = folder + "/mosquitto.conf"
        try File.write("listener \(port) 127.0.0.1\nallow_anonymous true\n", to: configuration)
        _ = try start(["/usr/sbin/mosquitto", "-c", configuration])
        try await eventually("the broker listens") {
            let probe = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            defer { close(probe) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
            return withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(probe, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
        }
        return try start([
            Self.binaries + "/linli-sim", "platform", "--broker", "mqtt://127.0.0.1:\(port)",
            "--site", "test-site", "--destination", destination, "--store", folder + "/city",
        ])
    }

    /// Starts the simulated devices of the site, and waits until they can be asked.
    func startDevices() async throws -> Program {
        let devices = try start(
            [Self.binaries + "/linli-sim", "run", "--site", siteFile, "--control", control] + board)
        try await eventually("linli-sim is ready") {
            try #require(devices.isRunning, "linli-sim ended: \(devices.complaints)")
            return devices.output.contains("ready")
        }
        return devices
    }

    /// Breaks or mends simulated devices.
    func fault(_ target: String, _ fault: String) async throws {
        try await simulate("fault", target, fault)
    }

    /// Has the simulation do something.
    func simulate(_ words: String...) async throws {
        let program = try start(
            [Self.binaries + "/linli-sim"] + words + ["--control", control])
        let exitCode = try await program.exitCode()
        try #require(exitCode == 0, "\(program.complaints)")
    }

    /// What a run of `linli` came to.
    struct Outcome {
        let exitCode: CInt
        let output: String
        let complaints: String
    }

    /// Runs `linli` to its end.
    func linli(_ arguments: [String]) async throws -> Outcome {
        let isOffline = arguments.first == "check"
        let program = try start(
            [Self.binaries + "/linli"] + arguments + (isOffline ? [] : ["--socket", socket]))
        return Outcome(
            exitCode: try await program.exitCode(), output: program.output,
            complaints: program.complaints)
    }

    /// Runs `linli` with `--json`, and decodes what it prints.
    func ask<Report: Decodable>(
        _ arguments: String...
    ) async throws -> Report {
        try await ask(arguments)
    }

    func ask<Report: Decodable>(_ arguments: [String]) async throws -> Report {
        let program = try start(
            [Self.binaries + "/linli"] + arguments + ["--json", "--socket", socket])
        let exitCode = try await program.exitCode()
        // The status also says by its exit code that there is something to look after.
        let isWell = exitCode == 0 || arguments.first == "status" && program.complaints.isEmpty
        try #require(isWell, "linli \(arguments): \(program.complaints)")
        return try Self.decode(Report.self, program.output)
    }

    static func decode<Report: Decodable>(_ type: Report.Type, _ json: String) throws -> Report {
        try MaintenanceJSON.decode(type, from: Data(json.utf8))
    }

    var status: StatusReport {
        get async throws { try await ask("status") }
    }

    func device(_ name: String) async throws -> DeviceReport {
        let devices: [DeviceReport] = try await ask("devices", name)
        return try #require(devices.first)
    }

    func bus(_ name: String) async throws -> BusReport {
        let buses: [BusReport] = try await ask("buses")
        return try #require(buses.first { $0.name == name })
    }

    /// The readings of the last minutes that have a value.
    func goodSamples(of point: String) async throws -> [HistorySample] {
        let report: HistoryReport = try await ask("history", point, "--last", "1h")
        return report.samples.filter { $0.value != nil }
    }
}

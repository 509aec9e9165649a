import Execution
import Glibc
import Simulation
import TestSupport
import Testing

/// A mosquitto broker of the test's own, on a port of the loopback, and mosquitto's clients.
struct RealBroker {
    let port: UInt16
    let folder: String

    static let path = "/usr/sbin/mosquitto"
    static var isInstalled: Bool {
        [path, "/usr/bin/mosquitto_pub", "/usr/bin/mosquitto_sub"].allSatisfy {
            (program: String) in access(program, X_OK) == 0
        }
    }

    /// Runs a broker while `body` does.
    static func run<Result>(
        _ body: (RealBroker) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryFolder { folder in
            let port = try freePort()
            let configuration = folder + "/mosquitto.conf"
            append(
                "listener \(port) 127.0.0.1\nallow_anonymous true\nuser root\nlog_dest none\n",
                to: configuration)
            let process = try spawn([path, "-c", configuration])
            defer { end(process) }
            while !accepts(port) { usleep(10_000) }
            return try await body(RealBroker(port: port, folder: folder))
        }
    }

    /// Publishes at QoS 1, and returns once the broker has taken it.
    func publish(_ payload: [UInt8], to topic: String) throws {
        let file = folder + "/payload"
        unlink(file)
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(write(descriptor, payload, payload.count) == payload.count)
        close(descriptor)
        let process = try Self.spawn([
            "/usr/bin/mosquitto_pub", "-p", "\(port)", "-q", "1", "-t", topic, "-f", file,
        ])
        var status: CInt = 0
        waitpid(process, &status, 0)
        try #require(status == 0)
    }

    /// The messages of a topic, each of one or more lines, that come while `body` runs.
    ///
    /// The broker keeps them for a session that subscribes before and asks after.
    func collect(
        _ count: Int, of topic: String, while body: () async throws -> Void
    ) async throws -> [String] {
        let session = "-p \(port) -i collector -c -q 1 -t \(topic)"
        try Self.run("/usr/bin/mosquitto_sub \(session) -E")
        try await body()
        try Self.run("/usr/bin/mosquitto_sub \(session) -C \(count) -W 10 > \(folder)/collected")
        let descriptor = open(folder + "/collected", O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let length = max(0, read(descriptor, &bytes, bytes.count))
        return String(decoding: bytes[..<length], as: UTF8.self).split(separator: "\n")
            .map(String.init)
    }

    private static func run(_ command: String) throws {
        let process = try spawn(["/bin/sh", "-c", command])
        var status: CInt = 0
        waitpid(process, &status, 0)
        try #require(status == 0, "\(command)")
    }

    private static func freePort() throws -> UInt16 {
        try SimulatedServer(
            host: "127.0.0.1", port: 0, framing: .rtu, devices: [],
            clock: { SimulatedTime(localSeconds: 0) }, executor: ThreadExecutor(name: "port")
        ).port
    }

    private static func accepts(_ port: UInt16) -> Bool {
        // A refused connection is what is waited for to end.
        (try? RawConnection(port: port)) != nil
    }

    private static func spawn(_ arguments: [String]) throws -> pid_t {
        var process: pid_t = 0
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        let status = posix_spawn(&process, arguments[0], nil, nil, &pointers, environ)
        try #require(status == 0)
        return process
    }

    private static func end(_ process: pid_t) {
        kill(process, SIGKILL)
        var status: CInt = 0
        waitpid(process, &status, 0)
    }
}

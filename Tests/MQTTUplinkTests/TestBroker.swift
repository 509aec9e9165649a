import Glibc
import Synchronization
import Testing

/// A mosquitto broker of the test's own: a free port of the loopback, everything else in a
/// temporary folder. Ends with ``run(_:_:)``.
final class TestBroker {
    static let program = "/usr/sbin/mosquitto"
    static let isInstalled = [program, "/usr/bin/openssl"].allSatisfy { (path: String) in
        access(path, X_OK) == 0
    }

    let port: UInt16
    let folder: String
    private var process: pid_t = 0

    /// Runs a broker while `body` does.
    ///
    /// - Parameter configuration: Lines of `mosquitto.conf` beside the listener; `FOLDER` stands
    ///   for the temporary folder.
    static func run(
        _ configuration: [String] = ["allow_anonymous true"],
        certificates: TestCertificates? = nil, port: UInt16? = nil,
        _ body: (TestBroker) async throws -> Void
    ) async throws {
        var template = Array("/tmp/linli-mqtt-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        defer { _ = try? spawnAndWait(["/bin/rm", "-r", folder]) }
        try certificates?.make(in: folder)
        let broker = TestBroker(port: try port ?? freePort(), folder: folder)
        try broker.configure(configuration)
        try broker.start()
        defer { broker.end(SIGKILL) }
        try await body(broker)
    }

    private init(port: UInt16, folder: String) {
        self.port = port
        self.folder = folder
    }

    func configure(_ lines: [String]) throws {
        let standard = ["listener \(port) 127.0.0.1", "user root", "log_type none"]
        let text = (standard + lines).joined(separator: "\n") + "\n"
        try write(text.replacing("FOLDER", with: folder), to: "mosquitto.conf")
    }

    func write(_ text: String, to name: String) throws {
        let file = try #require(fopen(folder + "/" + name, "w"))
        fputs(text, file)
        fclose(file)
    }

    /// Starts the broker, and waits until it listens.
    func start() throws {
        process = try Self.spawn([Self.program, "-c", folder + "/mosquitto.conf"])
        while !Self.accepts(port) {
            var status: CInt = 0
            try #require(waitpid(process, &status, WNOHANG) == 0, "the broker does not start")
            usleep(10_000)
        }
    }

    func signal(_ signal: CInt) {
        kill(process, signal)
    }

    func end(_ signal: CInt) {
        guard process > 0 else { return }
        kill(process, signal)
        var status: CInt = 0
        waitpid(process, &status, 0)
        process = 0
    }

    static func spawn(_ arguments: [String]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for stream in 1...2 {
            posix_spawn_file_actions_addopen(&actions, CInt(stream), "/dev/null", O_WRONLY, 0)
        }
        var process: pid_t = 0
        let words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        try #require(posix_spawn(&process, arguments[0], &actions, nil, words, environ) == 0)
        return process
    }

    @discardableResult
    static func spawnAndWait(_ arguments: [String]) throws -> CInt {
        let process = try spawn(arguments)
        var status: CInt = 0
        waitpid(process, &status, 0)
        return status
    }

    /// A port that nobody listens on and no other test is given.
    static func freePort() throws -> UInt16 {
        let (listener, port) = try listen()
        close(listener)
        return port
    }

    /// A listening socket on a port below those that the kernel gives away: one that is free now
    /// stays free until its broker has started.
    static func listen() throws -> (listener: CInt, port: UInt16) {
        while true {
            let port = nextPort.withLock { next in
                defer { next = next == 29_999 ? 10_000 : next + 1 }
                return next
            }
            let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            var address = loopback(port)
            let status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if status == 0 {
                try #require(Glibc.listen(listener, 4) == 0)
                return (listener, port)
            }
            close(listener)
        }
    }

    private static let nextPort = Mutex(UInt16(10_000 + Int(getpid()) * 97 % 20_000))

    private static func accepts(_ port: UInt16) -> Bool {
        let client = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(client) }
        var address = loopback(port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}

/// Certificates of an authority for tests, made with `openssl` in the broker's folder:
/// `authority.pem`, `broker.pem`, `gateway.pem` with their `.key`s, and `stranger.pem`, an
/// authority that has signed nothing.
struct TestCertificates {
    /// The name or address in the broker's certificate, as `IP:…` or `DNS:…`.
    var brokerName = "IP:127.0.0.1"

    func make(in folder: String) throws {
        try authority("authority", folder)
        try authority("stranger", folder)
        try signed("broker", ["-addext", "subjectAltName=\(brokerName)"], folder)
        try signed("gateway", [], folder)
    }

    private func authority(_ name: String, _ folder: String) throws {
        try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=\(name)", "-keyout", "\(folder)/\(name).key", "-out",
            "\(folder)/\(name).pem",
        ])
    }

    private func signed(_ name: String, _ extensions: [String], _ folder: String) throws {
        try openssl(
            [
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-subj", "/CN=\(name).test", "-keyout", "\(folder)/\(name).key", "-out",
                "\(folder)/\(name).csr",
            ] + extensions)
        try openssl([
            "x509", "-req", "-in", "\(folder)/\(name).csr", "-CA", "\(folder)/authority.pem",
            "-CAkey", "\(folder)/authority.key", "-CAcreateserial", "-copy_extensions", "copy",
            "-days", "2", "-out", "\(folder)/\(name).pem",
        ])
    }

    private func openssl(_ arguments: [String]) throws {
        try #require(try TestBroker.spawnAndWait(["/usr/bin/openssl"] + arguments) == 0)
    }
}

import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// A program that runs as a child of the test; what it prints goes into files.
///
/// Whoever starts one ends it with ``end(_:)``.
final class Program {
    let process: pid_t
    private let outputFile: String
    private let complaintFile: String
    private var status: CInt?

    /// - Parameter log: Where its output and complaints are written, with `.out` and `.err`.
    init(_ arguments: [String], log: String) throws {
        (outputFile, complaintFile) = (log + ".out", log + ".err")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, outputFile, flags, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, complaintFile, flags, 0o600)
        let words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let fault = posix_spawn(&process, arguments[0], &actions, nil, words, environ)
        try #require(fault == 0, "\(arguments[0]) cannot be started: \(fault)")
        self.process = process
    }

    /// What it has printed so far.
    var output: String { File.text(of: outputFile) }
    /// What it has written on standard error so far.
    var complaints: String { File.text(of: complaintFile) }

    var isRunning: Bool {
        reap(WNOHANG)
        return status == nil
    }

    /// The exit code, or 128 and the number of the signal that ended it.
    func exitCode() async throws -> CInt {
        try await eventually("process \(process) ends") { !isRunning }
        let status = try #require(status)
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    func signal(_ signal: CInt) {
        if isRunning { kill(process, signal) }
    }

    /// Ends it at once, if it still runs.
    func end() {
        signal(SIGKILL)
        reap(0)
    }

    private func reap(_ options: CInt) {
        guard status == nil else { return }
        var status: CInt = 0
        if waitpid(process, &status, options) == process { self.status = status }
    }
}

/// Waits until something is true: 30 s at most, and longer on a slower machine.
func eventually(_ what: String, _ isTrue: () async throws -> Bool) async throws {
    let hasComeTrue = try await Patience.wait(upTo: .seconds(30), until: isTrue)
    try #require(hasComeTrue, "it never came true: \(what)")
}

/// Small files.
enum File {
    static func text(of path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }
}

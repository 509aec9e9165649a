import ArgumentParser
import Maintenance

/// Why a command ends without what was asked of it, and what to do about it.
struct CommandFailure: Error, Hashable {
    var exitCode: Int32
    var message: String
    var hint: String?

    /// The thing asked for is bad.
    static func bad(_ message: String, hint: String? = nil) -> CommandFailure {
        CommandFailure(exitCode: 1, message: message, hint: hint)
    }

    /// linlid cannot be reached. Source of the number: sysexits(3), EX_UNAVAILABLE.
    static func unreachable(_ message: String, hint: String?) -> CommandFailure {
        CommandFailure(exitCode: 69, message: message, hint: hint)
    }

    init(exitCode: Int32, message: String, hint: String?) {
        self.exitCode = exitCode
        self.message = message
        self.hint = hint
    }

    init(_ problem: Problem) {
        let isAway = problem.isOf(.notReady)
        self.init(exitCode: isAway ? 69 : 1, message: problem.detail, hint: problem.hint)
    }

    /// For standard error.
    var text: String {
        let lines = "linli: \(message.printable)\n"
        return hint.map { lines + "       \($0.printable)\n" } ?? lines
    }

    /// Runs a command; a failure is printed, and becomes the exit code.
    static func reported(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let failure as CommandFailure {
            StandardStream.error.write(failure.text)
            throw ExitCode(failure.exitCode)
        }
    }
}

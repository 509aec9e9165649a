import ArgumentParser
import FoundationEssentials
import MaintenanceAPI

/// Why a command ends without what was asked of it, and what to do about it.
struct CommandFailure: Error, Hashable {
    var exitCode: Int32
    var message: String
    var hint: String?
    /// Whether what was printed says it already.
    var isSaid = false

    /// The thing asked for is bad.
    static func bad(
        _ message: String, hint: String? = nil, isSaid: Bool = false
    ) -> CommandFailure {
        var failure = CommandFailure(exitCode: 1, message: message, hint: hint)
        failure.isSaid = isSaid
        return failure
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

    /// For standard error, of a command line that makes no sense.
    var usageText: String {
        "linli: \(message)\n" + (hint.map { "       \($0)\n" } ?? "")
            + "Usage: linli <command>; see `linli --help`\n"
    }

    /// For programs.
    var json: String {
        struct Failure: Encodable {
            let error: String
            let hint: String?
            let exitCode: Int32
        }
        let failure = Failure(error: message, hint: hint, exitCode: exitCode)
        // Texts and a number can always be written.
        let data = (try? MaintenanceJSON.encode(failure)) ?? Data()
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    /// Runs a command; a failure is printed, and becomes the exit code.
    ///
    /// - Parameter asJSON: Whether a program reads it: then also the failure is JSON, on standard
    ///   error.
    static func reported(asJSON: Bool = false, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let failure as CommandFailure {
            if !failure.isSaid {
                StandardStream.error.write(asJSON ? failure.json : failure.text)
            }
            throw ExitCode(failure.exitCode)
        }
    }
}

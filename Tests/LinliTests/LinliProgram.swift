import Foundation

/// The program that was built with these tests.
enum LinliProgram {
    struct End {
        let status: Int32
        let output: String
        let error: String
    }

    /// Runs it without a terminal.
    static func run(_ arguments: [String], socket: String? = nil) async throws -> End {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let process = Process()
        process.executableURL = URL(filePath: own).deletingLastPathComponent().appending(
            path: "linli")
        process.arguments = arguments
        var variables = ["LANG": "C.UTF-8", "TZ": "UTC"]
        variables["LINLI_SOCKET"] = socket
        process.environment = variables
        let (output, error) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = error
        let status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        // What it writes is far less than a pipe holds, so that it never waits for a reader.
        return End(status: status, output: try text(of: output), error: try text(of: error))
    }

    private static func text(of pipe: Pipe) throws -> String {
        String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    }
}

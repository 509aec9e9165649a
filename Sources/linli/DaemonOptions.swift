import ArgumentParser

/// The options of every command that asks linlid.
struct DaemonOptions: ParsableArguments {
    @Option(help: "The Unix socket of linlid. (default: $LINLI_SOCKET or /run/linli/linlid.sock)")
    var socket: String?

    @Flag(help: "Print JSON, for programs. Times are milliseconds since 1970, UTC.")
    var json = false

    /// Runs a command with a connection, and reports its failure.
    func ask(_ body: (DaemonClient) async throws -> Void) async throws {
        try await CommandFailure.reported(asJSON: json) {
            try await DaemonClient.with(socketPath: socketPath, body)
        }
    }

    /// Asks for one report and prints it, as JSON or as a text.
    func show<Value: Decodable>(
        _ path: String, _ text: (Value, Page) throws -> String
    ) async throws {
        try await ask { client in
            let answer: DaemonClient.Answer<Value> = try await client.get(path)
            try print(answer) { try text($0, .current()) }
        }
    }

    func print<Value>(
        _ answer: DaemonClient.Answer<Value>, _ text: (Value) throws -> String
    ) throws {
        StandardStream.output.write(json ? answer.json + "\n" : try text(answer.value))
    }

    var socketPath: String {
        socket ?? environment("LINLI_SOCKET") ?? "/run/linli/linlid.sock"
    }
}

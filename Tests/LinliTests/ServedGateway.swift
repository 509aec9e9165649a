import Glibc
import Logging
import Maintenance
import MaintenanceAPI
import ServiceLifecycle

@testable import linli

/// A small gateway behind a real server on a real socket, for the time of a test.
struct ServedGateway {
    let gateway: SmallGateway
    let socketPath: String

    static func with<Value: Sendable>(
        _ body: @Sendable (ServedGateway) async throws -> Value
    ) async throws -> Value {
        try await withFolder { folder in
            let gateway = SmallGateway()
            let path = "\(folder)/run/linlid.sock"
            let (listening, signal) = AsyncStream.makeStream(of: Void.self)
            let server = MaintenanceServer(
                socketPath: path, source: gateway.source,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                onListening: { signal.yield() })
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { signal.finish() }
                    try await server.run()
                }
                for await _ in listening { break }
                defer { group.cancelAll() }
                return try await body(ServedGateway(gateway: gateway, socketPath: path))
            }
        }
    }

    /// Watches a gateway that stops while it is watched.
    static func withWatch() async throws {
        try await withFolder { folder in
            let gateway = SmallGateway()
            let path = "\(folder)/run/linlid.sock"
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let (listening, signal) = AsyncStream.makeStream(of: Void.self)
            let server = MaintenanceServer(
                socketPath: path, source: gateway.source, logger: logger,
                onListening: { signal.yield() })
            let services = ServiceGroup(services: [server], logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { signal.finish() }
                    try await services.run()
                }
                for await _ in listening { break }
                group.addTask {
                    try await DaemonClient.with(socketPath: path) { client in
                        try await client.follow("watch", query: []) { _ in true }
                    }
                }
                for await hasCome in gateway.attendance where hasCome { break }
                await services.triggerGracefulShutdown()
                try await group.waitForAll()
            }
        }
    }

    /// Uses the client of the command line.
    func ask(_ body: (DaemonClient) async throws -> Void) async throws {
        try await DaemonClient.with(socketPath: socketPath, body)
    }

    /// A folder that is gone afterwards, but for what `body` left in it.
    static func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        var template = Array("/tmp/linli-test-XXXXXX".utf8CString)
        let path = template.withUnsafeMutableBufferPointer { buffer in
            mkdtemp(buffer.baseAddress!).map { String(cString: $0) }
        }
        guard let path else { throw Failure.noFolder(errno) }
        defer {
            for folder in ["\(path)/run", path] {
                unlink("\(folder)/linlid.sock")
                rmdir(folder)
            }
        }
        return try await body(path)
    }

    enum Failure: Error { case noFolder(Int32) }
}

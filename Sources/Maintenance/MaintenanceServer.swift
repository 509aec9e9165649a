package import MaintenanceAPI
import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle

/// Serves the maintenance interface: HTTP on a Unix socket.
///
/// Whoever may open the socket (its owner and its group) may do everything; what switches is
/// written down with the account that has asked for it. See the page
/// <doc:MaintenanceAPI> for the routes.
package struct MaintenanceServer: Service {
    private let socket: ListeningSocket
    private let source: MaintenanceSource
    private let logger: Logger
    private let onListening: @Sendable () async -> Void

    /// - Parameters:
    ///   - socketPath: At most 107 bytes. Its folder is made where it is missing; a socket that a
    ///     dead process left is replaced.
    ///   - source: Answers the requests.
    ///   - onListening: Called once clients can connect.
    package init(
        socketPath: String, source: MaintenanceSource, logger: Logger,
        onListening: @escaping @Sendable () async -> Void = {}
    ) {
        socket = ListeningSocket(path: socketPath)
        self.source = source
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until the task is cancelled or the service group shuts down; then removes the socket.
    ///
    /// Requests under way are answered first; those that watch are ended.
    ///
    /// - Throws: ``MaintenanceServerError`` where the socket cannot be served.
    package func run() async throws {
        try socket.prepare()
        let router = Router(context: MaintenanceContext.self)
        router.add(middleware: ProblemMiddleware(logger: logger))
        MaintenanceRoutes(source: source).add(to: router)
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .unixDomainSocket(path: socket.path), serverName: "linlid"),
            onServerRunning: { [socket, logger, onListening] _ in
                do {
                    try socket.restrict()
                } catch {
                    // Still closed to the group: the owner alone can use it.
                    logger.error(
                        "Maintenance socket stays closed to its group",
                        metadata: ["maintenance.reason": "\(error)"])
                }
                await onListening()
            },
            logger: Logger(label: "linli.maintenance.http") { _ in SwiftLogNoOpLogHandler() })
        defer { socket.remove() }
        try await application.run()
    }
}

/// What the server keeps of one request.
struct MaintenanceContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let peer: Peer

    /// Far more than any sound request has.
    static let bodyLimit = 64 * 1_024

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = Peer(source.channel)
    }

    var maxUploadSize: Int { Self.bodyLimit }
}

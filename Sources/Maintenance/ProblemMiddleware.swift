import MaintenanceAPI
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging

/// Turns every error into a problem that a client can read and show.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = MaintenanceContext

    let logger: Logger

    @concurrent
    func handle(
        _ request: Request, context: MaintenanceContext,
        next: @concurrent (Request, MaintenanceContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return try Response(problem)
        } catch let error as any HTTPResponseError {
            return try Response(Self.problem(error, for: request))
        } catch {
            logger.error(
                "Maintenance request failed",
                metadata: ["http.path": "\(request.uri.path)", "error": "\(error)"])
            return try Response(
                Problem(.failure, "\(error)", hint: "report this, with the log of linlid"))
        }
    }

    private static func problem(_ error: any HTTPResponseError, for request: Request) -> Problem {
        switch error.status {
        case .notFound:
            Problem(
                .unknownRoute, "nothing answers \(request.method.rawValue) \(request.uri.path)",
                hint: "linli and linlid may be of different versions: compare `linli --version`")
        case .contentTooLarge:
            Problem(.tooLarge, "a request has at most \(MaintenanceContext.bodyLimit) bytes")
        default: Problem(.badRequest, "\(error)")
        }
    }
}

extension Response {
    /// Source: RFC 9457, section 3.
    init(_ problem: Problem) throws {
        self.init(
            status: HTTPResponse.Status(code: problem.status),
            headers: [.contentType: "application/problem+json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try MaintenanceJSON.encode(problem))))
    }

    init(json value: some Encodable) throws {
        self.init(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try MaintenanceJSON.encode(value))))
    }
}

import AsyncHTTPClient
import FoundationEssentials
import MaintenanceAPI
import NIOCore
import NIOHTTP1

/// Asks linlid over its Unix socket.
struct DaemonClient {
    private let client: HTTPClient
    private let socketPath: String

    /// Connects for the time of `body`.
    ///
    /// - Throws: ``CommandFailure`` where nobody serves the socket.
    static func with(
        socketPath: String, _ body: (DaemonClient) async throws -> Void
    ) async throws {
        try SocketProbe.check(socketPath)
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(5)
        let client = HTTPClient(
            eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        do {
            try await body(DaemonClient(client: client, socketPath: socketPath))
        } catch {
            // The first error says more than one of closing the connection.
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    /// What linlid answered: the value, and the JSON it came in.
    struct Answer<Value> {
        let value: Value
        let json: String
    }

    func get<Value: Decodable>(
        _ path: String, query: [(String, String)] = []
    ) async throws -> Answer<Value> {
        try await answer(to: request(.GET, path, query))
    }

    func post<Value: Decodable>(
        _ path: String, _ body: some Encodable
    ) async throws
        -> Answer<Value>
    {
        var request = request(.POST, path, [])
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(try MaintenanceJSON.encode(body))
        return try await answer(to: request)
    }

    /// Follows a stream of lines until it ends or `each` returns `false`.
    func follow(
        _ path: String, query: [(String, String)], _ each: (String) throws -> Bool
    ) async throws {
        let response = try await reach {
            try await client.execute(request(.GET, path, query), deadline: .distantFuture)
        }
        guard response.status == .ok else { throw try await failure(of: response) }
        var rest = ByteBuffer()
        do {
            for try await part in response.body {
                rest.writeImmutableBuffer(part)
                while let end = rest.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = rest.readString(length: end - rest.readerIndex) ?? ""
                    rest.moveReaderIndex(forwardBy: 1)
                    if try !each(line) { return }
                }
                rest.discardReadBytes()
            }
        } catch let error as HTTPClientError {
            throw lost(error)
        }
        throw CommandFailure.unreachable(
            "linlid has ended the connection", hint: "it was stopped; see `systemctl status linlid`"
        )
    }

    private func request(
        _ method: HTTPMethod, _ path: String, _ query: [(String, String)]
    ) -> HTTPClientRequest {
        let pairs = query.map { "\($0)=\($1.percentEncoded)" }.joined(separator: "&")
        let address = "http+unix://\(socketPath.percentEncoded)/v1/\(path)"
        var request = HTTPClientRequest(url: pairs.isEmpty ? address : "\(address)?\(pairs)")
        request.method = method
        request.headers.add(name: "host", value: "linlid")
        return request
    }

    private func answer<Value: Decodable>(
        to request: HTTPClientRequest
    ) async throws
        -> Answer<Value>
    {
        let response = try await reach { try await client.execute(request, timeout: .seconds(60)) }
        guard response.status == .ok else { throw try await failure(of: response) }
        let body = try await reach { try await response.body.collect(upTo: Self.answerLimit) }
        let data = Data(body.readableBytesView)
        do throws(DecodingError) {
            return Answer(
                value: try MaintenanceJSON.decode(Value.self, from: data),
                json: String(decoding: data, as: UTF8.self))
        } catch {
            throw CommandFailure.bad(
                "linlid answered something else than expected: \(error)",
                hint: "linli and linlid may be of different versions")
        }
    }

    /// Histories are the largest: some 60 bytes a sample.
    private static let answerLimit = 256 * 1_024 * 1_024

    private func failure(of response: HTTPClientResponse) async throws -> CommandFailure {
        let body = try await reach { try await response.body.collect(upTo: 1_024 * 1_024) }
        do throws(DecodingError) {
            let data = Data(body.readableBytesView)
            return CommandFailure(try MaintenanceJSON.decode(Problem.self, from: data))
        } catch {
            return .bad("linlid answered \(response.status)")
        }
    }

    /// Turns errors of the connection into a failure that says what to do.
    private func reach<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as HTTPClientError {
            throw lost(error)
        } catch let error as ChannelError {
            throw lost(error)
        } catch let error as IOError {
            throw lost(error)
        }
    }

    private func lost(_ error: any Error) -> CommandFailure {
        .unreachable(
            "the connection to linlid broke: \(error)",
            hint: "see `systemctl status linlid`, and try again")
    }
}

extension String {
    /// Source: RFC 3986, section 2: all but unreserved characters as `%XX`.
    fileprivate var percentEncoded: String {
        let digits = Array("0123456789ABCDEF")
        return utf8.reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                text.append(Character(Unicode.Scalar(byte)))
            default: text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }
}

import MaintenanceAPI
import FoundationEssentials
import Hummingbird
import NIOCore

extension Request {
    /// The body, read as JSON.
    ///
    /// - Throws: ``Problem``, where it is too long or no such value.
    func decoded<Value: Decodable>() async throws -> Value {
        let bytes: ByteBuffer
        do {
            bytes = try await body.collect(upTo: MaintenanceContext.bodyLimit)
        } catch is NIOTooManyBytesError {
            throw Problem(
                .tooLarge, "a request has at most \(MaintenanceContext.bodyLimit) bytes")
        }
        do throws(DecodingError) {
            return try MaintenanceJSON.decode(Value.self, from: Data(bytes.readableBytesView))
        } catch {
            throw Problem(.badRequest, error.words)
        }
    }
}

extension DecodingError {
    /// What is wrong with a body, for the person who wrote it.
    fileprivate var words: String {
        switch self {
        case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" has a wrong type"
        case .dataCorrupted: "the body is not JSON"
        @unknown default: "the body cannot be read"
        }
    }
}

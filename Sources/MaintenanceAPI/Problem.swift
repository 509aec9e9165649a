/// Why a request was not carried out, for a program and for a person.
///
/// Source: RFC 9457, "Problem Details for HTTP APIs", with the extension member `hint`.
package struct Problem: Error, Codable, Hashable, Sendable {
    /// What kind of problem it is, as a URI that never changes. One of ``Kind``.
    package var type: String
    /// The same for people. It does not change from one occurrence to the next.
    package var title: String
    /// The HTTP status code.
    package var status: Int
    /// What happened this time.
    package var detail: String
    /// What to do about it, as an imperative; `nil` where there is nothing to say.
    package var hint: String?

    package init(_ kind: Kind, _ detail: String, hint: String? = nil) {
        type = kind.type
        title = kind.title
        status = kind.status
        self.detail = detail
        self.hint = hint
    }

    /// The kinds of problems.
    package enum Kind: String, CaseIterable, Sendable {
        /// The request makes no sense: a missing or misspelt part.
        case badRequest = "bad-request"
        /// There is no such address, or none that takes this method.
        case unknownRoute = "unknown-route"
        /// The body is longer than any sound request.
        case tooLarge = "too-large"
        case unknownPoint = "unknown-point"
        case unknownDevice = "unknown-device"
        case unknownBus = "unknown-bus"
        /// There is no such line, bank, compartment, door, circuit, alarm or valve.
        case unknownName = "unknown-name"
        /// The request is understood and not granted: a wrong code, no free compartment, too many
        /// releases waiting.
        case refused
        /// A line could not be switched.
        case lineFault = "line-fault"
        /// The point can only be written, or takes no part in polling.
        case unreadable
        /// The device did not answer in time.
        case noAnswer = "no-answer"
        /// The device answered with an exception, or with something else than an answer.
        case badAnswer = "bad-answer"
        /// The bus is not connected, or too many requests wait for it.
        case busUnavailable = "bus-unavailable"
        /// The cache cannot be read.
        case cacheUnavailable = "cache-unavailable"
        /// linlid starts or stops just now.
        case notReady = "not-ready"
        /// A mistake of linlid's own.
        case failure

        var type: String { "urn:linli:problem:\(rawValue)" }

        var status: Int {
            switch self {
            case .badRequest: 400
            case .unknownRoute, .unknownPoint, .unknownDevice, .unknownBus, .unknownName: 404
            case .unreadable, .refused: 409
            case .tooLarge: 413
            case .failure: 500
            case .badAnswer, .lineFault: 502
            case .busUnavailable, .cacheUnavailable, .notReady: 503
            case .noAnswer: 504
            }
        }

        var title: String {
            switch self {
            case .badRequest: "The request makes no sense"
            case .unknownRoute: "There is no such address"
            case .tooLarge: "The request is too large"
            case .unknownPoint: "There is no such point"
            case .unknownDevice: "There is no such device"
            case .unknownBus: "There is no such bus"
            case .unknownName: "There is no such thing in this site"
            case .refused: "The request was refused"
            case .lineFault: "The line could not be switched"
            case .unreadable: "The point cannot be read"
            case .noAnswer: "The device does not answer"
            case .badAnswer: "The device refused, or its answer is damaged"
            case .busUnavailable: "The bus is not available"
            case .cacheUnavailable: "The cache cannot be read"
            case .notReady: "linlid is not ready"
            case .failure: "linlid failed"
            }
        }
    }

    /// Whether this is a problem of that kind.
    package func isOf(_ kind: Kind) -> Bool { type == kind.type }
}

extension Problem {
    /// There is nothing of that name; says what is near it.
    package static func unknown(_ name: String, what: String, among known: [String]) -> Problem {
        let nearest = nearestNames(to: name, among: known)
        let hint =
            known.isEmpty
            ? "the site document has none"
            : nearest.isEmpty
                ? "there are: " + known.sorted().prefix(12).joined(separator: ", ")
                : "did you mean \(nearest.joined(separator: ", "))?"
        return Problem(
            .unknownName, "there is no \(what) \"\(name.prefix(160))\"", hint: hint)
    }

    /// - Throws: ``unknown(_:what:among:)`` where there is no such thing.
    package static func require(
        _ name: String, what: String, among names: [String]
    ) throws(Problem) {
        guard names.contains(name) else { throw .unknown(name, what: what, among: names) }
    }
}

extension UplinkFault {
    /// In words an installer can act on.
    package var words: String {
        switch self {
        case .unreachable(let reason): reason
        case .certificate(let reason): "certificate: \(reason)"
        case .notAuthorized(let reason): "not authorised: \(reason)"
        case .takenOver: "another client uses the same client id"
        case .tooLarge(let limit):
            "message too large" + (limit.map { " (the limit is \($0) bytes)" } ?? "")
        case .refused(let reason): reason
        case .unacceptable(let reason): "not acceptable: \(reason)"
        case .notConnected: "not connected"
        }
    }
}

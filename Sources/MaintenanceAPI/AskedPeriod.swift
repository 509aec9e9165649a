import Execution

extension Duration {
    /// The length of time that a request asks for in seconds.
    ///
    /// - Throws: ``Problem`` for what is no length of time.
    fileprivate static func asked(_ seconds: Double?) throws(Problem) -> Duration? {
        guard let seconds else { return nil }
        guard let period = Duration(fromOutside: seconds), period > .zero else {
            throw Problem(
                .badRequest, "\"seconds\" is no length of time: \(seconds)",
                hint: "give seconds, more than 0")
        }
        return period
    }
}

extension LightRequest {
    /// For how long, where it says so.
    ///
    /// - Throws: ``Problem`` for what is no length of time.
    package var period: Duration? { get throws(Problem) { try .asked(seconds) } }
}

extension ChargerRequest {
    /// For how long, where it says so.
    ///
    /// - Throws: ``Problem`` for what is no length of time.
    package var period: Duration? { get throws(Problem) { try .asked(seconds) } }
}

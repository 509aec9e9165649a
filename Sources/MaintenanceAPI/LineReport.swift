/// One line that the site uses: what is commanded and what is sensed. Answers `GET /v1/lines`.
package struct LineReport: Codable, Hashable, Sendable {
    package var name: String
    /// Where it is: `gpiochip0 17, active-low`, or `stair-relays/relay.1`.
    package var place: String
    /// What it is for, for example `doors.entrance-1.strike`.
    package var use: String
    /// Only of outputs: what it was last told to be.
    package var commanded: Bool?
    /// Only of inputs, and of outputs that can be read back: what it is.
    package var sensed: Bool?
    package var fault: String?
    /// Since when it is as it is, in milliseconds since 1970.
    package var since: Int64?

    package init(
        name: String, place: String, use: String, commanded: Bool? = nil, sensed: Bool? = nil,
        fault: String? = nil, since: Int64? = nil
    ) {
        self.name = name
        self.place = place
        self.use = use
        self.commanded = commanded
        self.sensed = sensed
        self.fault = fault
        self.since = since
    }
}

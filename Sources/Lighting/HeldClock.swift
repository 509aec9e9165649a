import Execution

/// The time of day, kept going while no time service confirms it.
///
/// Once it was confirmed, the machine's own count carries it on for ``holdover``: a crystal
/// strays by less than a minute in that time, and lamps need no better. Whatever else sets the
/// unconfirmed clock meanwhile is not believed.
struct HeldClock: Hashable, Sendable {
    /// How long the time is believed after it was last confirmed.
    static let holdover = Duration.seconds(7 * 86_400)
    /// The least step that changes what was computed.
    static let stepLimit = Duration.seconds(1)

    /// What the wall clock shows beyond the monotonic clock, in milliseconds.
    private var ahead: Int64?
    private var confirmedAt: MonotonicTime?
    /// The value of ``ahead`` that was told last.
    private var told: Int64?

    /// Looks at the clocks.
    ///
    /// - Returns: Whether moments computed before are wrong now.
    mutating func observe(_ moment: Moment) -> Bool {
        let now = moment.monotonic
        if moment.wall.isSynchronized {
            ahead = moment.wall.timestamp.milliseconds - now.nanoseconds / 1_000_000
            confirmedAt = now
        } else if let confirmedAt, confirmedAt.duration(to: now) > Self.holdover {
            ahead = nil
            self.confirmedAt = nil
        }
        let isChanged =
            if let ahead, let told {
                abs(ahead - told) >= Self.stepLimit.milliseconds
            } else {
                (ahead == nil) != (told == nil)
            }
        if isChanged { told = ahead }
        return isChanged
    }

    /// The time of day; `nil` while it is not known.
    func time(at now: MonotonicTime) -> Timestamp? {
        ahead.map { Timestamp(milliseconds: now.nanoseconds / 1_000_000 + $0) }
    }

    /// When the clock will show a time, or a moment later; `nil` while it is not known.
    func moment(of time: Timestamp) -> MonotonicTime? {
        ahead.map { MonotonicTime(nanoseconds: (time.milliseconds - $0) * 1_000_000) }
    }
}

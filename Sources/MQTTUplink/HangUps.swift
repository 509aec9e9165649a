import Execution

/// Whether a broker hangs up again and again, soon after accepting the client and for no reason of
/// its own: the mark of two clients with one identifier that throw each other out.
///
/// A broker of MQTT 5 can say so (`SESSION TAKEN OVER`), though mosquitto 2.0 does not; one of
/// 3.1.1 cannot. A broker that hangs up over a message does so while one is under way, one that
/// forbids the subscription before the client is ready, and one that keeps crashing is not there
/// at times: none of them counts.
struct HangUps {
    private var ends: [MonotonicTime] = []

    /// How many make a pattern, of connections how short, within what time.
    static let pattern = 3
    static let life: Duration = .seconds(60)
    static let window: Duration = .seconds(600)

    /// Notes that the broker hung up.
    ///
    /// - Parameters:
    ///   - life: For how long the client was ready.
    ///   - isIdle: Whether no message was under way.
    /// - Returns: Whether it is a pattern.
    mutating func note(_ now: MonotonicTime, life: Duration, isIdle: Bool) -> Bool {
        ends.removeAll { $0.duration(to: now) > Self.window }
        guard life < Self.life else {
            ends.removeAll()
            return false
        }
        guard isIdle else { return false }
        if ends.count == Self.pattern { ends.removeFirst() }
        ends.append(now)
        return ends.count == Self.pattern
    }

    /// Notes that the broker was not there.
    mutating func noteAbsence() {
        ends.removeAll()
    }
}

import Execution

/// How large a payload may be, as far as a receiver has told or shown it.
///
/// A broker of MQTT 5 tells its limit. One of 3.1.1 drops the connection: what it dropped it for
/// halves the limit, and after an hour a message may be half as large again, and then larger, until
/// one is dropped once more; each time that happens the next try is twice as far away.
struct SizeLimit: Hashable, Sendable {
    /// What the receiver says on this connection.
    private(set) var told: Int?
    /// What was learnt from what it did.
    private(set) var learnt: Int?
    /// Whether messages are still being halved to find what passes.
    private(set) var isSearching = false
    /// How many messages have passed since the last was dropped.
    private var passes = 0
    private var trialAt: MonotonicTime?
    private var untilTrial = Self.firstTrial

    /// No broker has a limit below this: one that drops so little drops it for another reason.
    private static let least = 256
    private static let firstTrial: Duration = .seconds(3_600)
    private static let rarestTrial: Duration = .seconds(7 * 86_400)

    /// The most bytes of a payload; `nil` where nothing is known against any.
    var bytes: Int? {
        guard let told, let learnt else { return told ?? learnt }
        return min(told, learnt)
    }

    /// The limit for what is composed now: after a time a little more is tried.
    mutating func bytes(at now: MonotonicTime) -> Int? {
        if let limit = learnt, let trialAt, now >= trialAt {
            learnt = limit + max(1, limit / 2)
            self.trialAt = now.advanced(by: untilTrial)
        }
        return bytes
    }

    /// A new connection may tell another limit.
    mutating func connected() { told = nil }

    /// The receiver says how much it takes.
    mutating func isTold(_ limit: Int) { told = max(1, limit) }

    /// A payload of this size was dropped.
    ///
    /// - Returns: Whether it may have been for its size.
    mutating func failed(_ size: Int, at now: MonotonicTime) -> Bool {
        let half = min(size, learnt ?? size) / 2
        guard half >= Self.least else {
            forget()
            return false
        }
        learnt = half
        if trialAt != nil, !isSearching { untilTrial = min(untilTrial * 2, Self.rarestTrial) }
        trialAt = now.advanced(by: untilTrial)
        isSearching = true
        passes = 0
        return true
    }

    /// A payload of this size was taken.
    mutating func passed(_ size: Int) {
        guard let learnt else { return }
        passes += 1
        if size > learnt / 2 || passes >= 8 { isSearching = false }
    }

    /// It was not the size.
    private mutating func forget() {
        learnt = nil
        trialAt = nil
        isSearching = false
    }
}

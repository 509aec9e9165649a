/// A way through cache and delivery of its own, the most urgent first. An alarm never waits
/// behind a backlog.
///
/// The raw value is the word of topics and idempotency keys; never rename.
package enum Lane: String, Hashable, Comparable, Sendable, CaseIterable {
    case alarm
    case event
    case reading

    package static func < (left: Lane, right: Lane) -> Bool {
        left.urgency < right.urgency
    }

    private var urgency: Int {
        switch self {
        case .alarm: 0
        case .event: 1
        case .reading: 2
        }
    }
}

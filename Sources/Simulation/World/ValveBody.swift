package import Execution

/// A valve that a motor turns while its line is active: closes in some seconds, and springs open
/// when nothing holds it, unless it stays where it is.
package struct ValveBody: Hashable, Sendable {
    /// How long it turns from open to closed.
    package static let travel = Duration.seconds(2)

    package var isStuck = false
    /// 0 is open, 1 is closed.
    package private(set) var position = 0.0
    private var last: MonotonicTime?

    package init() {}

    package var isClosed: Bool { position >= 1 }
    package var isOpen: Bool { position <= 0 }

    /// Lets time pass up to `now`.
    package mutating func step(isDriven: Bool, at now: MonotonicTime) {
        defer { last = now }
        guard let last, !isStuck else { return }
        let way = last.duration(to: now).inSeconds / Self.travel.inSeconds
        position = min(max(position + (isDriven ? way : -way), 0), 1)
    }
}

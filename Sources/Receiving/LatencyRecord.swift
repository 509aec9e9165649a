import Execution

/// How long readings took from the meter's answer to the platform: a histogram by powers of
/// two, from 1 ms.
package struct LatencyRecord: Hashable, Sendable {
    package private(set) var count = 0
    package private(set) var minimum: Duration?
    package private(set) var maximum: Duration?
    private var buckets = [Int](repeating: 0, count: 48)

    package init() {}

    /// A clock that is a little behind makes a latency negative; it counts as zero.
    package mutating func record(_ latency: Duration) {
        let latency = max(.zero, latency)
        count += 1
        minimum = min(minimum ?? latency, latency)
        maximum = max(maximum ?? latency, latency)
        buckets[Self.bucket(latency)] += 1
    }

    /// An upper bound of the latency that a share of all stayed below, 0 to 1; at most twice it.
    package func quantile(_ share: Double) -> Duration? {
        guard let maximum else { return nil }
        let wanted = Double(count) * share
        var seen = 0
        for (index, bucket) in buckets.enumerated() {
            seen += bucket
            if Double(seen) >= wanted, bucket > 0 {
                return min(maximum, .milliseconds(Int64(1) << Int64(index)))
            }
        }
        return maximum
    }

    private static func bucket(_ latency: Duration) -> Int {
        let milliseconds = UInt64(latency.milliseconds)
        return min(47, UInt64.bitWidth - milliseconds.leadingZeroBitCount)
    }
}

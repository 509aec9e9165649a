import Execution
import Glibc

extension MonotonicTime {
    /// The time of this machine: only to tell how long a run took.
    static func real() -> MonotonicTime {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return MonotonicTime(
            nanoseconds: Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec))
    }
}

import Execution
import Glibc

/// Waits for descriptors on the thread that calls, to an exact moment of the monotonic clock.
enum PreciseWait {
    /// The present moment of the clock that waits are measured on.
    static func now() -> MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Waits until a descriptor is ready or the deadline has come, whichever is first.
    ///
    /// `poll` counts in whole milliseconds, so the last part of one is slept to the absolute
    /// deadline; bytes that come within it are seen at its end.
    static func poll(_ descriptors: inout [pollfd], until deadline: MonotonicTime?) {
        guard let deadline else {
            _ = Glibc.poll(&descriptors, nfds_t(descriptors.count), -1)
            return
        }
        let rest = now().duration(to: deadline).milliseconds
        let timeout = CInt(clamping: max(0, rest))
        if Glibc.poll(&descriptors, nfds_t(descriptors.count), timeout) != 0 { return }
        var end = timespec(
            tv_sec: Int(deadline.nanoseconds / 1_000_000_000),
            tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
        while clock_nanosleep(CLOCK_MONOTONIC, CInt(TIMER_ABSTIME), &end, nil) == EINTR {}
        _ = Glibc.poll(&descriptors, nfds_t(descriptors.count), 0)
    }
}

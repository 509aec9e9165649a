internal import CLinux
package import Execution
import Glibc

extension TimeSource {
    /// The machine's clocks: `CLOCK_MONOTONIC`, `CLOCK_REALTIME`, and whether the kernel says
    /// that a time service keeps the latter.
    package static var system: TimeSource {
        let synchronization = SynchronizationState()
        return TimeSource(
            monotonic: { MonotonicTime(nanoseconds: nanoseconds(of: CLOCK_MONOTONIC)) },
            wall: {
                let now = nanoseconds(of: CLOCK_REALTIME)
                return WallTime(
                    Timestamp(milliseconds: now / 1_000_000),
                    isSynchronized: synchronization.isSynchronized(at: now))
            },
            sleep: { moment in
                let now = MonotonicTime(nanoseconds: nanoseconds(of: CLOCK_MONOTONIC))
                let wait = now.duration(to: moment)
                // Ends early only where the task is cancelled: its loop looks at that itself.
                if wait > .zero { try? await Task.sleep(for: wait) }
            })
    }
}

private func nanoseconds(of clock: clockid_t) -> Int64 {
    var now = timespec()
    clock_gettime(clock, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}

/// Asks the kernel at most once a second, since every reading wants to know.
private final class SynchronizationState: Sendable {
    private let known = InheritingLock((until: Int64.min, isSynchronized: false))

    func isSynchronized(at now: Int64) -> Bool {
        known.withLock { known in
            // Asks again also where the clock was set back.
            if now >= known.until || now < known.until - 1_000_000_000 {
                known = (now + 1_000_000_000, linli_clock_is_synchronized() == 1)
            }
            return known.isSynchronized
        }
    }
}

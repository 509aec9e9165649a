import Execution
import Glibc

/// How long a test waits for what must come: so much longer as this machine is slower than the one
/// the limits were chosen on.
///
/// The machine is measured when it is first asked, and again before anybody gives up: one that
/// another build has slowed down meanwhile, or an emulated one, is given its time.
package enum Patience {
    /// What a child takes here to be started and to end: 1.3 ms on two quiet cores of a virtual
    /// x86-64 machine; the median of nine, as ``measured()`` takes it.
    private static let chosenOn = Duration.microseconds(1_300)
    /// No machine is waited for longer than this much: what hangs must fail some day.
    private static let most = 60.0

    private static let atFirst = slowness()

    /// The limit of a wait that takes at most `nominal` where the limits were chosen.
    package static func limit(_ nominal: Duration) -> Duration { nominal * atFirst }

    /// How many times slower this machine is now; at least 1.
    package static func slowness() -> Double {
        min(most, max(1, measured().inSeconds / chosenOn.inSeconds))
    }

    /// Waits until something is true.
    ///
    /// - Parameters:
    ///   - nominal: How long it takes at most where the limits were chosen.
    ///   - step: The pause between two looks.
    /// - Returns: Whether it has come true.
    package static func wait(
        upTo nominal: Duration, step: Duration = .milliseconds(20),
        until isTrue: () async throws -> Bool
    ) async throws -> Bool {
        let clock = ContinuousClock()
        let start = clock.now
        var limit = start + limit(nominal)
        while try await !isTrue() {
            if clock.now >= limit {
                // Before giving up: is it slower than it was?
                let later = start + nominal * slowness()
                guard later > clock.now else { return try await isTrue() }
                limit = later
            }
            try await clock.sleep(for: step)
        }
        return true
    }

    /// How long it takes to start a program that does nothing, and to see it end.
    private static func measured() -> Duration {
        var times = (0..<9).map { _ in startAndEnd() }
        times.sort()
        return times[times.count / 2]
    }

    private static func startAndEnd() -> Duration {
        let clock = ContinuousClock()
        return clock.measure {
            var process: pid_t = 0
            let words = [strdup("/bin/true"), nil]
            defer { free(words[0]) }
            guard posix_spawn(&process, "/bin/true", nil, nil, words, environ) == 0 else { return }
            var status: CInt = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
        }
    }
}

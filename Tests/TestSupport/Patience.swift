import Execution
import Glibc

/// How long a test waits for what must come: so much longer as this machine is slower than the one
/// the limits were chosen on.
///
/// The machine is measured when it is first asked, and again before anybody gives up: one that
/// another build has slowed down meanwhile, or an emulated one, is given its time.
package enum Patience {
    /// What ``work()`` takes of a core of a virtual x86-64 machine, by the processor's own clock:
    /// the machine the limits were chosen on.
    private static let chosenOn = Duration.milliseconds(25)
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

    /// The same work on every machine: what it takes shows its processor, and who else is at it.
    private static func measured() -> Duration {
        ContinuousClock().measure {
            var seed: UInt32 = 1
            var sum: UInt32 = 0
            for _ in 0..<8_000_000 { sum &+= UInt32(truncatingIfNeeded: rand_r(&seed)) }
            precondition(sum != 0, "so that nobody leaves the work out")
        }
    }
}

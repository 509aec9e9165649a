import Execution

/// Runs the jobs of tasks and actors on the thread that calls ``run()``, the next one picked by a
/// seed: what a seed does can be done again.
package final class SeededExecutor: SerialExecutor, TaskExecutor, Sendable {
    private struct State: Sendable {
        var jobs: [UnownedJob] = []
        var random: SeededRandom
    }

    private let state: InheritingLock<State>

    package init(seed: UInt64) {
        state = InheritingLock(State(random: SeededRandom(seed: seed)))
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    /// Runs jobs until there are none: everybody waits for time, or for the test.
    package func run() {
        while let job = next() {
            job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
    }

    private func next() -> UnownedJob? {
        state.withLock { state in
            guard let place = state.jobs.indices.randomElement(using: &state.random) else {
                return nil
            }
            return state.jobs.remove(at: place)
        }
    }
}

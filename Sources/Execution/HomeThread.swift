/// A thread that some tasks never leave: the executor of their actors, and the one they prefer.
///
/// The task of an actor with a ``ThreadExecutor`` leaves its thread all the time: a continuation
/// that is resumed, `AsyncStream`, `withTaskCancellationHandler` and `Task.yield` take it to the
/// common pool of threads first. Where the pool is busy, that takes as long as its work does. Run
/// inside `withTaskExecutorPreference`, it comes back to this thread at once (SE-0417). So do
/// actors without an executor that it calls: what may block or take long needs another preference.
///
/// Ends like a ``ThreadExecutor``.
package final class HomeThread: SerialExecutor, TaskExecutor, Sendable {
    private let queue: JobQueue

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - name: Shown by `ps -L` and debuggers; the kernel keeps its first 15 bytes.
    ///   - isUrgent: Whether the thread goes before all that is not urgent, where the process may.
    package init(name: String, isUrgent: Bool = false) {
        queue = JobQueue(name: name, isUrgent: isUrgent)
        queue.startThread()
    }

    deinit {
        queue.close()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        queue.push(
            .homeJob(UnownedJob(job), asUnownedSerialExecutor(), asUnownedTaskExecutor()))
    }
}

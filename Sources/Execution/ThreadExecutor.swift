/// A serial executor on a thread of its own, for the actors that call blocking C.
///
/// Jobs run in the order they arrive. The thread ends, after the jobs already enqueued, when the
/// last reference to the executor goes away; an actor must therefore hold its executor strongly.
package final class ThreadExecutor: SerialExecutor, Sendable {
    private let queue: JobQueue

    /// Starts the thread.
    ///
    /// - Parameter name: Shown by `ps -L` and debuggers; the kernel keeps its first 15 bytes.
    package init(name: String) {
        queue = JobQueue(name: name, isUrgent: false)
        queue.startThread()
    }

    deinit {
        queue.close()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        queue.push(.job(UnownedJob(job), asUnownedSerialExecutor()))
    }
}

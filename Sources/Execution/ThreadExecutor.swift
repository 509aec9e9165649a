internal import CLinux
import Glibc

/// A serial executor on a thread of its own, for the actors that call blocking C.
///
/// Jobs run in the order they arrive. The thread ends, after the jobs already enqueued, when the
/// last reference to the executor goes away; an actor must therefore hold its executor strongly.
package final class ThreadExecutor: SerialExecutor, Sendable {
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
        queue.push(UnownedJob(job), for: asUnownedSerialExecutor())
    }
}

/// The jobs that wait for one thread, and the thread's loop.
// `@unchecked`: `jobs` and `isClosed` are only touched with `mutex` held.
private final class JobQueue: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let arrived: UnsafeMutablePointer<pthread_cond_t>
    private var jobs: [(job: UnownedJob, executor: UnownedSerialExecutor)] = []
    private var isClosed = false
    private let name: String
    private let isUrgent: Bool

    init(name: String, isUrgent: Bool) {
        self.name = name
        self.isUrgent = isUrgent
        mutex = .allocate(capacity: 1)
        arrived = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(arrived, nil)
    }

    deinit {
        pthread_cond_destroy(arrived)
        pthread_mutex_destroy(mutex)
        arrived.deallocate()
        mutex.deallocate()
    }

    func push(_ job: UnownedJob, for executor: UnownedSerialExecutor) {
        pthread_mutex_lock(mutex)
        jobs.append((job, executor))
        pthread_cond_signal(arrived)
        pthread_mutex_unlock(mutex)
    }

    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_signal(arrived)
        pthread_mutex_unlock(mutex)
    }

    func startThread() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<JobQueue>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context)
        precondition(status == 0, "no thread can be started (error \(status))")
        pthread_detach(thread)
    }

    private func run() {
        _ = linli_name_thread(name)
        _ = linli_exact_timers()
        if isUrgent { _ = linli_urgent_thread() }
        var batch: [(job: UnownedJob, executor: UnownedSerialExecutor)] = []
        while true {
            pthread_mutex_lock(mutex)
            while jobs.isEmpty, !isClosed { pthread_cond_wait(arrived, mutex) }
            swap(&batch, &jobs)
            let isLast = isClosed && batch.isEmpty
            pthread_mutex_unlock(mutex)
            if isLast { return }
            for entry in batch { entry.job.runSynchronously(on: entry.executor) }
            batch.removeAll(keepingCapacity: true)
        }
    }
}

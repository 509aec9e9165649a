import Glibc

/// The jobs that wait for one thread, and the thread's loop.
///
/// Neither end waits for a thread that is less urgent than itself: the lock lends its holder the
/// urgency of who waits for it, and a semaphore, unlike a condition variable, has no lock of its
/// own.
// `@unchecked`: the semaphore may be used by any thread.
final class JobQueue: @unchecked Sendable {
    enum Entry: Sendable {
        case job(UnownedJob, UnownedSerialExecutor)
        /// Of a task that prefers this thread, or an actor's.
        case homeJob(UnownedJob, UnownedSerialExecutor, UnownedTaskExecutor)
    }

    private struct State: Sendable {
        var entries: [Entry] = []
        var isClosed = false
    }

    private let state = InheritingLock(State())
    /// Counted up when the first entry has come, and at the end.
    private let arrived: UnsafeMutablePointer<sem_t>
    private let name: String
    private let isUrgent: Bool

    init(name: String, isUrgent: Bool) {
        self.name = name
        self.isUrgent = isUrgent
        arrived = .allocate(capacity: 1)
        sem_init(arrived, 0, 0)
    }

    deinit {
        sem_destroy(arrived)
        arrived.deallocate()
    }

    func push(_ entry: Entry) {
        let isFirst = state.withLock { state in
            state.entries.append(entry)
            return state.entries.count == 1
        }
        if isFirst { sem_post(arrived) }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        sem_post(arrived)
    }

    func startThread() {
        SystemThread.start(name, isUrgent: isUrgent, isPunctual: true) { self.run() }
    }

    private func run() {
        var batch: [Entry] = []
        while true {
            while sem_wait(arrived) != 0 {}  // Only a signal ends it early.
            let isClosed = state.withLock { state in
                swap(&batch, &state.entries)
                return state.isClosed
            }
            if isClosed, batch.isEmpty { return }
            for entry in batch {
                switch entry {
                case .job(let job, let executor): job.runSynchronously(on: executor)
                case .homeJob(let job, let executor, let home):
                    job.runSynchronously(isolatedTo: executor, taskExecutor: home)
                }
            }
            batch.removeAll(keepingCapacity: true)
        }
    }
}

import Execution

/// An executor of the virtual machine: its jobs run in the order they came, one at a time, each
/// when its turn comes by lot.
// `@unchecked`: only touched by the thread that has the baton.
final class VirtualExecutor: SerialExecutor, TaskExecutor, @unchecked Sendable {
    let boot: Int
    private let isHome: Bool
    private var jobs: [UnownedJob] = []
    private var next = 0
    private var isRunning = false

    /// - Parameter isHome: Whether tasks prefer it, as they do a ``HomeThread``.
    init(isHome: Bool) {
        boot = VirtualMachine.shared.boot
        self.isHome = isHome
    }

    func enqueue(_ job: consuming ExecutorJob) {
        VirtualMachine.shared.checkBaton()
        jobs.append(UnownedJob(job))
        if !isRunning, jobs.count - next == 1 { VirtualMachine.shared.enqueue(self) }
    }

    func runNext() {
        isRunning = true
        let job = jobs[next]
        next += 1
        if next == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            next = 0
        }
        if isHome {
            job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        } else {
            job.runSynchronously(on: asUnownedSerialExecutor())
        }
        isRunning = false
        if next < jobs.count { VirtualMachine.shared.enqueue(self) }
    }

    /// No executor: what the runtime calls the generic one.
    static let none = unsafeBitCast((0, 0), to: UnownedSerialExecutor.self)
}

extension ThreadSource {
    /// Threads of the virtual machine.
    static let virtual = ThreadSource(
        serial: { _ in VirtualExecutor(isHome: false) },
        home: { _, _ in VirtualExecutor(isHome: true) })
}

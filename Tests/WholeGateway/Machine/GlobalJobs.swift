import Glibc
@_spi(ExperimentalCustomExecutors) import _Concurrency

/// Has the Swift runtime hand every job that would go to its pool of threads to the virtual machine.
///
/// There are two ways there: the runtime's own, by `swift_task_enqueueGlobal_hook` of its
/// `Concurrency.h`, and that of `Task.yield` and of ``globalConcurrentExecutor``, by the executor
/// that the program has by default.
enum GlobalJobs {
    private typealias Original = @convention(thin) (UnownedJob) -> Void
    private typealias Hook = @convention(thin) (UnownedJob, Original) -> Void

    static func takeOver() {
        guard let place = dlsym(dlopen(nil, 0), "swift_task_enqueueGlobal_hook") else {
            fatalError("this Swift runtime cannot be simulated: it has no hook for jobs")
        }
        place.assumingMemoryBound(to: Hook?.self).pointee = { job, _ in
            VirtualMachine.shared.enqueue(job)
        }
        _createExecutors(factory: VirtualExecutors.self)
    }

    private struct VirtualExecutors: ExecutorFactory {
        static var mainExecutor: any MainExecutor { PlatformExecutorFactory.mainExecutor }
        static let defaultExecutor: any TaskExecutor = Pool()
    }

    private final class Pool: TaskExecutor {
        func enqueue(_ job: consuming ExecutorJob) {
            VirtualMachine.shared.enqueue(UnownedJob(job))
        }
    }
}

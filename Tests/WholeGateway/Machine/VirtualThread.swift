import Execution
import Glibc

/// A thread that waits for its turn.
// `@unchecked`: a semaphore may be used by any thread.
final class VirtualThread: @unchecked Sendable {
    private let turn: UnsafeMutablePointer<sem_t>

    init() {
        turn = .allocate(capacity: 1)
        sem_init(turn, 0, 0)
    }

    deinit {
        sem_destroy(turn)
        turn.deallocate()
    }

    func start(_ body: @escaping () -> Void) { SystemThread.start("virtual", run: body) }

    func wake() { sem_post(turn) }

    func wait() { while sem_wait(turn) != 0 {} }
}

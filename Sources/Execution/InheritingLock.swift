internal import CLinux
import Glibc

/// A lock around a value, for what urgent threads and those of buses share: it lends its holder the
/// urgency of who waits for it.
///
/// So does `Mutex`, with a futex of its own, which the thread sanitizer does not know for a lock:
/// where it is contended, every access inside counts as a race.
// `@unchecked`: the value is only touched with the mutex held.
package final class InheritingLock<Value: Sendable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    package init(_ value: Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        let status = linli_init_inheriting(mutex)
        precondition(status == 0, "no lock can be had (error \(status))")
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Calls `body` with the value while no other thread has it. Not to be called inside itself.
    package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}

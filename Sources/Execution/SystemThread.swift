internal import CLinux
import Glibc

/// A thread of its own, for what blocks or must not wait for the common pool.
package enum SystemThread {
    /// The room for the stack of a thread: the system's own, 8 MiB, would be 2 GiB of addresses
    /// for the threads of 256 buses.
    private static let stackSize = 1 << 20

    /// Starts a thread that ends with its work; nobody waits for it.
    ///
    /// - Parameters:
    ///   - name: Shown by `ps -L` and debuggers; the kernel keeps its first 15 bytes.
    ///   - isUrgent: Whether it goes before all that is not urgent. Where the process may not have
    ///     that, it is a thread like any other.
    ///   - isPunctual: Whether its time-outs end on time, not up to 50 µs late (prctl(2)), as the kernel
    ///     likes to gather them.
    ///   - run: What it does. What this holds on to belongs to the thread from now on.
    package static func start(
        _ name: String, isUrgent: Bool = false, isPunctual: Bool = false,
        run: @escaping () -> Void
    ) {
        let work = Work {
            _ = linli_name_thread(name)
            if isPunctual { _ = linli_exact_timers() }
            if isUrgent { _ = linli_urgent_thread() }
            run()
        }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackSize)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, &attributes,
            { context in
                guard let context else { return nil }
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(work).toOpaque())
        precondition(status == 0, "no thread can be started (error \(status))")
        pthread_detach(thread)
    }

    private final class Work {
        let run: () -> Void

        init(_ run: @escaping () -> Void) {
            self.run = run
        }
    }
}

import Glibc

/// A way to end a thread's `poll` from another thread: a pipe.
final class WakeSignal: Sendable {
    /// Readable once ``signal()`` was called.
    let descriptor: CInt
    private let writer: CInt

    init() {
        var ends: [CInt] = [-1, -1]
        let status = pipe(&ends)
        precondition(status == 0, "no pipe can be opened (error \(errno))")
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        descriptor = ends[0]
        writer = ends[1]
    }

    deinit {
        close(descriptor)
        close(writer)
    }

    /// Wakes the thread, now or when it next waits. Any thread may call it.
    func signal() {
        var byte: UInt8 = 1
        // A full pipe already wakes the reader.
        _ = write(writer, &byte, 1)
    }

    /// Forgets the signals so far.
    func drain() {
        var bytes: [UInt8] = Array(repeating: 0, count: 64)
        while read(descriptor, &bytes, bytes.count) > 0 {}
    }
}

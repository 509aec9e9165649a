import Glibc

/// What the kernel counts for this process.
package struct ProcessFigures: Hashable, Sendable {
    /// Memory in RAM, in bytes (`VmRSS`).
    package let residentBytes: Int64
    /// Processor time used, user and system.
    package let processorTime: Duration

    /// Asks the kernel.
    package static func current() -> ProcessFigures {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let microseconds =
            Int64(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000
            + Int64(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
        return ProcessFigures(
            residentBytes: residentPages() * Int64(sysconf(Int32(_SC_PAGESIZE))),
            processorTime: .microseconds(microseconds))
    }

    /// The second number of /proc/self/statm. Source: proc(5).
    private static func residentPages() -> Int64 {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { Glibc.close(descriptor) }
        var text = [UInt8](repeating: 0, count: 128)
        let count = read(descriptor, &text, text.count)
        guard count > 0 else { return 0 }
        let fields = String(decoding: text[..<count], as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? Int64(fields[1]) ?? 0 : 0
    }
}

import CLinux
import Glibc

/// What this process keeps in RAM without need.
package enum ProgramMemory {
    /// Lets all threads share two heaps. One for each thread, glibc's default, would keep as many
    /// half-empty ones. Call it first thing.
    package static func shareHeaps() {
        mallopt(M_ARENA_MAX, 2)
    }

    /// Gives back the heap's free pages, and the pages of code that only the start has needed:
    /// readers of documents, the opening of the database, the first handshake. What is used from
    /// then on stays in RAM where the process may lock memory, whatever else the RAM is wanted
    /// for: code that has to be fetched from a busy disk is late.
    ///
    /// Code is mapped from its file and never changed, so the kernel fetches a page again, from
    /// its cache, when it is next used. Some two thirds of what a started gateway has in RAM are
    /// such pages. Source: madvise(2), MADV_DONTNEED on a shared or unchanged private mapping.
    package static func release() {
        malloc_trim(0)
        for range in ranges(of: "r-xp") {
            let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound)
            munlock(start, range.count)
            madvise(start, range.count, MADV_DONTNEED)
            _ = linli_keep_once_used(start, range.count)
        }
        // What the code reads and never writes: texts, tables.
        for range in ranges(of: "r--p") {
            _ = linli_keep_once_used(
                UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count)
        }
    }

    /// The address ranges that are mapped from files with these permissions. Source: proc(5),
    /// /proc/pid/maps.
    private static func ranges(of permissions: String) -> [Range<UInt>] {
        guard let file = fopen("/proc/self/maps", "re") else { return [] }
        defer { fclose(file) }
        var ranges: [Range<UInt>] = []
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let text = line {
            let fields = String(cString: text).split(
                separator: " ", omittingEmptySubsequences: true)
            guard fields.count >= 6, fields[1] == permissions, fields[5].hasPrefix("/") else {
                continue
            }
            let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            if bounds.count == 2, bounds[0] < bounds[1] { ranges.append(bounds[0]..<bounds[1]) }
        }
        return ranges
    }
}
